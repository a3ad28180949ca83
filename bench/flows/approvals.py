"""Three approvals in a row, and a round of votes that is counted when everybody has voted."""

from functools import reduce
from typing import Any

from viewflow import this
from viewflow.workflow import flow

from apps.people.models import User
from workflows.base import PROCESS_LOCK, BaseFlow
from workflows.nodes import Approval, Begin, End, Join, SplitEach

ROUND = 15
TUTOR, LAB, OFFICE = "bench_tutor", "bench_lab", "bench_office"
MEMBERS = tuple(f"bench_member{number}" for number in range(ROUND))


def _named(username: str) -> list[User]:
    return list(User.objects.filter(username=username))


class ApprovalFlow(BaseFlow):
    """Three approvals, as a process of Clearbench."""

    key = "bench_approval"
    prefix = "BNA"
    case_title = "Bench"

    start = Begin().Next(this.tutor)
    tutor = Approval("?", candidates=this.tutors, role="tutor").Approve(this.lab).Reject(this.refused)
    lab = Approval("?", candidates=this.heads, role="lab_head").Approve(this.office).Reject(this.refused)
    office = Approval("?", candidates=this.officers, role="office").Approve(this.done).Reject(this.refused)
    done = End(outcome="approved")
    refused = End(outcome="refused")

    def tutors(self, activation: Any) -> list[User]:
        return _named(TUTOR)

    def heads(self, activation: Any) -> list[User]:
        return _named(LAB)

    def officers(self, activation: Any) -> list[User]:
        return _named(OFFICE)


class BareApprovalFlow(flow.Flow):
    """The same way through viewflow's own nodes: no rights, no history, no notices, no dossier."""

    lock_impl = PROCESS_LOCK

    start = flow.StartHandle().Next(this.tutor)
    tutor = flow.View(None).Assign(username=TUTOR).Next(this.lab)
    lab = flow.View(None).Assign(username=LAB).Next(this.office)
    office = flow.View(None).Assign(username=OFFICE).Next(this.done)
    done = flow.End()


class RoundFlow(BaseFlow):
    """A round of votes, as a process of Clearbench."""

    key = "bench_round"
    prefix = "BNR"
    case_title = "Bench"

    start = Begin().Next(this.seats)
    seats = SplitEach().Each(this.vote, this.everybody)
    vote = (
        Approval("?", candidates=this.seat, role="member", due=None).Approve(this.joined).Reject(this.joined)
    )
    joined = Join().Next(this.done)
    done = End(outcome="counted")

    def everybody(self, activation: Any) -> list[dict[str, int]]:
        keys = User.objects.filter(username__in=MEMBERS).order_by("pk").values_list("pk", flat=True)
        return [{"user": key} for key in keys]

    def seat(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.task.data["user"]))


class BareRoundFlow(flow.Flow):
    """The same round through viewflow's own nodes."""

    lock_impl = PROCESS_LOCK

    start = flow.StartHandle().Next(this.seats)
    seats = reduce(lambda split, _: split.Next(this.vote), range(ROUND), flow.Split())
    vote = flow.View(None).Next(this.joined)
    joined = flow.Join().Next(this.done)
    done = flow.End()
