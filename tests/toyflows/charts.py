"""Flows that are only drawn, never run: one for each shape that a diagram must show. Titles that look like
those of the real processes, so that a picture of them says whether a person could read it.
"""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.base import Edge
from viewflow.workflow.nodes import AbstractJob


class Ask(flow.View):
    """A question to people, with labelled answers."""

    kind = "human"

    def __init__(self, title: str, **kwargs: Any) -> None:
        super().__init__(None, **kwargs)
        self._answers: list[list[Any]] = []
        self.Annotation(title=title)

    def On(self, label: str, node: Any, *, refuses: bool = False) -> "Ask":
        self._answers.append([label, node, refuses])
        return self

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self._answers = [[label, this.resolve(instance, node), no] for label, node, no in self._answers]

    def _outgoing(self) -> Any:
        for label, node, refuses in self._answers:
            yield Edge(src=self, dst=node, edge_class="cond_false" if refuses else "cond_true", label=label)


class Decide(flow.Switch):
    """A gateway whose ways have labels."""

    kind = "rule"

    def __init__(self, title: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._labels: list[list[Any]] = []
        self.Annotation(title=title)

    def When(self, label: str, node: Any) -> "Decide":
        self._labels.append([label, node])
        return self

    def Otherwise(self, node: Any) -> "Decide":
        self._labels.append(["", node])
        return self

    def _resolve(self, instance: Any) -> None:
        self._labels = [[label, this.resolve(instance, node)] for label, node in self._labels]

    def _outgoing(self) -> Any:
        for label, node in self._labels:
            yield Edge(src=self, dst=node, edge_class="cond_true" if label else "default", label=label)

    def bpmn_attrs(self) -> dict[str, str]:
        return {}


class Spread(flow.Split):
    """A branch for each of several."""

    kind = "split"

    def Each(self, node: Any) -> "Spread":
        self._activate_next.append((node, None, True))
        return self

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        for node, _case, many in self._activate_next:
            node._multi_instance = node._multi_instance or bool(many)


class Children(flow.Function):
    """Stands for a step that starts other processes."""

    kind = "children"
    bpmn_element = "callActivity"
    of = "toy_due"

    def __init__(self) -> None:
        super().__init__(lambda activation: None)


class Nodes:
    """viewflow's nodes and those above, untyped: its chains of calls give only `Node`."""

    Function: Any = flow.Function
    Children: Any = Children
    End: Any = flow.End
    Handle: Any = flow.Handle
    If: Any = flow.If
    Job: Any = AbstractJob
    Join: Any = flow.Join
    Split: Any = flow.Split
    Spread: Any = Spread
    StartHandle: Any = flow.StartHandle
    Timer: Any = flow.Timer


nodes = Nodes


def begin(title: str) -> Any:
    return nodes.StartHandle().Annotation(title=title)


def end(title: str) -> Any:
    return nodes.End().Annotation(title=title)


class LinearFlow(flow.Flow):
    """One after the other."""

    start = begin(_("Applied")).Next(this.check)
    check = Ask(_("Check the application")).On(_("Approve"), this.effect)
    effect = nodes.Function(this.do).Annotation(title=_("Put in force")).Next(this.done)
    done = end(_("Approved"))

    def do(self, activation: Any) -> None:
        """Never run."""


class ParallelFlow(flow.Flow):
    """Three at once, then together again."""

    start = begin(_("Applied")).Next(this.split)
    split = (
        nodes.Split()
        .Annotation(title=_("Ask all three"))
        .Always(this.finance)
        .Always(this.safety)
        .Next(this.laboratory, case=this.large)
    )
    finance = Ask(_("Finance checks")).On(_("Approve"), this.join)
    safety = Ask(_("Safety checks")).On(_("Approve"), this.expert)
    expert = Ask(_("An expert gives an opinion")).On(_("Approve"), this.join)
    laboratory = Ask(_("The laboratory checks")).On(_("Approve"), this.join)
    join = nodes.Join().Annotation(title=_("All have answered")).Next(this.done)
    done = end(_("Approved"))

    def large(self, activation: Any) -> bool:
        return True


class LoopFlow(flow.Flow):
    """Back to an earlier step by a line of the flow itself, and to the same step again."""

    start = begin(_("Applied")).Next(this.screen)
    screen = Decide(_("Complete?")).When("complete", this.office).Otherwise(this.revise)
    revise = Ask(_("Complete the application")).On(_("Send again"), this.screen)
    office = (
        Ask(_("Office decides"))
        .On(_("Approve"), this.done)
        .On(_("Ask again later"), this.office)
        .On(_("Refuse"), this.refused, refuses=True)
        .On(_("Back"), this.revise, refuses=True)
    )
    done = end(_("Approved"))
    refused = end(_("Refused"))


class RoundFlow(flow.Flow):
    """Many of the same, with a limit of time on the border and a wait."""

    start = begin(_("Applied")).Next(this.round)
    round = nodes.Spread().Annotation(title=_("Open the round")).Each(this.vote)
    vote = Ask(_("Vote on the standard")).On(_("Agree"), this.joined).On(_("Disagree"), this.joined)
    joined = (
        nodes.Join(continue_on_condition=this.decided).Annotation(title=_("Count the votes")).Next(this.chair)
    )
    chair = (
        Ask(_("Chair announces the result"))
        .On(_("Announced"), this.notice)
        .OnTimeout(timedelta(days=3), this.deputy, title=_("Three days without an answer"))
    )
    deputy = Ask(_("Deputy announces the result")).On(_("Announced"), this.notice)
    notice = nodes.Timer(timedelta(days=7)).Annotation(title=_("Public notice")).Next(this.done)
    done = end(_("Approved"))

    def decided(self, activation: Any, active: Any) -> bool:
        return True


class EverythingFlow(flow.Flow):
    """Every kind of step once, titles as long as they come, and a step that nothing leads to."""

    start = begin("学生提交大型仪器设备上机培训与使用授权申请").Next(this.rule)
    rule = (
        Decide("核对身份、安全准入与前置培训等级是否齐全")
        .When("eligible", this.lab_each)
        .When("ask_office", this.ask)
        .Otherwise(this.refused)
    )
    ask = Ask("设备管理办公室核实申请人与导师的关系证明材料").On("通过", this.lab_each)
    revise = Ask(_("Complete the application")).On(_("Send again"), this.rule)
    lab_each = nodes.Children().Annotation(title="各实验室分别办理各自设备的授权审核子流程").Next(this.job)
    job = (
        nodes.Job()
        .Annotation(title="Compute the statistics of last year's use for all instruments")
        .Next(this.wait)
    )
    wait = nodes.Handle(this.do).Annotation(title="Theory examination passed").Next(this.timer)
    timer = (
        nodes.Timer(timedelta(days=5))
        .Annotation(title="公示五个工作日并受理任何人提出的异议")
        .Next(this.split)
    )
    split = nodes.Split().Always(this.effect).Always(this.tell)
    effect = nodes.Function(this.do).Annotation(title="授权生效").Next(this.join)
    tell = nodes.Function(this.do).Annotation(title="通知导师").Next(this.join)
    join = nodes.Join().Next(this.done)
    done = end("授权完成")
    refused = end("不予授权")

    def do(self, activation: Any) -> None:
        """Never run."""


class TrainingFlow(flow.Flow):
    """About as large as a process gets: twenty-six steps, loops, refusals from everywhere and a round."""

    start = begin(_("Training requested")).Next(this.eligible)
    eligible = (
        Decide(_("Eligible for training?"))
        .When("eligible", this.needs_sponsor)
        .When("ask_office", this.office_check)
        .Otherwise(this.refused)
    )
    office_check = (
        Ask(_("Office checks the documents"))
        .On(_("Approve"), this.needs_sponsor)
        .On(_("Refuse"), this.refused, refuses=True)
        .On(_("Ask for more"), this.revise)
    )
    revise = Ask(_("Complete the request")).On(_("Send again"), this.eligible)
    needs_sponsor = (
        nodes.If(this.no)
        .Annotation(title=_("From outside the school?"))
        .Then(this.contract)
        .Else(this.sponsor)
    )
    contract = (
        Ask(_("Contract of the organisation checked"))
        .On(_("Approve"), this.place)
        .On(_("Refuse"), this.refused, refuses=True)
    )
    sponsor = (
        Ask(_("Does your group pay for this training?"))
        .On(_("Approve"), this.place)
        .On(_("Refuse"), this.refused, refuses=True)
    )
    place = Ask(_("Place the trainee in a session")).On(_("Placed"), this.theory)
    theory = nodes.Handle(this.do).Annotation(title=_("Theory examination passed")).Next(this.cooling)
    cooling = nodes.If(this.no).Annotation(title=_("Passed?")).Then(this.prepare).Else(this.attempts)
    attempts = Decide(_("Attempts left?")).When("left", this.pause).Otherwise(this.refused)
    pause = nodes.Timer(timedelta(days=7)).Annotation(title=_("Cooling-off")).Next(this.theory)
    prepare = nodes.Split().Annotation(title=_("Practice and safety")).Always(this.hours).Always(this.safety)
    hours = nodes.Handle(this.do).Annotation(title=_("Supervised hours completed")).Next(this.together)
    safety = Ask(_("Safety officer confirms the briefing")).On(_("Confirmed"), this.together)
    together = nodes.Join().Annotation(title=_("Both done")).Next(this.assess)
    assess = (
        Ask(_("Practical assessment by the trainer"))
        .On(_("Passed"), this.level)
        .On(_("Repeat the practice"), this.prepare)
        .On(_("Failed"), this.refused, refuses=True)
    )
    level = (
        Decide(_("Which level?")).When("basic", this.issue).When("advanced", this.panel).Otherwise(this.head)
    )
    panel = nodes.Spread().Annotation(title=_("Panel for advanced use")).Each(this.vote)
    vote = Ask(_("Does the panel agree?")).On(_("Agree"), this.counted).On(_("Disagree"), this.counted)
    counted = (
        nodes.Join(continue_on_condition=this.decided).Annotation(title=_("Votes counted")).Next(this.head)
    )
    head = (
        Ask(_("Head of the laboratory countersigns"))
        .On(_("Approve"), this.issue)
        .On(_("Refuse"), this.refused, refuses=True)
        .On(_("Assess again"), this.assess)
    )
    issue = nodes.Function(this.do).Annotation(title=_("Issue the certificate")).Next(this.print)
    print = nodes.Job().Annotation(title=_("Print certificate and tell everybody")).Next(this.certified)
    certified = end(_("Certified"))
    refused = end(_("Refused"))

    def do(self, activation: Any) -> None:
        """Never run."""

    def no(self, activation: Any) -> bool:
        return False

    def decided(self, activation: Any, active: Any) -> bool:
        return True
