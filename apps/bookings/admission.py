"""Whether a booking may be made: the rule `booking.admission`, asked for the booked period. Changes nothing
but the record that its caller asks for.

Each failing condition is a refusal of its own, so that a person reads all of them at once, as at the reader,
with who can mend it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language

from apps.bookings.checks import all_wrong, overlap
from apps.bookings.circumstances import Circumstances, circumstances_of
from apps.bookings.wishes import Wish, purposes_of, wish
from apps.core.errors import NotFound, Refusal, WrongState
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.fees.pricing import Quote, planned, quote
from apps.fees.queries import price_model, tier_of
from rules.decision import Reason
from rules.points.booking_admission import (
    DEFAULT,
    FACT_OF,
    KEY,
    AdmissionFacts,
    AdmissionPurpose,
    ApplicantKind,
)

__all__ = [
    "Admission",
    "Wish",
    "estimate_fen",
    "estimated",
    "judge_admission",
    "overlap",
    "purposes_of",
    "refusals",
    "wish",
]

# What no table can permit: such a booking would be none, or the database refuses it.
_LAWS = frozenset({"bookings.period", "bookings.overlap"})
_MINUTE = timedelta(minutes=1)
_LONGEST_PRICED = timedelta(days=31)
_KINDS = frozenset(kind.value for kind in ApplicantKind)


@dataclass(frozen=True)
class Admission:
    """What the rule says of a wish, not recorded yet. `refusals` is empty where it may be booked; each names
    who can mend it. `estimated_fen` is None where no price is known.
    """

    asked: Wish
    judgement: Judgement
    sources: Mapping[str, Mapping[str, Any]]
    refusals: Sequence[Refusal]
    estimated_fen: int | None

    @property
    def is_allowed(self) -> bool:
        return not self.refusals

    def in_both(self) -> list[dict[str, str]]:
        """The refusals as they are kept: code, words in both languages, who can mend it."""
        reasons = {reason.code: reason for reason in self.judgement.decision.reasons}
        return [
            {
                "code": one.code,
                "zh": reasons[one.code].zh if one.code in reasons else str(one.message),
                "en": reasons[one.code].en if one.code in reasons else str(one.message),
                "mender": one.mender,
            }
            for one in self.refusals
        ]

    def record(self, *, object_ref: str, asked_by: str, now: datetime) -> str:
        """Write down what was known and answered; gives the record's ULID. Empty while the school has no rule
        sets at all: a permission on record names the version that gave it.
        """
        if self.judgement.version is None and self.judgement.allowed:
            return ""
        record = record_judgement(
            self.judgement,
            sources=self.sources,
            subject_id=self.asked.user.pk,
            object_ref=object_ref,
            asked_by=asked_by,
            now=now,
        )
        return record.ulid


def refusals(asked: Wish) -> list[Refusal]:
    """Every reason why this booking may not be made, the period's first; empty when it may."""
    return list(judge_admission(asked).refusals)


def judge_admission(asked: Wish) -> Admission:
    """The rule's answer about a wish."""
    estimated, unpriced = _priced(asked)
    known = circumstances_of(asked, estimated)
    wrong = [*all_wrong(asked, known), *unpriced]
    facts, sources = _facts(asked, known, wrong)
    judgement = judge(point=KEY, facts=facts, at=asked.now, built_in=DEFAULT)
    return Admission(asked, judgement, sources, _counting(wrong, judgement), estimated)


def estimate_fen(asked: Wish) -> int:
    """What the whole booked time would cost in fen, at the user's tier and the fee standard in force when it
    begins. Raises NotFound `fees.no_price`.
    """
    estimate = estimated(asked)
    return estimate.total_fen if estimate else 0


def estimated(asked: Wish) -> Quote | None:
    """The same line by line; None where no fee standard is asked, and for longer than anybody ever books: its
    nights would be counted one by one for centuries. Raises NotFound `fees.no_price`.
    """
    if asked.fee is None or asked.end - asked.start > _LONGEST_PRICED:
        return None
    modes = asked.instrument.service_modes.split()
    mode = "self" if "S" in modes or "A" not in modes else "assisted"
    model = price_model(asked.fee, tier_of(asked.user, asked.instrument, asked.start), mode, at=asked.start)
    return quote(model, planned(asked.start, asked.end))


def _priced(asked: Wish) -> tuple[int | None, list[Refusal]]:
    if asked.end <= asked.start:
        return None, []
    try:
        return estimate_fen(asked), []
    except NotFound as refusal:
        return None, [refusal]


