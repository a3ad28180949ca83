"""Proposed corrections that wait: whose answer they need, and what the clock does with them (a reminder at
half of the time, then the office, at last nobody answered).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import crew_of, manages, may_manage, scopes_of
from apps.instruments.scopes import instruments_within
from apps.people.models import Authorization, User
from apps.people.queries import active_users, counting_rights
from apps.usage.correcting import expire
from apps.usage.models import UsageCorrection

State = UsageCorrection.State
_JOINED = (
    *("record__instrument__facility", "record__user", "record__session__fund__group"),
    *("proposed_by", "decided_by"),
)
AT_ONCE = 200


def corrections_for(user: User, now: datetime) -> QuerySet[UsageCorrection]:
    """The open proposals that this person may answer, the oldest first. Two queries."""
    scopes = list(counting_rights(now).filter(user=user, kind="manage").values_list("scope", flat=True))
    crews = CrewMember.objects.filter(in_force(now), user=user, role=CrewMember.Role.MANAGER)
    mine = Q(record__instrument__in=instruments_within(scopes)) | Q(
        record__instrument__in=crews.values("instrument")
    )
    conflicted = (
        Q(record__user=user)
        | Q(proposed_by=user)
        | Q(record__session__second_user=user)
        | Q(record__session__fund__group__pi=user)
    )
    # By key: `exclude` over joins that may be empty would leave out rows without a fund.
    mine_to_leave = UsageCorrection.objects.filter(conflicted, state=State.OPEN).values("pk")
    found = UsageCorrection.objects.filter(mine, state=State.OPEN).exclude(pk__in=mine_to_leave)
    return found.select_related(*_JOINED).order_by("proposed_at", "pk")


def correction_for(user: User, ulid: str, now: datetime) -> UsageCorrection:
    """A proposal for its person, whoever proposed it, and who runs or answers for the instrument. Raises
    NotFound `usage.no_correction` for everybody else.
    """
    found = UsageCorrection.objects.select_related(*_JOINED).filter(ulid=ulid).first()
    if found is None or not _sees(user, found, now):
        raise NotFound(_("There is no such correction."), code="usage.no_correction")
    return found


def my_corrections(user: User) -> QuerySet[UsageCorrection]:
    """What was proposed for the person's uses or by them."""
    return UsageCorrection.objects.filter(Q(record__user=user) | Q(proposed_by=user)).select_related(*_JOINED)


def judges_of(instrument: Instrument, now: datetime, *, superior: bool = False) -> QuerySet[User]:
    """Who answers: the managers of the crew; the `superior` are those who hold the right to manage it, the
    office among them.
    """
    if superior:
        held = counting_rights(now).filter(kind=Authorization.Kind.MANAGE, scope__in=scopes_of(instrument))
        return active_users(now).filter(pk__in=held.values("user"))
    crew = crew_of(instrument, now).filter(role=CrewMember.Role.MANAGER)
    return active_users(now).filter(pk__in=crew.values("user"))


def look_after_corrections(*, now: datetime) -> int:
    """Reminders, the office's turn, and the end of what nobody answered. Returns how many moved. Twice or
    late does no harm: each is told once.
    """
    opened = UsageCorrection.objects.filter(state=State.OPEN).select_related("record")
    moved = 0
    for one in opened.filter(expires_at__lte=now).order_by("pk")[:AT_ONCE]:
        moved += expire(one, now)
    for one in opened.filter(due_at__lte=now, escalated_at__isnull=True).order_by("pk")[:AT_ONCE]:
        moved += _mark(one, now, "escalated_at", "escalated")
    for one in opened.filter(remind_at__lte=now, due_at__gt=now, reminded_at__isnull=True).order_by("pk")[
        :AT_ONCE
    ]:
        moved += _mark(one, now, "reminded_at", "reminded")
    return moved


@transaction.atomic
def _mark(one: UsageCorrection, now: datetime, column: str, how: str) -> int:
    still = {"pk": one.pk, "state": State.OPEN, f"{column}__isnull": True}
    marked = UsageCorrection.objects.filter(**still).update(**{column: now})
    if marked:
        publish("usage.correction_waits", now=now, correction=one.ulid, record=one.record.ulid, how=how)
    return marked


def _sees(user: User, found: UsageCorrection, now: datetime) -> bool:
    record = found.record
    if user.pk in (record.user_id, found.proposed_by_id):
        return True
    return may_manage(user, record.instrument, now) or manages(user, record.instrument, now)
