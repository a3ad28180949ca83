"""The gateway that a rule decides: the decision is recorded with its reasons, and the history names it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import Activation, flow
from viewflow.workflow.base import Edge
from viewflow.workflow.nodes.switch import SwitchActivation

from apps.core.errors import WrongState
from apps.decisions.operations import decide
from workflows.history import record
from workflows.moment import current
from workflows.nodes.moves import Moves


class RuleActivation(Moves, SwitchActivation):
    """Asks the rule set in force now, once."""

    @Activation.status.super()
    def activate(self) -> None:
        node, case, now = self.flow_task, self.case, current().now
        facts, sources = node.facts(self)
        decided = decide(
            point=node.point,
            facts=facts,
            sources=sources,
            subject_id=case.applicant_id,
            object_ref=f"case:{case.ulid}",
            asked_by=f"{case.flow}.{node.name}",
            now=now,
        )
        outcome = decided.judgement.decision.outcome
        self.task.data["decision"], self.task.data["outcome"] = decided.record.ulid, outcome
        record(
            "decided",
            case,
            node=node.name,
            decision=decided.record.ulid,
            actor=None,
            details={"outcome": outcome},
        )
        if node.then is not None:
            node.then(self, decided.judgement)
        self.next_task = node.way(outcome)


class Rule(flow.Switch):
    """`Rule("registration.screen", facts=this.facts).When("accept", this.sponsor).Otherwise(this.office)`

    `facts(activation)` gives the facts and, for each, its source. `then(activation, judgement)` may keep
    what was decided. An outcome without a way (a failed engine answers `deny`) goes to Otherwise, which
    should be a person; without one the transition is refused with `workflows.undecided`.
    """

    activation_class = RuleActivation
    kind = "rule"

    def __init__(self, point: str, *, facts: Any, then: Any = None, title: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point
        self.facts = facts
        self.then = then
        self._ways: dict[str, Any] = {}
        self._labels: dict[str, str] = {}
        self._otherwise: Any = None
        if title:
            self.Annotation(title=title)

    def When(self, outcome: str, node: Any, *, label: str = "") -> "Rule":
        """Where an outcome leads; the diagram shows its `label` (an English msgid), else its code."""
        self._ways[outcome] = node
        self._labels[outcome] = label or outcome
        return self

    def Otherwise(self, node: Any) -> "Rule":
        """Where all other outcomes lead."""
        self._otherwise = node
        return self

    @property
    def ways(self) -> Mapping[str, Any]:
        """The outcomes that have a way of their own, and where it leads."""
        return MappingProxyType(self._ways)

    def label_of(self, outcome: str) -> str:
        """The msgid by which an outcome is told to people; empty where it has none but its code."""
        label = self._labels.get(outcome, "")
        return label if label != outcome else ""

    def way(self, outcome: str) -> Any:
        """The node that an outcome leads to."""
        found = self._ways.get(outcome, self._otherwise)
        if found is None:
            raise WrongState(
                _("The rules gave no way for this case. Nothing was changed; the office was told."),
                code="workflows.undecided",
                outcome=outcome,
            )
        return found

    def _resolve(self, instance: Any) -> None:
        self.facts = this.resolve(instance, self.facts)
        self.then = this.resolve(instance, self.then)
        self._ways = {outcome: this.resolve(instance, node) for outcome, node in self._ways.items()}
        self._otherwise = this.resolve(instance, self._otherwise)

    def _outgoing(self) -> Any:
        for outcome, node in self._ways.items():
            yield Edge(src=self, dst=node, edge_class="cond_true", label=self._labels[outcome])
        if self._otherwise is not None:
            yield Edge(src=self, dst=self._otherwise, edge_class="default")

    def bpmn_attrs(self) -> dict[str, str]:
        """The default way, as BPMN wants it."""
        if self._otherwise is None:
            return {}
        return {"default": f"id_edge_{self.name}__{self._otherwise.name}"}
