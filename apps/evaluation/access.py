"""Who reads a sheet, who reports on it, who corrects it. Rights are those over instruments and units; nothing
of it is stored here.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, NotPermitted
from apps.core.periods import in_force
from apps.evaluation.models import Judge, Round, Sheet
from apps.instruments.models import CrewMember
from apps.instruments.queries import crew_roles, holds_manage
from apps.instruments.scopes import instruments_within
from apps.people.models import User
from apps.people.queries import active_users, authorized, counting_rights, is_office, unit_scopes
from apps.people.roles import lab_heads

_REPORTS = frozenset({CrewMember.Role.MANAGER.value, CrewMember.Role.OPERATOR.value})


def sheets() -> QuerySet[Sheet]:
    """Sheets with everything that names them."""
    return Sheet.objects.select_related(
        "round__version__scheme", "instrument__facility", "lab", "unit__parent__parent"
    )


def visible_sheets(user: User, round_: Round, now: datetime) -> QuerySet[Sheet]:
    """The sheets of a round that somebody may read: all of a published one; the office all; crews and whoever
    may see the reports of instruments or units theirs.
    """
    found = sheets().filter(round=round_)
    mine = None if round_.state == Round.State.PUBLISHED else _concerning(user, now)
    return found if mine is None else found.filter(mine)


def counted_for(user: User, rounds: Iterable[Round], now: datetime) -> dict[int, int]:
    """How many sheets of each round (primary key) somebody may read; a round of which it is none is left out.
    At most three queries.
    """
    found, mine = Sheet.objects.filter(round__in=list(rounds)), _concerning(user, now)
    if mine is not None:
        found = found.filter(Q(round__state=Round.State.PUBLISHED) | mine)
    return dict(found.order_by().values_list("round").annotate(number=Count("pk")))


def _concerning(user: User, now: datetime) -> Q | None:
    """Which sheets are somebody's to read before they are published; None: all of them. At most two
    queries.
    """
    if is_office(user, now):
        return None
    scopes = [
        right.scope
        for right in counting_rights(now).filter(
            user=user, kind__in=("manage", "report"), user__in=active_users(now)
        )
    ]
    if "school" in scopes:
        return None
    crew = CrewMember.objects.filter(
        in_force(now), user=user, user__in=active_users(now), instrument=OuterRef("instrument")
    )
    units = [scope.removeprefix("unit:") for scope in scopes if scope.startswith("unit:")]
    judges = Judge.objects.filter(round=OuterRef("round"), user=user)
    return (
        Q(Exists(crew))
        | (Q(Exists(judges)) & (~Q(band=Sheet.Band.MIDDLE) | Q(appeal__isnull=False)))
        | Q(instrument__in=instruments_within(scopes).values("pk"))
        | Q(lab__ulid__in=units)
        | Q(lab__parent__ulid__in=units)
        | Q(lab__parent__parent__ulid__in=units)
    )


def find_sheet(ulid: str, user: User, now: datetime) -> Sheet:
    """A sheet that the user may read; NotFound `evaluation.no_sheet` for any other, whether there is one or
    not.
    """
    found = sheets().filter(ulid=ulid).first()
    if found is None or not visible_sheets(user, found.round, now).filter(pk=found.pk).exists():
        raise NotFound(_("There is no such sheet."), code="evaluation.no_sheet")
    return found


def may_report(user: User, sheet: Sheet, now: datetime) -> bool:
    """Whether somebody completes the sheet: managers and operators of the crew, whoever manages the
    instrument; of a laboratory its head and whoever manages it.
    """
    if sheet.instrument is not None:
        return bool(crew_roles(user, sheet.instrument, now) & _REPORTS) or holds_manage(
            user, sheet.instrument, now
        )
    return may_correct(user, sheet, now)


def may_correct(user: User, sheet: Sheet, now: datetime) -> bool:
    """Whether somebody looks at the report for the laboratory or the department: the head of the laboratory,
    and whoever manages the unit or one above it.
    """
    unit = sheet.unit
    return user in lab_heads(unit, now) or authorized(user, "manage", unit_scopes(unit), now)


def require_report(sheet: Sheet, by: User | None, now: datetime) -> None:
    """NotPermitted `evaluation.not_reporter`. The system may."""
    if by is not None and not may_report(by, sheet, now):
        raise NotPermitted(
            _("Only whoever runs the instrument completes its sheet."), code="evaluation.not_reporter"
        )


def require_correct(sheet: Sheet, by: User | None, now: datetime) -> None:
    """NotPermitted `evaluation.not_reviewer`. The system may."""
    if by is not None and not may_correct(by, sheet, now):
        raise NotPermitted(
            _("Only the laboratory and those above it correct a report."), code="evaluation.not_reviewer"
        )
