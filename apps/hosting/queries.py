"""Questions about hosting: who may read what, what concerns whom. Changes nothing."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.hosting.models import Agreement, Side, Statement
from apps.hosting.sides import sides_of
from apps.instruments.models import Facility, Instrument
from apps.instruments.scopes import facilities_within
from apps.people.models import User
from apps.people.queries import SCHOOL, counting_rights, is_office

_JOINED = ("group__pi", "facility__lab", "instrument", "terms", "facility_before")
SORTABLE = ("asset_no", "state", "offered_at")


def with_all(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """The same rows with everything joined that pages show."""
    return rows.select_related(*_JOINED)


def owned_by(user: User) -> QuerySet[Agreement]:
    """What the person has offered or owns, newest first."""
    return with_all(Agreement.objects.filter(group__pi=user)).order_by("-offered_at", "-pk")


def hosted_by(user: User, at: datetime) -> QuerySet[Agreement]:
    """The agreements of the facilities for which the person acts, newest first. The office acts for none."""
    rows = Agreement.objects.filter(facility__in=facilities_of(user, at))
    return with_all(rows).order_by("-offered_at", "-pk")


def facilities_of(user: User, at: datetime) -> QuerySet[Facility]:
    """The facilities for which the person acts as a host. One query, and the rows that are asked for."""
    held = counting_rights(at).filter(user=user, kind="manage").values_list("scope", flat=True)
    return facilities_within([scope for scope in held if scope != SCHOOL])


def readable(user: User, at: datetime) -> QuerySet[Agreement]:
    """The agreements that the person may read: their own, those of their facilities, all for the office."""
    rows = with_all(Agreement.objects.all())
    if is_office(user, at):
        return rows
    return rows.filter(Q(group__pi=user) | Q(facility__in=facilities_of(user, at)))


def find_agreement(ulid: str, user: User, at: datetime) -> Agreement:
    """The agreement, for one of its sides or the office. Raises NotFound `hosting.no_agreement` for everybody
    else too: strangers do not hear that it exists.
    """
    found = with_all(Agreement.objects.filter(ulid=ulid)).first()
    if found is None or not sides_of(user, found, at):
        raise NotFound(_("There is no such agreement."), code="hosting.no_agreement")
    return found


def find_statement(ulid: str, user: User, at: datetime) -> Statement:
    """A statement of an agreement that the person may read. Raises NotFound `hosting.no_statement`."""
    found = Statement.objects.filter(ulid=ulid).select_related("agreement__group__pi").first()
    agreement = with_all(Agreement.objects.all()).get(pk=found.agreement_id) if found else None
    if found is None or agreement is None or not sides_of(user, agreement, at):
        raise NotFound(_("There is no such statement."), code="hosting.no_statement")
    found.agreement = agreement
    return found


def board(
    *, text: str = "", state: str = "", facility: str = "", order: str = "-offered_at"
) -> QuerySet[Agreement]:
    """The office's board: every agreement that fits. `state` is a state, 'open' or 'running'."""
    rows = with_all(Agreement.objects.all())
    for word in text.split():
        rows = rows.filter(
            Q(asset_no__icontains=word)
            | Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(group__name_zh__icontains=word)
            | Q(group__name_en__icontains=word)
            | Q(facility__name_zh__icontains=word)
        )
    if state == "open":
        rows = rows.filter(state__in=Agreement.BEFORE)
    elif state == "force":
        rows = rows.filter(state__in=Agreement.IN_FORCE)
    elif state in Agreement.State.values:
        rows = rows.filter(state=state)
    if facility:
        rows = rows.filter(facility__ulid=facility)
    column = order.removeprefix("-")
    return rows.order_by(order if column in SORTABLE else "-offered_at", "-pk")


def owners_of(instruments: Iterable[Instrument], *, since: datetime | None = None) -> frozenset[int]:
    """Primary keys of the principal investigators whose instruments these are, under agreements in force or
    about to be, with `since` also under those that ended later: in conflict when a price of theirs is judged,
    or the use of the time since. One query.
    """
    counting = Q(state__in=Agreement.OPEN)
    if since is not None:
        counting |= Q(ended_at__gt=since, started_at__isnull=False)
    rows = Agreement.objects.filter(counting, instrument__in=list(instruments))
    return frozenset(rows.values_list("group__pi_id", flat=True))


def owners_at(facility: Facility, *, since: datetime) -> frozenset[int]:
    """The same of everything that a facility hosts, is about to, or hosted at some time after `since`. One
    query.
    """
    ended = Q(ended_at__gt=since, started_at__isnull=False)
    rows = Agreement.objects.filter(Q(state__in=Agreement.OPEN) | ended, facility=facility)
    return frozenset(rows.values_list("group__pi_id", flat=True))


def is_side(user: User, agreement: Agreement, side: str, at: datetime) -> bool:
    """Whether the person acts for a side."""
    return Side(side) in sides_of(user, agreement, at)
