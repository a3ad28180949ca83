"""The terms of an agreement as one frozen value: what both sides accept is this and nothing else. Pure:
parsing, checking, digest.

Shares and prices in parts of a thousand, money in fen, hours as minutes of the school's day.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.bookings.priority import Hours
from apps.core.apportioning import WHOLE
from apps.core.errors import Invalid

OWNER, HOST, DEPARTMENT, SCHOOL, REPAIR = "owner", "host", "department", "school", "repair"
PARTIES = (OWNER, HOST, DEPARTMENT, SCHOOL, REPAIR)  # in this order equal remainders are rounded up
BEARERS = (OWNER, HOST, "user")
INSURERS = ("none", OWNER, HOST)
MOST_WINDOWS, MOST_BANDS = 6, 6
DAY_MINUTES = 24 * 60
LONGEST_TEXT = 200
_MOST_HOURS = 24 * 60  # so long before at most others may be kept out
_MOST_FEN = 10**13
_YEARS = range(2000, 2200)  # in which days of an agreement may lie


@dataclass(frozen=True)
class Band:
    """A repair that costs `from_fen` or more (up to the next band) is borne by the owner by so many parts
    of a thousand, by the host for the rest.
    """

    from_fen: int
    owner_permille: int


@dataclass(frozen=True)
class Terms:
    """What is agreed. `since` and `until` are school days, both included. `shares` by party; parties that get
    nothing are not named. `owner_pays_permille` of the internal price.
    """

    since: date
    until: date
    place: str
    windows: tuple[Hours, ...]
    owner_pays_permille: int
    shares: tuple[tuple[str, int], ...]
    repairs: tuple[Band, ...]
    insurer: str
    insured_fen: int
    exit_days: int
    consumables: str
    relocation: str
    remarks: str = ""

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def total_permille(self) -> int:
        return sum(permille for _party, permille in self.shares)

    @property
    def priority_minutes(self) -> int:
        """The owner's hours in an ordinary week, in minutes; what overlaps counts twice."""
        return sum(len(one.weekdays) * (one.until_minute - one.from_minute) for one in self.windows)

    def share_of(self, party: str) -> int:
        return dict(self.shares).get(party, 0)

    def owner_bears(self, cost_fen: int) -> int:
        """The owner's parts of a thousand of a repair that costs so much; 0 below the first band."""
        found = [band for band in self.repairs if band.from_fen <= cost_fen]
        return max(found, key=_from).owner_permille if found else 0

    def as_json(self) -> dict[str, Any]:
        """The terms as they are kept and frozen."""
        return {
            **asdict(self),
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "windows": [asdict(one) for one in self.windows],
            "shares": dict(self.shares),
            "repairs": [asdict(one) for one in self.repairs],
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal."""
        text = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read(data: Mapping[str, Any]) -> Terms:
    """The terms from their kept form. Raises Invalid `hosting.terms_form` for what is none, and as
    `checked`.
    """
    try:
        shares = {str(party): int(permille) for party, permille in data["shares"].items()}
        terms = Terms(
            since=date.fromisoformat(data["since"]),
            until=date.fromisoformat(data["until"]),
            place=str(data["place"]),
            windows=tuple(_hours(one) for one in data["windows"]),
            owner_pays_permille=int(data["owner_pays_permille"]),
            shares=tuple(shares.items()),
            repairs=tuple(Band(int(one["from_fen"]), int(one["owner_permille"])) for one in data["repairs"]),
            insurer=str(data["insurer"]),
            insured_fen=int(data["insured_fen"]),
            exit_days=int(data["exit_days"]),
            consumables=str(data["consumables"]),
            relocation=str(data["relocation"]),
            remarks=str(data.get("remarks", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(_("These are no terms."), code="hosting.terms_form", field="terms") from error
    return checked(terms)


def checked(terms: Terms) -> Terms:
    """The terms in their canonical order. Raises Invalid with the field: `hosting.shares` (with the sum),
    `hosting.party`, `hosting.period`, `hosting.window`, `hosting.discount_form`, `hosting.repair_form`,
    `hosting.insurance_form`, `hosting.exit_form`, `hosting.bearer`, `hosting.text`.
    """
    _check_shares(terms)
    for field, day in (("since", terms.since), ("until", terms.until)):
        _require(
            day.year in _YEARS, "hosting.period", field, _("No agreement begins or ends in such a year.")
        )
    _require(terms.since <= terms.until, "hosting.period", "until", _("The end lies before the beginning."))
    _require(
        len(terms.windows) <= MOST_WINDOWS and all(map(_is_window, terms.windows)),
        "hosting.window",
        "windows",
        _("An hour of priority wants weekdays and an end that is after its beginning."),
    )
    _require(
        0 <= terms.owner_pays_permille <= WHOLE,
        "hosting.discount_form",
        "owner_pays",
        _("The owner pays between nothing and the whole internal price."),
    )
    _require(
        len(terms.repairs) <= MOST_BANDS and _are_bands(terms.repairs),
        "hosting.repair_form",
        "repairs",
        _("Each amount from which repairs are shared otherwise is named once, with up to 100 %."),
    )
    _require(
        terms.insurer in INSURERS
        and 0 <= terms.insured_fen <= _MOST_FEN
        and (terms.insurer == "none") == (terms.insured_fen == 0),
        "hosting.insurance_form",
        "insured",
        _("An insurance wants who insures and for how much."),
    )
    _require(
        0 <= terms.exit_days <= 3650, "hosting.exit_form", "exit_days", _("These are no days of notice.")
    )
    _require(terms.consumables in BEARERS, "hosting.bearer", "consumables", _("Say who bears consumables."))
    texts = {"place": terms.place, "relocation": terms.relocation, "remarks": terms.remarks}
    for field, text in texts.items():
        _require(len(text) <= LONGEST_TEXT, "hosting.text", field, _("This is too long."))
    _require(bool(terms.place.strip()), "hosting.text", "place", _("Say where the instrument will stand."))
    given = dict(terms.shares)
    return replace(
        terms,
        place=terms.place.strip(),
        relocation=terms.relocation.strip(),
        remarks=terms.remarks.strip(),
        shares=tuple((party, given[party]) for party in PARTIES if given.get(party)),
        windows=tuple(sorted(terms.windows, key=_said)),
        repairs=tuple(sorted(terms.repairs, key=_from)),
    )


def _check_shares(terms: Terms) -> None:
    unknown = [party for party, _permille in terms.shares if party not in PARTIES]
    _require(not unknown, "hosting.party", "shares", _("The income is not shared with such a party."))
    negative = any(permille < 0 for _party, permille in terms.shares)
    total = terms.total_permille
    if negative or total != WHOLE:
        raise Invalid(
            _("The shares make %(sum)s %%, and not 100 %%.") % {"sum": in_percent(total)},
            code="hosting.shares",
            field="shares",
            total_permille=total,
        )


def in_percent(permille: int) -> str:
    """Parts of a thousand as per cent: '33.3', '20'."""
    sign, size = ("-", -permille) if permille < 0 else ("", permille)
    whole, rest = divmod(size, 10)
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def _require(held: object, code: str, field: str, text: Any) -> None:
    if not held:
        raise Invalid(text, code=code, field=field)


def _hours(one: Mapping[str, Any]) -> Hours:
    return Hours(
        str(one["weekdays"]), int(one["from_minute"]), int(one["until_minute"]), int(one["others_hours"])
    )


def _is_window(one: Hours) -> bool:
    days = one.weekdays
    return (
        bool(days)
        and set(days) <= set("1234567")
        and list(days) == sorted(set(days))
        and 0 <= one.from_minute < one.until_minute <= DAY_MINUTES
        and 0 <= one.others_hours <= _MOST_HOURS
    )


def _are_bands(bands: Iterable[Band]) -> bool:
    found = list(bands)
    starts = {band.from_fen for band in found}
    return len(starts) == len(found) and all(
        0 <= band.from_fen <= _MOST_FEN and 0 <= band.owner_permille <= WHOLE for band in found
    )


def _from(band: Band) -> int:
    return band.from_fen


def _said(one: Hours) -> tuple[str, int, int, int]:
    return one.weekdays, one.from_minute, one.until_minute, one.others_hours
