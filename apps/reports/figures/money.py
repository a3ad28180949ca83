"""Income as postings: six kinds of rows, each with its instrument, its tier and what it adds or takes off, in
one shape, so that sums and lists are made of the same. A part of a fee has the tier of the booking's person.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.reports.figures import sources
from apps.reports.figures.periods import Period
from apps.reports.figures.sources import OUTSIDE, Among


@dataclass(frozen=True, slots=True)
class Posting:
    """One kind of posting: where its rows come from, and the paths to what is asked of them."""

    kind: str
    title: Text
    rows: Callable[[Period, Among], QuerySet[Any]]
    instrument: str
    person: str
    tier: Combinable
    fen: Combinable
    at: str = "charged_at"


def _tier(path: str) -> Combinable:
    """The tier of a person who is from inside or from outside; kinds from outside are named like tiers."""
    kind = f"{path}__kind"
    return Case(
        When(**{f"{kind}__in": OUTSIDE}, then=F(kind)), default=Value("internal"), output_field=CharField()
    )


_use, _request = "record", "request"
POSTINGS = (
    Posting(
        "use",
        _("Charge for a use"),
        sources.charges,
        f"{_use}__instrument",
        f"{_use}__user",
        F("tier"),
        F("amount_fen"),
    ),
    Posting(
        "use_back",
        _("Charge taken back after a correction"),
        sources.charges_back,
        f"{_use}__instrument",
        f"{_use}__user",
        F("replaces__tier"),
        -F("replaces__amount_fen"),
    ),
    Posting(
        "samples",
        _("Charge for samples"),
        sources.sample_charges,
        f"{_request}__instrument",
        f"{_request}__requester",
        F("tier"),
        F("amount_fen"),
    ),
    Posting(
        "samples_back",
        _("Charge for samples taken back"),
        sources.sample_charges_back,
        f"{_request}__instrument",
        f"{_request}__requester",
        F("replaces__tier"),
        -F("replaces__amount_fen"),
    ),
    Posting(
        "part",
        _("Part of a fee for a booking not kept"),
        sources.parts,
        "booking__instrument",
        "booking__user",
        _tier("booking__user"),
        F("amount_fen"),
    ),
    Posting(
        "part_back",
        _("Part of a fee given back"),
        sources.refunds,
        "charge__booking__instrument",
        "charge__booking__user",
        _tier("charge__booking__user"),
        -F("charge__amount_fen"),
        "at",
    ),
)
TITLES: Mapping[str, Text] = {one.kind: one.title for one in POSTINGS}


def sums(period: Period, among: Among) -> Iterator[tuple[int, str, int, int]]:
    """(instrument, tier, fen, postings), several for one pair. Six queries."""
    for one in POSTINGS:
        rows = one.rows(period, among).order_by().values(the_instrument=F(one.instrument), the_tier=one.tier)
        yield from (
            rows.annotate(fen=Sum(one.fen, output_field=BigIntegerField()), number=Count("pk"))
            .values_list("the_instrument", "the_tier", "fen", "number")
            .iterator()
        )


def postings(key: str, period: Period, among: Among) -> QuerySet[Any, Any]:
    """The postings behind a figure of income, the latest first: kind, ulid, at, fen, tier, and the keys of
    instrument and person. One query.
    """
    wanted = sources.TIERS_OF[key]
    found = []
    for one in POSTINGS:
        rows = one.rows(period, among).order_by().annotate(the_tier=one.tier)
        rows = rows if wanted is None else rows.filter(Q(the_tier__in=wanted))
        found.append(
            rows.annotate(
                kind_=Value(one.kind, output_field=CharField()),
                at_=F(one.at),
                fen_=_as_money(one.fen),
                instrument_=F(one.instrument),
                person_=F(one.person),
            ).values_list("kind_", "ulid", "at_", "fen_", "the_tier", "instrument_", "person_")
        )
    first, *others = found
    whole: QuerySet[Any, Any] = first.union(*others, all=True)
    return whole.order_by("-at_", "-ulid")


def _as_money(fen: Combinable) -> Combinable:
    return ExpressionWrapper(fen, output_field=BigIntegerField())
