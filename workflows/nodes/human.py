"""The human task: a question put to people who were resolved once, with outcomes that lead on.

`Approval` asks for a judgement, `Work` asks for something to be done. What a person may do with it (verbs)
stands in `workflows.verbs`; doing it in `workflows.services`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext_noop as _
from viewflow import this
from viewflow.workflow import Activation, flow
from viewflow.workflow.base import Edge
from viewflow.workflow.nodes import ViewActivation
from viewflow.workflow.status import STATUS

from apps.core.prepared import insert
from apps.people.models import User
from workflows.candidates import Seat, resolve
from workflows.models import Attachment, Candidate, Step
from workflows.moment import current
from workflows.nodes.due import Until, WorkingDays, end_of
from workflows.nodes.moves import Moves
from workflows.telling import tell

APPROVE, REJECT, COMPLETE, EXPIRED = "approve", "reject", "complete", "expired"
SENT_BACK, CANCELLED = "sent_back", "cancelled"  # how a step ends without an answer
STEP_DAYS = WorkingDays("workflows.step_days")


@dataclass(frozen=True)
class Outcome:
    """One way to answer: its key, the words of its button (an English msgid), where it leads, and whether
    it refuses, which wants an opinion. One that comes `by_itself` (what was asked has moved) is nobody's to
    choose; an `open` one of a sealed step is kept as it was given.
    """

    key: str
    label: str
    node: Any
    refuses: bool = False
    by_itself: bool = False
    open: bool = False


@dataclass(frozen=True, repr=False)
class Answer:
    """What was answered, as the hook `do` gets it. `by` is None when the system answers (a fact, a
    deadline). It does not print what it holds: that may be under seal.
    """

    step: Step
    by: User | None
    outcome: str
    opinion: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def __repr__(self) -> str:
        return f"Answer({self.step})"


class HumanActivation(Moves, ViewActivation):
    """The engine's side of a question."""

    @property
    def step(self) -> Step:
        """The question behind the task."""
        return self.task.step  # type: ignore[no-any-return]

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None
    ) -> "HumanActivation":
        """Put the question: the task, its step, and a row for everybody who may answer. Refuses when
        that is nobody, not even the superior role: an open task for anyone to claim does not exist here.
        """
        task = flow_task.flow_class.task_class(
            process=prev_activation.process, flow_task=flow_task, token=token, data=data or {}, seed=seed
        )
        activation = cls(task)
        seats = resolve(activation)
        owner = sole_owner(seats, task.data.get("former"))
        if owner is not None:
            task.owner, task.status, task.assigned = owner, STATUS.ASSIGNED, current().now
        task.save()
        insert([task.previous.through(from_task=task, to_task=prev_activation.task)])
        activation._ask(seats)
        return activation

    def _ask(self, seats: list[Seat]) -> None:
        node, moment, case = self.flow_task, current(), self.case
        due = end_of(node.due, self) if node.due is not None else None
        step = Step(
            task=self.task,
            case=case,
            flow=case.flow,
            node=node.name,
            asked_at=moment.now,
            remind_at=moment.now + (due - moment.now) / 2 if due is not None else None,
            due_at=due,
        )
        insert([step])
        insert([Candidate(step=step, user=s.user, via=s.via, instead_of=s.instead_of) for s in seats])
        tell("workflows.step_offered", step=step.ulid)

    @Activation.status.super()
    def activate(self) -> None:
        """A question waits for people."""

    @Activation.status.transition(source=[STATUS.NEW, STATUS.ASSIGNED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        """The question is no longer asked."""
        now = current().now
        self.task.finished = now
        self.task.save()
        Step.objects.filter(task=self.task, answered_at__isnull=True).update(
            outcome=CANCELLED, answered_at=now
        )

    @Activation.status.super()
    def create_next(self) -> Any:
        node = self.flow_task.outcomes[self.task.data["outcome"]].node
        yield node._create(self, self.task.token)


def sole_owner(seats: list[Seat], former: int | None = None) -> User | None:
    """Who owns the task from the beginning: the only candidate, or whoever answered this step before."""
    if len(seats) == 1:
        return seats[0].user
    return next((s.user for s in seats if s.user.pk == former), None)


class Human(flow.View):
    """A question to people.

    `asks` is the question (an English msgid). `candidates(activation)` gives the users of the role that
    `role` names, best first; `qualifies(activation, user)` says whether the substitute of somebody who is
    away can do what the step asks for: otherwise it waits for the absent person. `superiors(activation)`
    gives the superior role, where it is another than the managers of the case's unit and those above them.
    `of_applicant` marks a step that only the applicant takes. `due` is the deadline (reminder at half of it,
    escalation to the superior role after it). `do(activation, answer)` is the domain operation of an answer,
    inside the transition. `back_to` lists the nodes to which it may be sent back. `form` collects data with
    the answer. `automatic` steps are completed by facts only (an exam passed); `link(case)` leads to the page
    where that happens. `batch` allows answering many at once, `signers` adding signers. `spoken`: every
    answer wants words, and the page says so (that there are some is for the hook to see to).

    A `personal` step is that person's alone: nobody substitutes them in it, it is not passed on, and no
    superior takes it over; what becomes of it when they are gone is the flow's to say (an outcome that comes
    by itself). A `sealed` one is personal, and what is answered (which outcome, opinion, data) reaches the
    hook `do` only: step, history, facts, papers and the interface say that it was answered, never what.
    """

    activation_class = HumanActivation
    kind = "human"

    def __init__(
        self,
        asks: str,
        *,
        candidates: Any = None,
        role: str = "",
        qualifies: Any = None,
        superiors: Any = None,
        title: str = "",
        due: Until | None = STEP_DAYS,
        form: type[forms.Form] | None = None,
        do: Any = None,
        back_to: tuple[Any, ...] = (),
        of_applicant: bool = False,
        automatic: bool = False,
        batch: bool = False,
        signers: bool = True,
        link: Any = None,
        personal: bool = False,
        sealed: bool = False,
        spoken: bool = False,
    ) -> None:
        super().__init__(None)
        if not of_applicant and candidates is None:
            raise TypeError("a step is asked of the applicant or has candidates")
        self.asks = asks
        self.candidates = candidates
        self.qualifies = qualifies
        self.superiors = superiors
        self.role = role or ("applicant" if of_applicant else "")
        self.due: Any = due
        self.form = form
        self.do = do
        self.back_to = back_to
        self.of_applicant = of_applicant
        self.automatic = automatic
        self.batch = batch and form is None
        self.personal = personal or sealed
        self.sealed = sealed
        self.spoken = spoken
        self.signers = signers and not of_applicant and not self.personal
        self.link = link
        self._outcomes: tuple[Outcome, ...] = ()
        self.outcomes: Mapping[str, Outcome] = MappingProxyType({})
        if title:
            self.Annotation(title=title)

    def On(self, key: str, node: Any, *, label: str, refuses: bool = False, **traits: bool) -> "Human":
        """One more way to answer; `traits` are the other members of `Outcome`."""
        self._outcomes = (*self._outcomes, Outcome(key, label, node, refuses, **traits))
        return self

    def OnDue(self, node: Any) -> "Human":
        """Where the case goes by itself when nobody has answered by the deadline."""
        return self.On(EXPIRED, node, label=_("Deadline passed"))

    @property
    def choices(self) -> tuple[Outcome, ...]:
        """The outcomes that a person may choose."""
        return tuple(o for o in self.outcomes.values() if o.key != EXPIRED and not o.by_itself)

    def keeps(self, outcome: Outcome) -> bool:
        """Whether an answer is kept as it was given: always, but for what is under seal."""
        return not self.sealed or outcome.open or outcome.by_itself or outcome.key == EXPIRED

    def hear(self, task: Any) -> None:
        """Nothing: only Children wait for other processes."""

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self.outcomes = MappingProxyType(
            {o.key: replace(o, node=this.resolve(instance, o.node)) for o in self._outcomes}
        )
        under_seal = {o.node for o in self.outcomes.values() if not self.keeps(o)}
        if self.sealed and (COMPLETE not in self.outcomes or len(under_seal) > 1):
            raise TypeError("what is answered under seal leads on like 'complete', or the way would tell it")
        for name in ("candidates", "qualifies", "superiors", "do", "due", "link"):
            setattr(self, name, this.resolve(instance, getattr(self, name)))
        self.back_to = tuple(this.resolve(instance, node) for node in self.back_to)

    def _outgoing(self) -> Any:
        for outcome in self.outcomes.values():
            edge = "next" if len(self.outcomes) == 1 else "cond_false" if outcome.refuses else "cond_true"
            label = outcome.label if len(self.outcomes) > 1 else None
            yield Edge(src=self, dst=outcome.node, edge_class=edge, label=label)


class Approval(Human):
    """`sponsor = Approval(_("Does this person work in your group?"), candidates=this.the_pi, role="pi")
    .Approve(this.exam).Reject(this.refused)`
    """

    def Approve(self, node: Any, *, label: str = _("Approve")) -> "Approval":
        """Where a yes leads."""
        self.On(APPROVE, node, label=label)
        return self

    def Reject(self, node: Any, *, label: str = _("Refuse")) -> "Approval":
        """Where a no leads; it wants an opinion."""
        self.On(REJECT, node, label=label, refuses=True)
        return self


class Work(Human):
    """`revise = Work(_("Please complete your application."), of_applicant=True,
    form=ReviseForm).Next(this.screen)`
    """

    def __init__(self, asks: str, **options: Any) -> None:
        options.setdefault("signers", False)
        super().__init__(asks, **options)

    def Next(self, node: Any, *, label: str = _("Done"), **_ignored: Any) -> "Work":
        """Where the case goes when it is done."""
        self.On(COMPLETE, node, label=label)
        return self
