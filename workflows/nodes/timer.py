"""A wait for a moment, by our clock and the working calendar. Fired by `services.clockwork`."""

from typing import Any

from viewflow import this
from viewflow.workflow import Activation, flow
from viewflow.workflow.nodes.timer import TimerActivation
from viewflow.workflow.status import STATUS

from workflows.moment import current
from workflows.nodes.due import Until, end_of
from workflows.nodes.moves import Moves


class TimingActivation(Moves, TimerActivation):
    """Its due moment is a row; losing a process or a message loses nothing."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        self.task.scheduled = end_of(self.flow_task.until, self) or current().now
        self.task.save()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Go on. An error rolls everything back; viewflow would have stored it and gone on without."""
        self.complete()
        self.activate_next()


class Timer(flow.Timer):
    """`notice = Timer(WorkingDays("fees.notice_days"), title=_("Public notice")).Next(this.publish)`"""

    activation_class = TimingActivation
    kind = "timer"

    def __init__(self, until: Until, *, title: str = "", **kwargs: Any) -> None:
        super().__init__(None, **kwargs)
        self.until: Any = until
        if title:
            self.Annotation(title=title)

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self.until = this.resolve(instance, self.until)
