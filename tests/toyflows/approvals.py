"""Flows that only tests run. Who is asked stands in the process data, so that each test says it aloud."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import Invalid
from apps.people.models import User
from workflows import services
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import Approval, Begin, Children, Do, End, Job, Join, SplitEach, Timer, Work


def people(activation: Any, name: str) -> list[User]:
    """The users whose keys the process keeps under a name, in that order."""
    keys = activation.recall(name, [])
    found = {user.pk: user for user in User.objects.filter(pk__in=keys)}
    return [found[key] for key in keys]


class ThreeStepsFlow(BaseFlow):
    """Three approvals in a row, with a way back, a wait and an effect."""

    key = "toy_three"
    prefix = "TOY"
    case_title = _("Toy of {name}")
    deciding = frozenset({"office"})
    ended: list[str] = []  # what the domain heard, for the tests

    start = Begin().Next(this.tutor)
    revise = Work(_("Please mend it."), of_applicant=True, back_to=()).Next(this.tutor)
    tutor = (
        Approval(_("Is it right?"), candidates=this.tutors, role="tutor", back_to=(this.revise,), batch=True)
        .Approve(this.lab)
        .Reject(this.refused)
    )
    lab = (
        Approval(
            _("Does the lab agree?"),
            candidates=this.heads,
            role="lab_head",
            do=this.lab_answered,
            back_to=(this.revise, this.tutor),
        )
        .Approve(this.office)
        .Reject(this.refused)
    )
    office = (
        Approval(_("Does the office agree?"), candidates=this.officers, role="office")
        .Approve(this.wait)
        .Reject(this.refused)
    )
    wait = Timer(timedelta(days=1), title=_("Public notice")).Next(this.effect)
    effect = Do(this.do_it, title=_("Put in force")).Next(this.approved)
    approved = End(outcome="approved", title=_("Approved"))
    refused = End(outcome="refused", title=_("Refused"))

    def tutors(self, activation: Any) -> list[User]:
        return people(activation, "tutors")

    def heads(self, activation: Any) -> list[User]:
        return people(activation, "heads")

    def officers(self, activation: Any) -> list[User]:
        return people(activation, "officers")

    def lab_answered(self, activation: Any, answer: Any) -> None:
        if answer.opinion == "the domain says no":
            raise Invalid("The domain says no.", code="toy.no")
        if answer.opinion == "it is gone":
            raise Overtaken("the thing is gone")
        activation.remember(lab=answer.outcome)

    def do_it(self, activation: Any) -> None:
        if activation.recall("broken"):
            raise ValueError("a secret that must not be stored")

    def closed(self, case: Case) -> None:
        type(self).ended.append(f"{case.state}:{case.outcome}")


class RoundFlow(BaseFlow):
    """A round of votes with a deadline; decided when a majority of those asked has approved."""

    key = "toy_round"
    prefix = "RND"
    case_title = _("Toy round")

    start = Begin().Next(this.open_round)
    open_round = SplitEach().Each(this.vote, this.seats).Next(this.deadline)
    vote = (
        Approval(_("Do you agree?"), candidates=this.seat, role="member", due=None)
        .Approve(this.joined)
        .Reject(this.joined)
    )
    deadline = Timer(timedelta(days=7), title=_("Deadline")).Next(this.joined)
    joined = Join(continue_on_condition=this.decided).Next(this.done)
    done = End(outcome="counted", title=_("Counted"))

    def seats(self, activation: Any) -> list[dict[str, int]]:
        return [{"user": pk} for pk in activation.recall("members")]

    def seat(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.task.data["user"]))

    def decided(self, activation: Any, active: Any) -> bool:
        votes = activation.process.task_set.filter(flow_task=type(self).vote).exclude(status="CANCELED")
        yes = sum(task.data.get("outcome") == "approve" for task in votes)
        timed_out = activation.process.task_set.filter(flow_task=type(self).deadline, status="DONE").exists()
        return bool(timed_out or yes * 2 > votes.count())


class DueFlow(BaseFlow):
    """A step that goes on by itself when nobody has answered in time."""

    key = "toy_due"
    prefix = "DUE"
    case_title = _("Toy with a deadline")

    start = Begin().Next(this.ask)
    ask = (
        Approval(_("In time?"), candidates=this.asked, role="tutor", due=timedelta(days=2))
        .Approve(this.answered)
        .Reject(this.answered)
        .OnDue(this.late)
    )
    answered = End(outcome="answered", title=_("Answered"))
    late = End(outcome="late", title=_("Late"))

    def asked(self, activation: Any) -> list[User]:
        return people(activation, "tutors")


class MonthFlow(BaseFlow):
    """A job, then one child for each tutor."""

    key = "toy_month"
    prefix = "MON"
    case_title = _("Toy month")
    runs: list[str] = []

    start = Begin().Next(this.compute)
    compute = Job(this.sum_up, title=_("Compute")).Next(this.labs)
    labs = Children(DueFlow.key, start=this.start_lab, items=this.each, title=_("Labs")).Next(this.done)
    done = End(outcome="closed", title=_("Closed"))

    def sum_up(self, case: Case, now: Any) -> dict[str, int]:
        type(self).runs.append(case.number)
        if case.process.data.get("broken"):
            raise ValueError("a secret that must not be stored")
        return {"total": 42}

    def each(self, activation: Any) -> list[int]:
        return list(activation.recall("tutors"))

    def start_lab(self, activation: Any, item: int) -> None:
        services.start(
            DueFlow,
            by=None,
            now=activation.now,
            applicant=activation.case.applicant,
            subject_ref=f"lab:{activation.case.ulid}:{item}",
            data={"tutors": [item]},
            parent=activation.task,
        )
