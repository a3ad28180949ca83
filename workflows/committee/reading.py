"""What the pages and the interface of committees show: who sits where now and next, and the classes of
instruments with what somebody says they know of them. Reads only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.panels.models import Appointment, Committee, CommitteeSeat, Expertise
from apps.panels.models.committees import Role
from apps.people.models import User
from documents.models import Document

_ORDER = {role: number for number, role in enumerate((Role.CHAIR, Role.DEPUTY, Role.MEMBER, Role.SECRETARY))}


@dataclass(frozen=True)
class CommitteeShown:
    """A committee with its seats in force, those that begin later, and the paper that they come from."""

    committee: Committee
    seats: tuple[CommitteeSeat, ...]
    coming: tuple[CommitteeSeat, ...]
    paper: Document | None
    mine: CommitteeSeat | None


@dataclass(frozen=True)
class ClassKnown:
    """A class of instruments at this school, and what somebody declared for it (None: nothing)."""

    class6: str
    name: str
    instruments: int
    level: int | None


def committees(viewer: User, at: datetime) -> list[CommitteeShown]:
    """Every committee in force. Four queries."""
    found = list(Committee.objects.filter(in_force(at)).select_related("unit"))
    rows = CommitteeSeat.objects.filter(committee__in=found, revoked_at__isnull=True)
    rows = rows.exclude(valid_until__lte=at).select_related("user__unit")
    seats: dict[int, list[CommitteeSeat]] = {}
    for seat in sorted(rows, key=lambda s: (s.valid_from > at, _ORDER[Role(s.role)], s.valid_from, s.pk)):
        seats.setdefault(seat.committee_id, []).append(seat)
    papers = _papers(found)
    return [_shown(one, seats.get(one.pk, []), papers.get(one.pk), viewer, at) for one in found]


def classes(viewer: User, at: datetime) -> list[ClassKnown]:
    """The classes of the school's instruments in service, with what the viewer knows of them. Two queries."""
    known = dict(Expertise.objects.filter(in_force(at), user=viewer).values_list("class6", "level"))
    rows = (
        Instrument.objects.filter(retired_at__isnull=True)
        .values("class6", "class_name")
        .annotate(number=Count("pk"))
        .order_by("class6")
    )
    return [
        ClassKnown(row["class6"], row["class_name"], row["number"], known.get(row["class6"])) for row in rows
    ]


def _papers(found: Iterable[Committee]) -> dict[int, Document]:
    done = Appointment.objects.filter(committee__in=list(found), state=Appointment.State.IN_FORCE).exclude(
        document=""
    )
    latest = dict(done.order_by("ended_at", "pk").values_list("committee_id", "document"))
    papers = {paper.ulid: paper for paper in Document.objects.filter(ulid__in=latest.values())}
    return {pk: papers[ulid] for pk, ulid in latest.items() if ulid in papers}


def _shown(
    committee: Committee, seats: list[CommitteeSeat], paper: Document | None, viewer: User, at: datetime
) -> CommitteeShown:
    now_, later = [s for s in seats if s.valid_from <= at], [s for s in seats if s.valid_from > at]
    return CommitteeShown(
        committee=committee,
        seats=tuple(now_),
        coming=tuple(later),
        paper=paper,
        mine=next((seat for seat in seats if seat.user_id == viewer.pk), None),
    )
