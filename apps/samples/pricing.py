"""How much: the range that is offered, and what was really used, both by the fee standard that was in
force when the offer was made. It computes and holds nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.parameters import value
from apps.fees.models import FeeVersion
from apps.fees.pricing import Line, PriceModel, Use, quote
from apps.fees.queries import price_model, tier_of, tier_of_kind, version_in_force
from apps.instruments.models import Instrument, local_name
from apps.samples.models import Quote, SampleRequest

_MOST_EXTRAS = 10_000


@dataclass(frozen=True)
class Range:
    """What a request costs at least and at most (fen), by which version and for which kind of user;
    `lines` is the bill of the most.
    """

    low_fen: int
    high_fen: int
    version: FeeVersion | None
    tier: str
    lines: tuple[dict[str, Any], ...]


def price_range(
    request: SampleRequest,
    instrument: Instrument,
    *,
    count: int,
    extras: Mapping[str, int],
    now: datetime,
) -> Range:
    """The price of `count` samples alone, and with all extras that may be needed.

    Raises WrongState `fees.none`; NotFound `fees.no_price`, `fees.which_item`; Invalid `samples.extras`.
    """
    tier = tier_for(request, instrument, now)
    version = version_in_force(instrument.pk, now)
    if not instrument.use_charged or (version is None and value("access.fee_transition", at=now)):
        return Range(0, 0, None, tier, ())
    if version is None:
        raise WrongState(_("There is no approved fee standard for this time."), code="fees.none")
    model = price_model(version, tier, "sample", item=request.template.fee_item, at=now)
    checked = _checked(model, extras)
    low = quote(model, _use(count, {}, rush=request.rush, at=now))
    high = quote(model, _use(count, checked, rush=request.rush, at=now))
    return Range(
        min(low.total_fen, high.total_fen),
        max(low.total_fen, high.total_fen),
        version,
        tier,
        tuple(line_json(line) for line in high.lines),
    )


def tier_for(request: SampleRequest, instrument: Instrument, now: datetime) -> str:
    """Which price the samples draw: that of the customer's kind where somebody answers for one, else the
    requester's.
    """
    if request.customer_kind:
        return tier_of_kind(request.customer_kind)
    return tier_of(request.requester, instrument, now)


def cost_of(
    request: SampleRequest, offer: Quote, *, count: int, extras: Mapping[str, int]
) -> tuple[int, tuple[dict[str, Any], ...]]:
    """What so many tested samples with these extras cost (fen) and the lines of it, never more than was
    agreed to: what is above it is taken off in a line of its own.
    """
    if offer.fee_version is None or count == 0:
        return 0, ()
    item = request.template.fee_item
    model = price_model(offer.fee_version, offer.tier, "sample", item=item, at=offer.quoted_at)
    priced = quote(model, _use(count, extras, rush=request.rush, at=offer.quoted_at))
    lines = [line_json(line) for line in priced.lines]
    above = priced.total_fen - offer.high_fen
    if above <= 0:
        return priced.total_fen, tuple(lines)
    lines.append(
        {
            "code": "agreed",
            "name_zh": "超出约定上限的减免",
            "name_en": "Above the most that was agreed to",
            "quantity": "1",
            "unit": "use",
            "price_fen": -above,
            "rate": "1",
            "amount_fen": -above,
        }
    )
    return offer.high_fen, tuple(lines)


def extras_offered(request: SampleRequest, instrument: Instrument, now: datetime) -> tuple[Any, ...]:
    """The extras that the fee standard names for this service, for the form of an offer; none without a
    price.
    """
    version = version_in_force(instrument.pk, now)
    if version is None:
        return ()
    try:
        tier = tier_for(request, instrument, now)
        return price_model(version, tier, "sample", item=request.template.fee_item).extras
    except NotFound:
        return ()


@dataclass(frozen=True)
class Offered:
    """An extra of an offer, by its code and its name in the reader's language."""

    code: str
    name: str


def extras_of(request: SampleRequest) -> list[Offered]:
    """The extras that may be recorded for a request: those of the fee standard of its offer."""
    offer = request.quote
    if offer is None or offer.fee_version is None:
        return []
    model = price_model(offer.fee_version, offer.tier, "sample", item=request.template.fee_item)
    return [Offered(extra.code, local_name(extra.name_zh, extra.name_en)) for extra in model.extras]


def require_extras(offer: Quote, request: SampleRequest, extras: Mapping[str, int]) -> dict[str, int]:
    """The extras of a result, checked against the fee standard of the offer: Invalid `samples.extras`."""
    if not extras:
        return {}
    if offer.fee_version is None:
        raise _unknown_extras()
    model = price_model(offer.fee_version, offer.tier, "sample", item=request.template.fee_item)
    return _checked(model, extras)


def line_json(line: Line) -> dict[str, Any]:
    """A line as it is stored: quantity and rate as decimal text."""
    return {**asdict(line), "quantity": str(line.quantity), "rate": str(line.rate)}


def _checked(model: PriceModel, extras: Mapping[str, int]) -> dict[str, int]:
    known = {extra.code for extra in model.extras}
    if not set(extras) <= known or not all(0 <= count <= _MOST_EXTRAS for count in extras.values()):
        raise _unknown_extras()
    return {code: count for code, count in extras.items() if count}


def _unknown_extras() -> Invalid:
    return Invalid(
        _("The fee standard knows no such extra for samples."), code="samples.extras", field="extras"
    )


def _use(count: int, extras: Mapping[str, int], *, rush: bool, at: datetime) -> Use:
    return Use(
        start=at,
        end=at,
        effective_ms=0,
        powered_ms=0,
        samples=count,
        extras=tuple(sorted(extras.items())),
        rush=rush,
    )
