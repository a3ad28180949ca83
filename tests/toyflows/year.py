"""A toy that has everything that waits: a round with a limit, background work, a process for each of several,
a wait for a day.
"""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.people.models import User
from tests.toyflows.approvals import DueFlow
from workflows import services
from workflows.base import BaseFlow
from workflows.models import Case
from workflows.nodes import Approval, Begin, Children, Do, End, If, Job, Join, SplitEach, Timer


class YearFlow(BaseFlow):
    """A round decides; then it is computed, asked of each lab, and announced after a wait."""

    key = "toy_year"
    prefix = "YEA"
    case_title = _("Toy year")

    start = Begin().Next(this.open_round)
    open_round = SplitEach().Each(this.vote, this.seats).Next(this.limit)
    vote = (
        Approval(_("Do you agree?"), candidates=this.seat, role="member", due=timedelta(days=2))
        .Approve(this.joined)
        .Reject(this.joined)
    )
    limit = Timer(timedelta(days=7), title=_("Limit")).Next(this.joined)
    joined = Join(continue_on_condition=this.decided).Next(this.enough)
    enough = If(this.is_enough, title=_("Enough?")).Then(this.compute).Else(this.refused)
    compute = Job(this.sum_up, title=_("Compute")).Next(this.labs)
    labs = Children(DueFlow.key, start=this.ask_lab, items=this.each_lab, title=_("Labs")).Next(this.notice)
    notice = Timer(timedelta(days=3), title=_("Notice")).Next(this.announce)
    announce = Do(this.announced, title=_("Announce")).Next(this.done)
    done = End(outcome="announced", title=_("Announced"))
    refused = End(outcome="refused", title=_("Refused"))

    def seats(self, activation: Any) -> list[dict[str, int]]:
        return [{"user": pk} for pk in activation.recall("members")]

    def seat(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.task.data["user"]))

    def decided(self, activation: Any, active: Any) -> bool:
        """When the limit is over, whoever has not voted is not waited for."""
        limits = activation.process.task_set.filter(flow_task=type(self).limit, status="DONE")
        return bool(limits.exists()) or self._yes(activation) * 2 > len(activation.recall("members"))

    def is_enough(self, activation: Any) -> bool:
        return self._yes(activation) > 0

    def _yes(self, activation: Any) -> int:
        votes = activation.process.task_set.filter(flow_task=type(self).vote, status="DONE")
        return sum(task.data.get("outcome") == "approve" for task in votes)

    def sum_up(self, case: Case, now: Any) -> dict[str, int]:
        """Fails until its failures are used up."""
        tasks = case.process.task_set.filter(flow_task=type(self).compute)
        if sum(task.data.get("failures", 0) for task in tasks) < case.process.data["failures"]:
            raise ValueError("a secret that must not be stored")
        return {"total": 42}

    def each_lab(self, activation: Any) -> list[int]:
        return list(activation.recall("labs"))

    def ask_lab(self, activation: Any, item: int) -> None:
        services.start(
            DueFlow,
            by=None,
            now=activation.now,
            applicant=activation.case.applicant,
            subject_ref=f"lab:{activation.case.ulid}:{item}",
            data={"tutors": [item]},
            parent=activation.task,
        )

    def announced(self, activation: Any) -> None:
        activation.remember(announced=True)
