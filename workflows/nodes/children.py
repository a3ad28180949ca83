"""One child process for each item, and the wait for all of them."""

import logging
from typing import Any

from viewflow import this
from viewflow.workflow import Activation, Node, lock
from viewflow.workflow.flow import mixins as ui
from viewflow.workflow.flow import views as ui_views
from viewflow.workflow.nodes import mixins
from viewflow.workflow.signals import flow_finished
from viewflow.workflow.status import STATUS

from workflows.base import case_of
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.moment import current, moment
from workflows.nodes.moves import Moves

log = logging.getLogger(__name__)


class ChildrenActivation(Moves, mixins.NextNodeActivationMixin, Activation):
    """Starts the children; goes on when none is left open."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
    def activate(self) -> None:
        self.task.started = current().now
        self.task.save()
        for item in self.flow_task.items(self):
            self.flow_task.start_one(self, item)
        if self.children_done():  # none was to be started: go on when this lock is free
            parent = self.task
            lock.after_lock_released(lambda: self.flow_task.hear(parent))

    def children_done(self) -> bool:
        """Whether no child is open."""
        return not self.task.subprocesses.filter(finished__isnull=True).exists()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE, conditions=[this.children_done])
    def complete(self) -> None:
        super().complete.original()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """All children have ended: go on."""
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        """The children end with their parent."""
        for child in self.task.subprocesses.filter(finished__isnull=True):
            flow = child.flow_class.instance
            with flow.lock(child.pk):
                case = case_of(child)
                if case.is_open:
                    flow.stop(case, state=Case.State.CANCELLED, reason=self.case.reason or self.case.number)
        self.task.finished = current().now
        self.task.save()


class Children(ui.NodeDetailMixin, mixins.NextNodeMixin, Node):
    """`labs = Children("lab_check", start=this.start_lab, items=this.labs).Next(this.end)`

    The first is the key of the process of the children. `items(activation)` lists what they are for;
    `start(activation, item)` starts one through `services.start(..., parent=activation.task)`.
    """

    activation_class = ChildrenActivation
    task_type = "SUBPROCESS"
    kind = "children"
    bpmn_element = "callActivity"
    shape = {
        "width": 150,
        "height": 100,
        "text-align": "middle",
        "svg": '<rect class="task" width="150" height="100" rx="5" ry="5"/>',
    }
    index_view_class = ui_views.IndexTaskView
    detail_view_class = ui_views.DetailTaskView

    def __init__(self, of: str, *, start: Any, items: Any, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of
        self.start_one = start
        self.items = items
        if title:
            self.Annotation(title=title)

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self.start_one = this.resolve(instance, self.start_one)
        self.items = this.resolve(instance, self.items)

    def _ready(self) -> None:
        super()._ready()
        flow_finished.connect(self._child_finished, dispatch_uid=f"{self.flow_class}.{self.name}")

    def _child_finished(self, process: Any, **_: Any) -> None:
        parent = process.parent_task
        if parent is not None and parent.flow_task is self:
            lock.after_lock_released(lambda: self.hear(parent))

    def hear(self, task: Any) -> None:
        """A child has ended, and its end is kept: what stops the parent now is no refusal for whoever ended
        the child. A parent that is overtaken ends; anything else is for the clock, which tries again, notes
        it in the parent and tells the office.
        """
        try:
            self.resume(task)
        except Overtaken as overtaken:
            self._overtake(task, overtaken)
        except Exception:
            log.exception("task %s cannot go on after its children", task.pk)

    def resume(self, task: Any) -> None:
        """Go on when no child is open. Called after a child ended, and again by the clock: a crash in
        between costs a minute.
        """
        with task.activation() as activation:
            if activation.task.status == STATUS.STARTED and activation.complete.can_proceed():
                activation.execute()

    def _overtake(self, task: Any, overtaken: Overtaken) -> None:
        flow: Any = self.flow_class
        with moment(now=current().now, by=None), flow.lock(task.process_id):
            case = Case.objects.select_related("process").get(process=task.process_id)
            if case.is_open:
                case.process.case = case
                flow.instance.stop(case, state=Case.State.OVERTAKEN, reason=overtaken.reason)
