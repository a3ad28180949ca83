"""How templates write what is about fees: findings in words, costs, names of tiers, parts and units, the two
sides of a change. Pure formatting.
"""

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.core.money import format_yuan, round_fen
from apps.core.templatetags.bench import data
from apps.fees.content import PARTS, TIERS, Consumable, CostSheet, Evidence, Item, Reference, Terms
from apps.fees.cost import Cost, format_e4
from apps.fees.difference import Change
from apps.fees.findings import Finding, of
from apps.fees.forms import CAUSES
from apps.fees.grid.acts import filled
from apps.fees.grid.columns import BASIS_WORDS, FIELDS, REFERENCE_WORDS, TABLES
from apps.fees.mending import mend as mending
from apps.fees.models import Tier
from apps.fees.models.tables import Component
from apps.fees.models.versions import ServiceMode, Unit
from apps.fees.wording import from_stored
from apps.fees.wording import say as wording

register = template.Library()

_COLUMNS = {column.path: column for column in TABLES["i"].columns} | {
    f"{prefix}{column.path}": column
    for letter, prefix in (("t", "terms."), ("h", "hours."), ("s", ""))
    for column in FIELDS[letter]
}
_PARTS_OF_SHEET = {
    "cost": gettext_lazy("Cost sheet"),
    "consumables": gettext_lazy("Itemised consumables"),
    "evidence": gettext_lazy("Evidence of the hours"),
    "references": gettext_lazy("References"),
    "": gettext_lazy("The whole item"),
}
NOTHING = "\N{EN DASH}"
_ICONS = {"block": "circle-x", "warn": "alert-triangle", "note": "info-circle"}
_STATES = {"block": "state-stop", "warn": "state-warn", "note": "state-off"}


@register.filter
def finding(row: Finding | Mapping[str, Any]) -> Finding:
    """A finding, also where it was stored."""
    return row if isinstance(row, Finding) else from_stored(row)


