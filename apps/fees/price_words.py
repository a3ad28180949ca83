"""The price list in words: what a price buys, and what holds for every price of a version. Pure."""

# ruff: noqa: RUF001  # the dash between two times is meant

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import format_yuan
from apps.fees.models import FeeItem, FeeVersion, Unit

_RATES: tuple[tuple[str, object], ...] = (
    ("weekend_rate", gettext_lazy("days off × %(rate)s")),
    ("weekend_night_rate", gettext_lazy("nights of days off × %(rate)s")),
    ("rush_rate", gettext_lazy("rush × %(rate)s")),
    ("repeat_rate", gettext_lazy("repeat × %(rate)s")),
    ("own_group_rate", gettext_lazy("own group × %(rate)s")),
    ("hosted_owner_rate", gettext_lazy("hosted owner × %(rate)s")),
    ("department_rate", gettext_lazy("own department × %(rate)s")),
)


def unit_words(item: FeeItem) -> str:
    """What one price buys: 'per instrument hour', 'per started period of 4 h', 'per block of time,
    17:30-20:30'.
    """
    if item.unit in (Unit.PERIOD, Unit.FURTHER) and item.unit_minutes:
        length = _length(item.unit_minutes)
        if item.unit == Unit.PERIOD:
            return _("per started period of %(length)s") % {"length": length}
        return _("per further started period of %(length)s") % {"length": length}
    if item.unit == Unit.BLOCK and item.block_start:
        return _("per block of time, %(start)s–%(end)s") % {
            "start": item.block_start,
            "end": item.block_end,
        }
    return str(Unit(item.unit).label)


def terms_words(version: FeeVersion) -> list[str]:
    """What holds for every price of a version, each in a few words; what is as usual is left out."""
    said = _limits(version)
    if Decimal(version.night_rate) != 1:
        hours = {"start": version.night_start_hour, "end": version.night_end_hour, "rate": version.night_rate}
        said.append(_("nights %(start)s:00–%(end)s:00 × %(rate)s") % hours)
    said += [
        str(words) % {"rate": rate}
        for member, words in _RATES
        if (rate := getattr(version, member)) and Decimal(rate) != 1
    ]
    if version.prepaid_from_fen and Decimal(version.prepaid_rate) != 1:
        amount = format_yuan(version.prepaid_from_fen)
        said.append(
            _("prepaid from %(amount)s × %(rate)s") % {"amount": amount, "rate": version.prepaid_rate}
        )
    return said


def _limits(version: FeeVersion) -> list[str]:
    """The least and the most that a use costs."""
    said = []
    if version.minimum_minutes:
        said.append(_("at least %(minutes)s min") % {"minutes": version.minimum_minutes})
    if version.minimum_fen:
        said.append(_("at least %(amount)s a use") % {"amount": format_yuan(version.minimum_fen)})
    if version.cap_fen is not None:
        said.append(_("at most %(amount)s a use") % {"amount": format_yuan(version.cap_fen)})
    return said


def _length(minutes: int) -> str:
    """A length as people say it: '45 min', '4 h', '2 days'."""
    if minutes % 1440 == 0:
        return _("%(n)s days") % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(n)s min") % {"n": minutes}
