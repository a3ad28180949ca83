"""Prices that were put to the vote, in words: what changes against what was submitted."""

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.money import format_yuan
from apps.fees.content import Content, Price, PriceSet, prices_from, prices_of
from apps.fees.models import Tier
from apps.instruments.models import Instrument
from apps.panels.queries import options_of
from workflows.fee_review import asked
from workflows.judging import lookup
from workflows.models import Case
from workflows.words import localized

SUBMITTED, REJECT = "submitted", "reject"


def price_set(option: Any) -> PriceSet:
    """An option of a round as prices."""
    return prices_from(json.dumps(option))


def changes(content: Content, prices: PriceSet) -> list[tuple[Price, int]]:
    """The prices that are others than the submitted ones: the submitted price, and what it would be."""
    wanted = {(one.instrument, one.item, one.tier): one.fen for one in prices.prices}
    return [
        (one, wanted[one.instrument, one.item, one.tier])
        for one in prices_of(content).prices
        if wanted.get((one.instrument, one.item, one.tier), one.fen) != one.fen
    ]


def in_words(content: Content, key: str, option: Any) -> str:
    """An option in a line of words, in the reader's language."""
    if key == SUBMITTED:
        return _("As submitted") if content.sheets else pgettext("not open", "As applied for")
    if key == REJECT:
        return _("Reject")
    called = names_of(content)
    said = [
        _("%(price)s: %(submitted)s → %(wanted)s")
        % {"price": called(old), "submitted": format_yuan(old.fen), "wanted": format_yuan(fen)}
        for old, fen in changes(content, price_set(option))
    ]
    return pgettext("between prices", "; ").join(said)


def price_name(content: Content, price: Price) -> str:
    """Which price it is: its item, its code and who pays, in the reader's language."""
    sheet = content.sheet_of(price.instrument)
    item = next(one for one in sheet.items if one.code == price.item) if sheet is not None else None
    name = localized({"zh": item.name_zh, "en": item.name_en}) if item is not None else price.item
    return _("%(item)s (%(code)s), %(tier)s") % {
        "item": name,
        "code": price.item,
        "tier": Tier(price.tier).label,
    }


def names_of(content: Content) -> Callable[[Price], str]:
    """What the prices of a content are called: item and tier, and before them the asset number where it is
    about several instruments, whose items have the same codes.
    """
    several = len(content.sheets) > 1
    machines = Instrument.objects.filter(ulid__in=content.instruments) if several else ()
    numbers = {one.ulid: f"{one.asset_no} " for one in machines}

    def called(price: Price) -> str:
        return numbers.get(price.instrument, "") + price_name(content, price)

    return called


def prices_to_name(case: Case) -> list[tuple[str, str]]:
    """The prices that the chair may put to the vote: those voted for, the most voted first, and what was
    submitted.
    """
    found = {key: words for key, words in _voted_for(case).items() if key != REJECT}
    found.setdefault(SUBMITTED, in_words(asked.content_of(case), SUBMITTED, None))
    return list(found.items())


def ways_to_rule(case: Case) -> list[tuple[str, str]]:
    """How the chair may decide: for or against what was put to the vote, or for a price that somebody voted
    for.
    """
    content, found = asked.content_of(case), _voted_for(case)
    panel = lookup.panel_of(case)
    round_ = lookup.last_round(panel) if panel is not None else None
    put = round_.option_key if round_ is not None else SUBMITTED
    found.setdefault(put, in_words(content, put, round_.option if round_ is not None else None))
    found.setdefault(REJECT, in_words(content, REJECT, None))
    return list(found.items())


def _voted_for(case: Case) -> dict[str, str]:
    panel = lookup.panel_of(case)
    round_ = lookup.last_round(panel) if panel is not None else None
    if round_ is None or round_.closed_at is None:
        return {}
    content = asked.content_of(case)
    return {one.key: in_words(content, one.key, one.option) for one in options_of(round_)}