@register.filter
def findings(rows: Iterable[Finding | Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Findings, also stored ones, as they stand in templates."""
    return tuple(finding(row) for row in rows)


@register.filter
def say(row: Finding | Mapping[str, Any]) -> str:
    """The sentence of a finding."""
    return wording(finding(row))


@register.filter
def mend(row: Finding | Mapping[str, Any]) -> str:
    """What to do about a finding."""
    return mending(finding(row))


@register.filter
def number_of(rows: Iterable[Finding | Mapping[str, Any]], severity: str) -> int:
    """How many findings of a severity there are."""
    return len(of(findings(rows), severity))


@register.filter
def severity_icon(severity: str) -> str:
    """The icon of a severity."""
    return _ICONS.get(severity, "info-circle")


@register.filter
def severity_state(severity: str) -> str:
    """The colours of a severity."""
    return _STATES.get(severity, "state-off")


@register.filter
def severity_name(severity: str) -> str:
    """The word of a severity."""
    words = {"block": _("Must be mended"), "warn": _("Look again"), "note": _("For information")}
    return words.get(severity, severity)


@register.filter
def yuan4(e4: int | None) -> str:
    """A cost in ten-thousandths of a yuan: '¥479.57', '¥0.0675'; empty for nothing."""
    return "" if e4 is None else format_e4(e4)


@register.filter
def signed(fen: int | None) -> SafeString | str:
    """A difference that no line is broken in: '+¥12.00', '-¥3.50', '±¥0.00'; empty for nothing."""
    if fen is None:
        return ""
    sign = "+" if fen > 0 else "±" if fen == 0 else ""
    return format_html('<span class="text-nowrap">{}{}</span>', sign, format_yuan(fen))


@register.filter
def tier_name(tier: str) -> str:
    """Who pays: the words of a tier."""
    return str(Tier(tier).label) if tier in Tier.values else tier


@register.filter
def part_name(part: str) -> str:
    """A component of the cost, or a step of the gap."""
    steps = {
        "consumables": _("Consumables, water and power"),
        "service": _("Service level (repair, space, management)"),
        "unexplained": _("Not explained"),
    }
    return steps.get(part) or component_name(part)


@register.filter
def component_name(part: str) -> str:
    """A component of the cost."""
    return str(Component(part).label) if part in Component.values else part


@register.filter
def step_name(part: str) -> str:
    """A step of the gap in a word or two, for a chart."""
    steps = {
        "consumables": _("Consumables"),
        "service": pgettext("step of a gap", "Service"),
        "unexplained": _("Not explained"),
    }
    return steps.get(part) or component_name(part)


@register.filter
def grade_name(grade: str) -> str:
    """The grade of a machine."""
    words = {"routine": _("routine"), "research": _("research"), "flagship": _("flagship")}
    return words.get(grade, grade)


@register.filter
def reference_name(kind: str) -> str:
    """What a price was compared with."""
    return str(REFERENCE_WORDS.get(kind, kind))


@register.filter
def unlocalized(number: int) -> str:
    """A whole number as programs read it."""
    return str(number)


@register.filter
def stated_place(part: str) -> str:
    """Where a finding about a stated part stands."""
    return f"cost.stated.{part}_e4"


@register.filter
def basis_words(cost: CostSheet) -> str:
    """What a cost is spread over, in a line."""
    words = _("%(value)s over %(years)s years, %(hours)s %(basis)s a year; %(minutes)s min for one unit.")
    return words % {
        "value": NOTHING if cost.value_fen is None else format_yuan(cost.value_fen),
        "years": NOTHING if cost.life_years is None else cost.life_years,
        "hours": NOTHING if cost.hours is None else f"{cost.hours:,}",
        "basis": BASIS_WORDS.get(cost.hours_basis, cost.hours_basis),
        "minutes": NOTHING if cost.unit_minutes is None else cost.unit_minutes,
    }


@register.filter
def terms_words(terms: Terms) -> list[tuple[str, str]]:
    """The terms that say something: what they are called, and what they say. Those that are as usual are
    left out.
    """
    usual = Terms()
    return [
        (str(column.label), _shown(f"terms.{column.path}", value))
        for column in FIELDS["t"]
        if (value := getattr(terms, column.path)) != getattr(usual, column.path)
    ]


@register.filter
def change_share(change: Change) -> str:
    """By how much a number changed: '+12.5 %'; empty for what is no number."""
    numbers = isinstance(change.old, int) and isinstance(change.new, int)
    if not numbers or not change.old:
        return ""
    tenths = round_fen(Fraction((change.new - change.old) * 1000, change.old))
    return f"{'+' if tenths > 0 else '-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10} %"


@register.filter
def unit_name(unit: str) -> str:
    """What one price buys."""
    return str(Unit(unit).label) if unit in Unit.values else unit


@register.filter
def mode_name(mode: str) -> str:
    """Who runs the instrument."""
    return str(ServiceMode(mode).label) if mode in ServiceMode.values else mode


@register.simple_tag
def tiers() -> tuple[str, ...]:
    """All tiers, in their order."""
    return TIERS


@register.simple_tag
def parts() -> tuple[str, ...]:
    """All components of a cost, in their order."""
    return PARTS


@register.filter
def part_of(parts_: Any, part: str) -> int | None:
    """A component of some Parts, None where nothing is said."""
    return getattr(parts_, f"{part}_e4", None)


@register.filter
def member(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key."""
    return mapping.get(key)


@register.filter
def change_field(change: Change) -> str:
    """What changed, as the editor calls it."""
    column = _COLUMNS.get(change.field)
    if column is not None and not (change.field == "note" and change.item):
        return str(column.label)
    return str(_PARTS_OF_SHEET.get(change.field.rpartition(".")[2], _("Note")))


@register.filter
def change_old(change: Change) -> SafeString | str:
    """What it was."""
    return _shown(change.field, change.old)


@register.filter
def change_new(change: Change) -> SafeString | str:
    """What it is now."""
    return _shown(change.field, change.new)


def _shown(path: str, value: Any) -> SafeString | str:
    if value is None or value == "":
        return NOTHING
    if path.endswith("_fen"):
        return format_yuan(value)
    if path.endswith("_e4"):
        return format_e4(value)
    if isinstance(value, Item):
        return data(value.name_zh)
    if isinstance(value, tuple):
        return data("; ".join(_line(one) for one in value)) if value else NOTHING
    choices = _COLUMNS[path].choices if path in _COLUMNS else None
    if choices and value in choices:
        return str(choices[value])
    return data(value) if isinstance(value, str) else str(_whole(value))


def _whole(value: Any) -> Any:
    """A whole part that came or went, such as a cost sheet: that it is there says enough."""
    return value if isinstance(value, int) else _("filled in")


def _line(value: Any) -> str:
    if isinstance(value, Evidence):
        return value.text
    if isinstance(value, Reference):
        return f"{reference_name(value.kind)}: {value.title} {value.price}".strip()
    if isinstance(value, Consumable):
        much = f"{value.name} {value.quantity} {value.unit}"
        return f"{much} \N{MULTIPLICATION SIGN} {format_e4(value.price_e4)}"
    return str(value)


@register.filter
def computed(rows: Iterable[tuple[str, Cost | None]], key: str) -> int | None:
    """The recomputed full cost of a row of the editor."""
    cost = dict(rows).get(key)
    return cost.full_cost_e4 if cost else None


@register.filter
def filling(cost: Cost) -> str:
    """The cells of a recomputed cost, for a program: JSON from path to text."""
    return json.dumps(filled(cost))


@register.filter
def table_name(table: str) -> str:
    """A table of the editor."""
    words = {"u": _("Itemised consumables"), "e": _("Evidence of the hours"), "r": _("References")}
    return words.get(table, table)


@register.filter
def cause_name(cause: str) -> str:
    """Why an instrument is not open, in a word."""
    return str(dict(CAUSES).get(cause, cause))
