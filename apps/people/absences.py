"""Declaring and ending an absence with a substitute (委托). Never to oneself, never in a circle, only to
somebody whose account is in force.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.people.models import Absence, User
from apps.people.queries import ACTIVE, is_office, user_state
from apps.people.requirements import require_period
from apps.people.substitution import chain_meets


@transaction.atomic
def declare_absence(
    *,
    user: User,
    substitute: User,
    valid_from: datetime,
    valid_until: datetime,
    by: User | None,
    now: datetime,
    processes: Iterable[str] = (),
    reason: str = "",
) -> Absence:
    """From `valid_from` until `valid_until` the substitute handles the user's steps: those of the named
    processes, or all when none is named. The user declares it, or the office for somebody who cannot.

    Raises Invalid `people.absence_self`, `people.absence_past`, `people.absence_circle`, `core.period`;
    NotPermitted `people.absence_not_yours`; WrongState `people.not_active`, `people.absence_overlap`.
    """
    _require_own(user, by, now)
    if user.pk == substitute.pk:
        raise Invalid(_("Nobody stands in for themselves."), code="people.absence_self", field="substitute")
    require_period(valid_from, valid_until)
    if valid_until <= now:
        raise Invalid(_("This period is over already."), code="people.absence_past", field="valid_until")
    named = sorted(set(processes))
    # In order of their keys, so that two who name one another do not wait for ever.
    both = list(
        User.objects.select_for_update(no_key=True).filter(pk__in=(user.pk, substitute.pk)).order_by("pk")
    )
    if any(user_state(person, now) != ACTIVE for person in both):
        raise WrongState(_("This account is not in force."), code="people.not_active", field="substitute")
    meanwhile = [row for row in _meanwhile(valid_from, valid_until) if _share(row.processes, named)]
    if any(row.user_id == user.pk for row in meanwhile):
        raise WrongState(
            _("An absence is declared for this time already."),
            code="people.absence_overlap",
            field="valid_from",
        )
    if chain_meets(substitute, user, [(row.user_id, row.substitute_id) for row in meanwhile]):
        raise Invalid(
            _("This person is away in that time and would hand the steps back to you."),
            code="people.absence_circle",
            field="substitute",
        )
    absence = Absence.objects.create(
        user=user,
        substitute=substitute,
        valid_from=valid_from,
        valid_until=valid_until,
        processes=named,
        reason=reason.strip()[:200],
        declared_by=by,
    )
    audit.record(
        action="people.declare_absence",
        object_ref=f"absence:{absence.ulid}",
        now=now,
        actor=by,
        reason=reason,
        user=user.ulid,
        substitute=substitute.ulid,
        processes=named,
    )
    publish("people.absence_changed", now=now, user=user.ulid, substitute=substitute.ulid)
    return absence


@transaction.atomic
def end_absence(*, absence: Absence, by: User | None, now: datetime) -> Absence:
    """The absence ends now, or never begins. The person who is away, the substitute or the office may say so.

    Raises NotPermitted `people.absence_not_yours`; WrongState `people.absence_ended`.
    """
    if by is not None and by.pk != absence.substitute_id:
        _require_own(absence.user, by, now)
    over = Absence.objects.filter(pk=absence.pk, revoked_at__isnull=True, valid_until__gt=now)
    if not over.update(revoked_at=now):
        raise WrongState(_("This absence is over."), code="people.absence_ended")
    audit.record(action="people.end_absence", object_ref=f"absence:{absence.ulid}", now=now, actor=by)
    publish("people.absence_changed", now=now, user=absence.user.ulid, substitute=absence.substitute.ulid)
    absence.refresh_from_db()
    return absence


def _meanwhile(start: datetime, end: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=start), valid_from__lt=end, revoked_at__isnull=True
    )


def _share(some: list[str], others: list[str]) -> bool:
    """Whether two absences concern a common process; no name means all."""
    return not some or not others or bool(set(some) & set(others))


def _require_own(user: User, by: User | None, now: datetime) -> None:
    if by is not None and by.pk != user.pk and not is_office(by, now):
        raise NotPermitted(_("This absence is not yours to decide."), code="people.absence_not_yours")
