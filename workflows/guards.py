"""Laws in the database: the history of a case, what its deciders saw, and the shapes of flows are only ever
added.
"""

from apps.core.guards import append_only

append_only("workflows_taskevent")
append_only("workflows_dossier")
append_only("workflows_flowversion")
