"""Questions about fees: which version is in force, what it costs whom. Changes nothing and prices nothing."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.clock import SCHOOL_ZONE
from apps.core.errors import NotFound
from apps.core.periods import in_force
from apps.fees.models import FeeItem, FeeVersion, Tier
from apps.fees.pricing import PriceModel
from apps.instruments.models import Instrument
from apps.people.models import User

_TIER_OF_KIND = {
    User.Kind.EXTERNAL_ACADEMIC: Tier.EXTERNAL_ACADEMIC,
    User.Kind.ENTERPRISE: Tier.ENTERPRISE,
}
# A tier that a version does not name pays like an internal user, when it is one of the school's own.
_FALLS_BACK = {Tier.OWN_GROUP: Tier.INTERNAL, Tier.HOSTED_OWNER: Tier.INTERNAL}


def version_in_force(instrument_id: int, at: datetime) -> FeeVersion | None:
    """The fee version of an instrument at a moment; None when no fee standard is in force. One query."""
    return (
        FeeVersion.objects.filter(in_force(at), instrument_id=instrument_id).order_by("-valid_from").first()
    )


def versions_of(instrument_id: int) -> QuerySet[FeeVersion]:
    """All versions of an instrument with their items, newest first."""
    return (
        FeeVersion.objects.filter(instrument_id=instrument_id)
        .prefetch_related("items")
        .order_by("-valid_from", "-version")
    )


def tier_of(user: User, instrument: Instrument) -> str:
    """Which price a user pays on an instrument, by the kind of user.

    Own group and hosted owner come with dated tier rules, which the hosting room will push down; until there
    are any, nobody has these tiers, and `instrument` decides nothing.
    """
    return str(_TIER_OF_KIND.get(User.Kind(user.kind), Tier.INTERNAL))


def price_model(version: FeeVersion, tier: str, service_mode: str = "self") -> PriceModel:
    """The prices of a tier and service mode ('self', 'assisted', 'sample') under a version. One query unless
    the items are prefetched.

    Raises NotFound `fees.no_price` when the version has no price for them: a price is never guessed.
    """
    items = [item for item in version.items.all() if item.service_mode == service_mode]
    chosen = [item for item in items if item.tier == tier] or [
        item for item in items if item.tier == _FALLS_BACK.get(Tier(tier))
    ]
    if not chosen:
        raise NotFound(
            _("The fee standard names no price for this kind of user."),
            code="fees.no_price",
            version=version.ulid,
            tier=tier,
            service_mode=service_mode,
        )
    return PriceModel(
        hour_fen=_price(chosen, FeeItem.Unit.HOUR),
        sample_fen=_price(chosen, FeeItem.Unit.SAMPLE),
        startup_fen=_price(chosen, FeeItem.Unit.STARTUP),
        minimum_ms=version.minimum_minutes * 60_000,
        minimum_fen=version.minimum_fen,
        step_seconds=version.billing_step_seconds,
        night_rate=Decimal(version.night_rate),
        night_start_hour=version.night_start_hour,
        night_end_hour=version.night_end_hour,
        zone=SCHOOL_ZONE,
    )


def _price(items: Collection[FeeItem], unit: str) -> int:
    return sum(item.price_fen for item in items if item.unit == unit)
