"""Laws in the database: the history of a case, what its deciders saw, and the shapes of flows are only ever
added.

And indexes that viewflow's own tables lack, for the pages that read them: what I hold, what I have done, what
nobody has taken, what waits at one step, which cases of one flow run. Each ends with the id, so that a page
can begin behind any row of equal time (keyset paging). Measured without them, an inbox page at one million
finished tasks takes 26 to 430 ms; with them 2 ms. They are guards and not migrations, because a migration of
ours may not alter another app's table, and SQLite drops them whenever a migration of viewflow rebuilds it.
"""

from apps.core.guards import Guard, append_only, declare

append_only("workflows_taskevent")
append_only("workflows_dossier")
append_only("workflows_flowversion")

_TASK, _PROCESS = "viewflow_task", "viewflow_process"
INDEXES = {
    "workflows_task_held": f"{_TASK} (owner_id, created DESC, id DESC) WHERE status = 'ASSIGNED'",
    "workflows_task_done": f"{_TASK} (owner_id, created DESC, id DESC) WHERE finished IS NOT NULL",
    "workflows_task_free": f"{_TASK} (created DESC, id DESC) WHERE status = 'NEW'",
    "workflows_task_step": f"{_TASK} (flow_task, status, created, id)",
    "workflows_process_flow": f"{_PROCESS} (flow_class, status, created, id)",
}

for _name, _on in INDEXES.items():
    _statement = (f"CREATE INDEX IF NOT EXISTS {_name} ON {_on}",)
    declare(
        Guard(
            name=_name,
            table=_on.split()[0],
            statements={"sqlite": _statement, "postgresql": _statement},
        )
    )
