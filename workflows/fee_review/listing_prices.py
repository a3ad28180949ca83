"""The prices of a submission as official papers list them: for each instrument its items, terms and facts,
beside what is in force.
"""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.money import format_yuan
from apps.fees.approving import with_prices
from apps.fees.content import Content, Item, PriceSet, Sheet, Terms, read_text
from apps.fees.drafting import sheet_in_force
from apps.fees.models import FeeVersion, Submission, Tier
from apps.fees.models.versions import ServiceMode
from apps.fees.price_words import step_words, unit_words
from apps.fees.queries import version_in_force
from apps.instruments.models import Instrument
from documents.contexts import Pair, Words
from documents.fee_papers import PriceRow, PriceSheet
from workflows.fee_review import asked
from workflows.words import in_each

ALWAYS = (Tier.INTERNAL, Tier.EXTERNAL_ACADEMIC, Tier.ENTERPRISE)
_MINUTE = 60
_DAYS_OFF = gettext_noop("On days off time costs %(rate)s times the price.")
_RUSH = gettext_noop("Rush work costs %(rate)s times the price.")
_REPEAT = gettext_noop("A repetition costs %(rate)s times the price.")
_OWN_GROUP = gettext_noop(
    "Without a price of its own, the group of the instrument pays %(rate)s times the internal one."
)
_HOSTED_OWNER = gettext_noop(
    "Without a price of its own, the owner of a hosted instrument pays %(rate)s times the internal one."
)
_DEPARTMENT = gettext_noop("The department of the instrument pays %(rate)s times the price.")


def both(said: Any) -> Words:
    """What a function says, in both languages."""
    each = in_each(said)
    return Words(each["zh"], each["en"])


def price_sheets(submission: Submission, prices: PriceSet | None, at: datetime) -> tuple[PriceSheet, ...]:
    """A sheet for each instrument, at the submitted prices or at those approved instead."""
    content: Content = with_prices(read_text(submission.content), prices)
    instruments = {one.ulid: one for one in asked.instruments_of(submission.proposal)}
    return tuple(_sheet(sheet, instruments[sheet.instrument], at) for sheet in content.sheets)


def _sheet(sheet: Sheet, instrument: Instrument, at: datetime) -> PriceSheet:
    tiers = [
        tier
        for tier in Tier
        if tier in ALWAYS or any(item.prices.of(tier) is not None for item in sheet.items)
    ]
    before, former = sheet_in_force(instrument, at), version_in_force(instrument.pk, at)
    old = {item.code: item for item in before.items} if before is not None else {}
    newest = FeeVersion.objects.filter(instrument=instrument).order_by("-version").first()
    return PriceSheet(
        instrument=Words(instrument.name_zh, instrument.name_en),
        asset_no=instrument.asset_no,
        model=instrument.model,
        place=Words(instrument.facility.name_zh, instrument.facility.name_en),
        version=newest.version + 1 if newest is not None else 1,
        tiers=tuple(both(tier.label.__str__) for tier in tiers),
        rows=tuple(_row(item, old.get(item.code), tiers) for item in sheet.items),
        terms=tuple(_terms(sheet.terms)),
        facts=tuple(_facts(sheet)),
        former_number=former.approval_no if former is not None else "",
    )


def _row(item: Item, before: Item | None, tiers: list[Tier]) -> PriceRow:
    return PriceRow(
        item=Words(item.name_zh, item.name_en),
        mode=both(ServiceMode(item.service_mode).label.__str__),
        unit=both(partial(unit_words, item)),
        prices=tuple(_yuan(item.prices.of(tier)) for tier in tiers),
        former=tuple(_yuan(before.prices.of(tier)) for tier in tiers) if before is not None else (),
    )


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def _terms(terms: Terms) -> list[Words]:
    """The terms that are not the ordinary ones, a sentence each."""
    return [*_limits(terms), *_rates(terms)]


def _limits(terms: Terms) -> list[Words]:
    said = []
    if terms.billing_step_seconds > _MINUTE:
        said.append(both(partial(_stepped, terms.billing_step_seconds)))
    if terms.minimum_minutes:
        said.append(both(partial(_at_least, terms.minimum_minutes)))
    if terms.minimum_fen:
        said.append(both(lambda: _("A use costs %(price)s at least.") % {"price": _yuan(terms.minimum_fen)}))
    if terms.cap_fen is not None:
        said.append(both(lambda: _("A use costs %(price)s at most.") % {"price": _yuan(terms.cap_fen)}))
    return said


def _rates(terms: Terms) -> list[Words]:
    said = []
    if terms.night_rate != "1":
        said.append(both(partial(_at_night, terms)))
    if terms.weekend_night_rate:  # said to be 1 it is not as usual: left open, the lower of the two holds
        rated = {"rate": terms.weekend_night_rate}
        said.append(both(lambda: _("At night on days off time costs %(rate)s times the price.") % rated))
    for rate, words in (
        (terms.weekend_rate, _DAYS_OFF),
        (terms.rush_rate, _RUSH),
        (terms.repeat_rate, _REPEAT),
        (terms.own_group_rate, _OWN_GROUP),
        (terms.hosted_owner_rate, _HOSTED_OWNER),
        (terms.department_rate, _DEPARTMENT),
    ):
        if Decimal(rate) != 1:
            said.append(both(partial(_rated, words, rate)))
    if terms.prepaid_from_fen and Decimal(terms.prepaid_rate) != 1:
        said.append(both(partial(_prepaid, terms)))
    return said


def _stepped(seconds: int) -> str:
    step = {"length": step_words(seconds)}
    return _("Time is counted in steps of %(length)s, a started one whole.") % step


def _at_least(minutes: int) -> str:
    words = ngettext(
        "A use counts as %(count)d minute at least.", "A use counts as %(count)d minutes at least.", minutes
    )
    return words % {"count": minutes}


def _at_night(terms: Terms) -> str:
    hours = f"{terms.night_start_hour}:00-{terms.night_end_hour}:00"
    said = {"hours": hours, "rate": terms.night_rate}
    return _("At night (%(hours)s) time costs %(rate)s times the price.") % said


def _rated(words: str, rate: str) -> str:
    return _(words) % {"rate": rate}


def _prepaid(terms: Terms) -> str:
    said = {"amount": _yuan(terms.prepaid_from_fen), "rate": terms.prepaid_rate}
    return _("Whoever has prepaid %(amount)s or more pays %(rate)s times the price.") % said


def _facts(sheet: Sheet) -> list[Pair]:
    found = []
    if sheet.hours.opening:
        found.append(Pair(both(lambda: _("Opening hours")), Words(sheet.hours.opening)))
    if sheet.hours.planned_hours_year is not None:
        planned = sheet.hours.planned_hours_year
        found.append(Pair(both(lambda: _("Planned hours a year")), Words(f"{planned} h")))
    return found