def _counting(wrong: Sequence[Refusal], judgement: Judgement) -> list[Refusal]:
    """The refusals that the table denies, in the order in which they were found; then the table's own, and
    what went wrong with it.
    """
    denied = {} if judgement.allowed else {reason.code: reason for reason in judgement.decision.reasons}
    found = []
    for refusal in wrong:
        reason = denied.get(refusal.code)
        if reason is not None or refusal.code in _LAWS:
            refusal.mender = reason.mender if reason else "self"
            found.append(refusal)
    known = {refusal.code for refusal in wrong}
    return found + [_own(reason) for code, reason in denied.items() if code not in known]


def _own(reason: Reason) -> Refusal:
    """A condition that only the table knows."""
    english = (get_language() or "").startswith("en")
    refusal = WrongState(reason.en if english else reason.zh, code=reason.code)
    refusal.mender = reason.mender
    return refusal


def _facts(
    asked: Wish, known: Circumstances, wrong: Sequence[Refusal]
) -> tuple[AdmissionFacts, dict[str, dict[str, Any]]]:
    codes = {refusal.code for refusal in wrong}
    terms = asked.terms
    originals: dict[str, Any] = {
        "purpose": AdmissionPurpose(asked.purpose),
        "user_kind": _kind(asked),
        "external_user": asked.user.is_external,
        "opening_level": asked.instrument.opening_level,
        "required_level": asked.instrument.required_level,
        "use_charged": asked.is_charged,
        "minutes_ahead": (asked.start - asked.now) // _MINUTE,
        "length_minutes": (asked.end - asked.start) // _MINUTE,
        "touches_night": known.is_night,
        "second_person": known.second_person,
        "grid_minutes": terms.grid_minutes,
        "min_minutes": terms.min_minutes,
        "max_minutes": terms.max_minutes,
        "notice_minutes": terms.notice_minutes,
        "horizon_days": terms.horizon_days,
        "estimated_fen": known.estimated_fen if asked.is_charged else None,
        "fund_available_fen": known.available_fen,
        "debt_days": known.debt_days,
        "group_debt_days": known.group_debt_days,
    }
    failing: dict[str, Any] = {fact: code in codes for code, fact in FACT_OF.items()}
    return AdmissionFacts(**originals, **failing), _sources(asked)


def _kind(asked: Wish) -> ApplicantKind:
    kind = "visitor" if asked.user.is_visitor(asked.now) else asked.user.kind
    return ApplicantKind(kind) if kind in _KINDS else ApplicantKind.UNKNOWN


def _sources(asked: Wish) -> dict[str, dict[str, Any]]:
    """Where each fact comes from."""
    instrument = _source("instrument", asked.instrument.ulid, "仪器档案", "Instrument register")
    person = _source("user", asked.user.ulid, "用户登记", "User register")
    found = dict.fromkeys(AdmissionFacts.__dataclass_fields__, _source("request", "", "预约申请", "Request"))
    for source, names in (
        (_source("terms", asked.instrument.ulid, "预约规定", "Booking terms"), _OF_TERMS),
        (instrument, ("opening_level", "required_level", "not_bookable", "hosting_unknown", "not_crew")),
        (instrument, ("out_of_service", "night_barred", "customs_barred")),
        (_source("priority", asked.instrument.ulid, "托管协议", "Hosting agreement"), ("owner_first",)),
        (_source("calendar", "", "预约日历", "Calendar"), ("taken", "guided_session", "touches_night")),
        (_source("quota", "", "机时额度", "Hours of the group"), ("quota_exceeded", "share_exceeded")),
        (person, ("user_kind", "external_user", "suspended", "not_registered", "visitor")),
        (_source("points", "", "记分", "Points"), ("points_reached",)),
        (_source("training", "", "培训与操作证", "Training"), _OF_TRAINING),
        (_source("fee_version", asked.fee.ulid if asked.fee else "", "收费标准", "Fee standard"), _OF_FEES),
        (_source("fund", asked.fund.ulid if asked.fund else "", "经费", "Fund"), _OF_FUNDS),
    ):
        found.update(dict.fromkeys(names, source))
    return found


_OF_TERMS = (
    *("grid_minutes", "min_minutes", "max_minutes", "notice_minutes", "horizon_days"),
    *("too_long", "too_short", "too_far", "short_notice", "off_grid", "closed"),
)
_OF_TRAINING = (
    *("safety_missing", "certificate_missing", "night_not_endorsed"),
    *("second_person", "second_person_unable"),
)
_OF_FEES = ("use_charged", "estimated_fen", "fee_missing", "price_missing")
_OF_FUNDS = (
    *("fund_available_fen", "fund_missing", "fund_unusable", "fund_insufficient", "limit_exceeded"),
    *("debt_days", "group_debt_days", "arrears"),
)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
