"""Work in the background, safe on redelivery: a job is claimed by a token, works outside the lock, and
reports back under it only when its claim still stands.
"""

from typing import Any

from django.db import transaction
from viewflow import this
from viewflow.workflow import Activation
from viewflow.workflow.flow import mixins as ui
from viewflow.workflow.flow import views as ui_views
from viewflow.workflow.nodes import AbstractJob, AbstractJobActivation
from viewflow.workflow.status import STATUS

from workflows.moment import current
from workflows.nodes.moves import Moves


class JobActivation(Moves, AbstractJobActivation):
    """SCHEDULED until a worker claims it, STARTED while it works."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        self.task.scheduled = current().now
        self.task.save()
        pk = self.task.pk
        transaction.on_commit(lambda: Job.dispatch(pk), robust=True)

    @Activation.status.transition(source=[STATUS.SCHEDULED, STATUS.STARTED], target=STATUS.STARTED)
    def claim(self, token: str) -> None:
        """A worker takes the job; an earlier claim ends, and its report will not be taken."""
        self.task.started = current().now
        self.task.data["claim"] = token
        self.task.save()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """The job is done: go on. An error rolls the transition back; viewflow would store it and go on."""
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.ERROR)
    def give_up(self, code: str) -> None:
        """It failed too often: the office has it tried again (`services.retry`), or cancels the case. Only
        the kind of the error is kept.
        """
        self.task.data["error"] = code
        self.task.save()

    @Activation.status.transition(
        source=[STATUS.NEW, STATUS.SCHEDULED, STATUS.STARTED, STATUS.ERROR], target=STATUS.CANCELED
    )
    def cancel(self) -> None:
        """Whatever a worker still does for it, its report will find the claim gone."""
        self.task.finished = current().now
        self.task.save()

    @Activation.status.transition(source=STATUS.ERROR, target=STATUS.SCHEDULED)
    def again(self) -> None:
        """A person says: try once more."""
        self.task.data.pop("error", None)
        self.task.data.pop("failures", None)
        self.task.scheduled = current().now
        self.task.save()


class Job(ui.NodeDetailMixin, AbstractJob):
    """`compute = Job(this.sum_up, title=_("Compute")).Next(this.labs)`: `sum_up(case, now)` runs in a
    worker outside any lock, must be safe to run twice, and gives a JSON-able result, kept as
    `task.data["result"]`.
    """

    activation_class = JobActivation
    kind = "job"
    index_view_class = ui_views.IndexTaskView
    detail_view_class = ui_views.DetailTaskView

    def __init__(self, func: Any, *, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.func = func
        if title:
            self.Annotation(title=title)

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self.func = this.resolve(instance, self.func)

    @staticmethod
    def dispatch(task_pk: int) -> None:
        """Hurry a worker; the sweep finds the job without it. Replaced at start-up by the Celery task's
        `delay`.
        """
