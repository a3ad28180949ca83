"""Parallel ways: one for each item of a list, joined when all are through or a condition is met."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow.workflow import Activation, Token, flow
from viewflow.workflow.nodes import SplitActivation
from viewflow.workflow.nodes.join import JoinActivation
from viewflow.workflow.status import STATUS

from apps.core.errors import WrongState
from workflows.nodes.moves import Moves

SIDE_BY_SIDE, TOGETHER = gettext_noop("Side by side"), gettext_noop("Together again")


class MovingSplit(Moves, SplitActivation):
    """Split, without viewflow's error handling."""


class Split(flow.Split):
    """Ways that are always or conditionally taken side by side."""

    activation_class = MovingSplit
    kind = "split"

    def __init__(self, *, title: str = SIDE_BY_SIDE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.Annotation(title=title)


class SplitEachActivation(Moves, SplitActivation):
    """One branch for each item that the source gives."""

    @Activation.status.super()
    def activate(self) -> None:
        for node, condition, source in self.flow_task._branches:
            if condition and not condition(self):
                continue
            items: Iterable[Any] = [None] if source is None else list(source(self))
            self.next_tasks += [(node, item) for item in items]
        if not self.next_tasks:
            raise WrongState(_("Nobody is asked in this round."), code="workflows.empty_round")

    def add_branch(self, node: Any, item: dict[str, Any]) -> Any:
        """One more parallel branch while the round is open; gives its task."""
        tokens = Token.split_token_source(self.task.token, self.task.pk)
        for _used in range(self.task.leading.count()):
            next(tokens)
        activation = node._create(self, next(tokens), data=item)
        self._activate_next({activation})
        return activation.task


class SplitEach(flow.Split):
    """`round = SplitEach().Each(this.vote, this.seats).Next(this.deadline)`: `seats(activation)` gives one
    dict for each branch, kept as `activation.task.data`. No split or join inside a branch: use Children.
    """

    activation_class = SplitEachActivation
    kind = "split"

    def __init__(self, *, title: str = SIDE_BY_SIDE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.Annotation(title=title)

    def Each(self, node: Any, source: Any, case: Any = None) -> "SplitEach":
        """A branch for each item of `source`."""
        self._activate_next.append((node, case, source))
        return self

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        for node, _condition, source in self._activate_next:
            if source:
                node._multi_instance = True


class MovingJoin(Moves, JoinActivation):
    """Join, without viewflow's error handling, and one that can be woken when a branch was cancelled."""


class Join(flow.Join):
    """`joined = Join(continue_on_condition=this.decided).Next(this.record)`. The condition gets the
    activation and the tasks that are still open; those are cancelled when it holds.
    """

    activation_class = MovingJoin
    kind = "join"

    def __init__(self, *, title: str = TOGETHER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.Annotation(title=title)


def wake_joins(process: Any) -> None:
    """After a branch was cancelled: joins that wait only for it go on, which viewflow does not do by
    itself.
    """
    for task in process.task_set.filter(flow_task_type="JOIN", status=STATUS.STARTED):
        join = task.flow_task.activation_class(task)
        join._activate_next({join})
