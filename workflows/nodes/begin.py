"""The start of a flow: always from code (`services.start`), whether a person, a fact or a timer asked for
it.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow.workflow import flow
from viewflow.workflow.nodes.start import StartHandleActivation

from workflows.nodes.moves import Moves


class BeginActivation(Moves, StartHandleActivation):
    """Completed by `services.start`, which makes the case between the task and what follows it."""


class Begin(flow.StartHandle):
    """`start = Begin().Next(this.screen)`"""

    activation_class = BeginActivation
    kind = "start"

    def __init__(self, title: str = _("Beginning"), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.Annotation(title=title)
