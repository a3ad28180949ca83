"""Prices in words: what a price buys, and what holds for every price of a version or of a sheet. Pure."""

# ruff: noqa: RUF001  # the dash between two times is meant

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import format_yuan
from apps.fees.content import Item, Terms
from apps.fees.models import FeeItem, FeeVersion, Unit

_MINUTE = 60

_RATES: tuple[tuple[str, object], ...] = (
    ("weekend_rate", gettext_lazy("days off × %(rate)s")),
    ("weekend_night_rate", gettext_lazy("nights of days off × %(rate)s")),
    ("rush_rate", gettext_lazy("rush × %(rate)s")),
    ("repeat_rate", gettext_lazy("repeat × %(rate)s")),
    ("own_group_rate", gettext_lazy("own group × %(rate)s")),
    ("hosted_owner_rate", gettext_lazy("hosted owner × %(rate)s")),
    ("department_rate", gettext_lazy("own department × %(rate)s")),
)
# Left open, the lower of night and day off holds: said to be the price itself, it is another one.
_SAID_ALWAYS = ("weekend_night_rate",)


def unit_words(item: FeeItem | Item) -> str:
    """What one price buys: 'per instrument hour', 'per started period of 4 h', 'per block of time,
    17:30-20:30; straight after B1 x 0.8'.
    """
    if item.unit in (Unit.PERIOD, Unit.FURTHER) and item.unit_minutes:
        length = _length(item.unit_minutes)
        if item.unit == Unit.PERIOD:
            return _("per started period of %(length)s") % {"length": length}
        return _("per further started period of %(length)s") % {"length": length}
    if item.unit == Unit.BLOCK and item.block_start:
        said = _("per block of time, %(start)s–%(end)s") % {
            "start": item.block_start,
            "end": item.block_end,
        }
        return f"{said}{_following(item)}"
    return str(Unit(item.unit).label)


def _following(item: FeeItem | Item) -> str:
    """What a block costs whoever runs into it out of the one before."""
    if not item.follows or Decimal(item.following_rate) == 1:
        return ""
    return _("; straight after %(block)s × %(rate)s") % {"block": item.follows, "rate": item.following_rate}


def terms_words(version: FeeVersion | Terms) -> list[str]:
    """What holds for every price of a version or a sheet, each in a few words; what is as usual is left
    out.
    """
    said = _limits(version)
    if Decimal(version.night_rate) != 1:
        hours = {"start": version.night_start_hour, "end": version.night_end_hour, "rate": version.night_rate}
        said.append(_("nights %(start)s:00–%(end)s:00 × %(rate)s") % hours)
    said += [
        str(words) % {"rate": rate}
        for member, words in _RATES
        if (rate := getattr(version, member)) and (member in _SAID_ALWAYS or Decimal(rate) != 1)
    ]
    if version.prepaid_from_fen and Decimal(version.prepaid_rate) != 1:
        amount = format_yuan(version.prepaid_from_fen)
        said.append(
            _("prepaid from %(amount)s × %(rate)s") % {"amount": amount, "rate": version.prepaid_rate}
        )
    return said


def _limits(version: FeeVersion | Terms) -> list[str]:
    """By which steps time is counted, the least and the most that a use costs."""
    said = []
    if version.billing_step_seconds > _MINUTE:
        said.append(
            _("in started steps of %(length)s") % {"length": step_words(version.billing_step_seconds)}
        )
    if version.minimum_minutes:
        said.append(_("at least %(minutes)s min") % {"minutes": version.minimum_minutes})
    if version.minimum_fen:
        said.append(_("at least %(amount)s a use") % {"amount": format_yuan(version.minimum_fen)})
    if version.cap_fen is not None:
        said.append(_("at most %(amount)s a use") % {"amount": format_yuan(version.cap_fen)})
    return said


def step_words(seconds: int) -> str:
    """A step by which time is counted: '15 min', '90 s'."""
    return _("%(n)s s") % {"n": seconds} if seconds % _MINUTE else _length(seconds // _MINUTE)


def _length(minutes: int) -> str:
    """A length as people say it: '45 min', '4 h', '2 days'."""
    if minutes % 1440 == 0:
        return _("%(n)s days") % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(n)s min") % {"n": minutes}
