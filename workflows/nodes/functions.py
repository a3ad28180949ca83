"""Steps without people: do something, choose a way, end."""

from collections.abc import Callable
from typing import Any

from viewflow.workflow import Activation, flow
from viewflow.workflow.nodes.end import EndActivation
from viewflow.workflow.nodes.func import FunctionActivation
from viewflow.workflow.nodes.if_gate import IfActivation
from viewflow.workflow.nodes.switch import SwitchActivation
from viewflow.workflow.status import PROCESS

from workflows.models import Case
from workflows.nodes.moves import Moves


class DoActivation(Moves, FunctionActivation):
    """An effect inside the transition."""

    @Activation.status.super()
    def activate(self) -> None:
        self.flow_task._func(self)


class Do(flow.Function):
    """`activate = Do(this.activated, title=_("Activate the account")).Next(this.end)`: one domain operation
    in the transition. A Refusal or any other error rolls the whole transition back.
    """

    activation_class = DoActivation
    kind = "function"

    def __init__(self, func: Any, *, title: str = "", **kwargs: Any) -> None:
        super().__init__(func, **kwargs)
        if title:
            self.Annotation(title=title)


class MovingIf(Moves, IfActivation):
    """If, without viewflow's error handling."""


class If(flow.If):
    """`If(this.is_external).Then(this.contract).Else(this.sponsor)`"""

    activation_class = MovingIf
    kind = "rule"

    def __init__(self, cond: Any, *, title: str = "", **kwargs: Any) -> None:
        super().__init__(cond, **kwargs)
        if title:
            self.Annotation(title=title)

    def Then(self, node: Any) -> "If":
        """Where a yes leads."""
        super().Then(node)
        return self

    def Else(self, node: Any) -> "If":
        """Where a no leads."""
        super().Else(node)
        return self


class MovingSwitch(Moves, SwitchActivation):
    """Switch, without viewflow's error handling."""


class Switch(flow.Switch):
    """`Switch().Case(this.a, this.is_a).Default(this.b)`"""

    activation_class = MovingSwitch
    kind = "rule"

    def __init__(self, *, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if title:
            self.Annotation(title=title)


class ClosingActivation(Moves, EndActivation):
    """Ends the process and, with it, the case."""

    @Activation.status.super()
    def activate(self) -> None:
        super().activate.original()
        if self.process.status == PROCESS.DONE and self.case.is_open:
            node = self.flow_task
            reason = node.reason(self) if node.reason else ""
            self.flow_class.instance.finish(
                self.case, state=Case.State.DONE, outcome=node.outcome, reason=reason
            )


class End(flow.End):
    """`certified = End(outcome="certified", title=_("Certified"))`. The outcome is stored with the case."""

    activation_class = ClosingActivation
    kind = "end"

    def __init__(
        self, *, outcome: str, title: str = "", reason: Callable[[Any], str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.outcome = outcome
        self.reason = reason
        if title:
            self.Annotation(title=title)
