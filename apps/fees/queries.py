"""Questions about fees: which version is in force, what it costs whom. Changes nothing and prices nothing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.clock import school_time
from apps.core.errors import NotFound
from apps.core.periods import in_force
from apps.core.workdays import load_calendar
from apps.fees.assembling import (
    FALLS_BACK,
    PriceRow,
    assemble,
    needs_calendar,
    one_sample,
    rate_of_tier,
)
from apps.fees.content import Terms
from apps.fees.laying import weekend
from apps.fees.models import FeeItem, FeeVersion, Tier, Unit
from apps.fees.owners import owned_by, owner_rate
from apps.fees.pricing import PriceModel
from apps.instruments.models import DEDICATED, Instrument
from apps.instruments.queries import owning_groups
from apps.people.models import Membership, User

_TIER_OF_KIND = {
    User.Kind.EXTERNAL_ACADEMIC: Tier.EXTERNAL_ACADEMIC,
    User.Kind.ENTERPRISE: Tier.ENTERPRISE,
}


def version_in_force(instrument_id: int, at: datetime) -> FeeVersion | None:
    """The fee version of an instrument at a moment; None when no fee standard is in force. One query."""
    return (
        FeeVersion.objects.filter(in_force(at), instrument_id=instrument_id).order_by("-valid_from").first()
    )


def functions_in_force(at: datetime) -> list[str]:
    """What machines with a fee standard are used for ('SEM'), as their price items say. One query."""
    items = FeeItem.objects.filter(in_force(at, prefix="version__")).exclude(function="")
    return list(items.order_by("function").values_list("function", flat=True).distinct())


def priced_for(function: str, at: datetime) -> QuerySet[FeeItem]:
    """The price items in force for one function, to be asked about as a part of another question."""
    return FeeItem.objects.filter(in_force(at, prefix="version__"), function=function)


def versions_of(instrument_id: int) -> QuerySet[FeeVersion]:
    """All versions of an instrument with their items, newest first."""
    return (
        FeeVersion.objects.filter(instrument_id=instrument_id)
        .prefetch_related("items")
        .order_by("-valid_from", "-version")
    )


def tier_of_kind(kind: str) -> str:
    """Which price a kind of user pays where nothing else is known of them."""
    return str(_TIER_OF_KIND.get(User.Kind(kind), Tier.INTERNAL))


def tier_of(user: User, instrument: Instrument, at: datetime, owners: Collection[int] = frozenset()) -> str:
    """Which price a user pays on an instrument at a moment: as its hosted owner (`owners`, primary keys, or
    of the group of its term), as a member of the group to which it belongs, else by the kind of user. One
    query each for the school's own users of a hosted or a dedicated instrument, else none.
    """
    if user.pk in owners:
        return str(Tier.HOSTED_OWNER)
    tier = tier_of_kind(user.kind)
    if tier == Tier.INTERNAL and owned_by(user, [instrument], at):
        return str(Tier.HOSTED_OWNER)
    if tier == Tier.INTERNAL and instrument.management_mode == DEDICATED:
        own = Membership.objects.filter(in_force(at), user=user, group__in=owning_groups([instrument]))
        return str(Tier.OWN_GROUP if own.exists() else tier)
    return str(tier)


def tiers_of(user: User, instruments: Iterable[Instrument], at: datetime) -> dict[int, str]:
    """`tier_of` for many instruments, by their primary keys. Two queries at most."""
    tier = tier_of_kind(user.kind)
    rows = list(instruments)
    hosted = owned_by(user, rows, at) if tier == Tier.INTERNAL else set()
    owned = [one for one in rows if one.management_mode == DEDICATED] if tier == Tier.INTERNAL else []
    labs: set[int] = set()
    if owned:
        mine = Membership.objects.filter(in_force(at), user=user, group__in=owning_groups(owned))
        labs = set(mine.values_list("group__unit_id", flat=True))
    own = {one.pk for one in owned if one.unit_id in labs}
    named = {**dict.fromkeys(own, str(Tier.OWN_GROUP)), **dict.fromkeys(hosted, str(Tier.HOSTED_OWNER))}
    return {one.pk: named.get(one.pk, tier) for one in rows}


def price_model(
    version: FeeVersion,
    tier: str,
    service_mode: str = "self",
    *,
    item: str = "",
    is_day_off: Callable[[date], bool] | None = None,
    at: datetime | None = None,
) -> PriceModel:
    """The prices of a tier and service mode ('self', 'assisted', 'sample') under a version. One query unless
    the items are prefetched; one more where days off have a price of their own and the caller does not bring
    them (`is_day_off`), and one for a hosted owner: they pay what their agreement says at the moment `at`
    (without one, the last agreement). `item` is the code of a sample test where the version has several.

    Raises NotFound `fees.no_price` when the version has no price for them, `fees.which_item` when it has
    several and none is named: a price is never guessed.
    """
    items = [row for row in version.items.all() if row.service_mode == service_mode]
    chosen = [row for row in items if row.tier == tier]
    terms = terms_of(version)
    rate = "1"
    if not chosen and tier in FALLS_BACK:
        chosen = [row for row in items if row.tier == FALLS_BACK[tier]]
        rate = _owners_rate(version, tier, at) or rate_of_tier(terms, tier)
    if not chosen:
        raise NotFound(
            _("The fee standard names no price for this kind of user."),
            code="fees.no_price",
            version=version.ulid,
            tier=tier,
            service_mode=service_mode,
        )
    rows = one_sample(_require_one(chosen, item), item)
    return assemble(
        terms,
        rows,
        tier_rate=rate,
        is_day_off=(is_day_off or days_off(version.valid_from)) if needs_calendar(terms) else weekend,
    )


def _owners_rate(version: FeeVersion, tier: str, at: datetime | None) -> str | None:
    return owner_rate(version.instrument_id, at) if tier == Tier.HOSTED_OWNER else None


def terms_of(version: FeeVersion) -> Terms:
    """The terms of a version. No query."""
    return Terms(**{name: getattr(version, name) for name in _TERMS})


def days_off(since: datetime) -> Callable[[date], bool]:
    """The days off from a moment on, by the school's calendar: weekends and holidays, without the weekend
    days that are worked. One query. A use begins while its version is in force, so that it asks for no day
    before it.
    """
    calendar = load_calendar(since=school_time(since).date() - timedelta(days=1))
    return lambda day: not calendar.is_working_day(day)


def _require_one(rows: Sequence[FeeItem], item: str) -> list[PriceRow]:
    samples = {row.code for row in rows if row.unit == Unit.SAMPLE}
    if len(samples) > 1 and item not in samples:
        raise NotFound(
            _("The fee standard has several items: say which."), code="fees.which_item", items=sorted(samples)
        )
    return [PriceRow(**{name: getattr(row, name) for name in _ROW}) for row in rows]


_TERMS = tuple(field.name for field in fields(Terms))
_ROW = tuple(field.name for field in fields(PriceRow))
