"""All checks of a fee sheet, in one place: the same ones while somebody types, when it is screened, and in
the dossier of the committee. Pure.
"""

from collections.abc import Iterator

from apps.core.errors import Invalid
from apps.fees.check_costs import check_costs
from apps.fees.check_hours import check_hours
from apps.fees.check_prices import check_prices
from apps.fees.content import Content, NotOpen
from apps.fees.findings import BLOCK, SEVERITIES, Finding
from apps.fees.requirements import require_items, wrong_terms
from apps.fees.sight import Sight
from apps.fees.versioning import item_drafts


def check_sheet(seen: Sight) -> tuple[Finding, ...]:
    """Everything that the checks find on a sheet, the most serious first, in the order of the items."""
    found = [*_check_form(seen), *check_costs(seen), *check_prices(seen), *check_hours(seen)]
    order = {item.code: number for number, item in enumerate(seen.sheet.items)}
    return tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), order.get(one.item, -1))))


def check_not_open(content: Content) -> tuple[Finding, ...]:
    """What is missing in an application not to open."""
    return tuple(finding for wish in content.not_open for finding in _check_wish(wish))


def _check_form(seen: Sight) -> Iterator[Finding]:
    """What cannot be approved whatever it costs: no items, two prices of one thing, terms that cannot be."""
    if not seen.sheet.items:
        yield seen.finding("fees.items", BLOCK, None, "items")
        return
    for item in seen.sheet.items:
        for member in ("code", "name_zh"):
            if not getattr(item, member).strip():
                yield seen.finding("fees.item.name", BLOCK, item, member)
    for member in wrong_terms(seen.sheet.terms):
        yield seen.finding("fees.terms", BLOCK, None, f"terms.{member}", member=member)
    drafts = item_drafts(seen.sheet)
    try:
        if drafts:
            require_items(drafts)
    except Invalid as wrong:
        code = str(wrong.details.get("item", ""))
        found = next((item for item in seen.sheet.items if item.code == code), None)
        yield seen.finding(wrong.code, BLOCK, found, "items")


def _check_wish(wish: NotOpen) -> Iterator[Finding]:
    for member in ("cause", "reason"):
        if not getattr(wish, member).strip():
            yield Finding("fees.not_open.reason", BLOCK, wish.instrument, "", member)
