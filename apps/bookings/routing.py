"""Who is asked before an admitted booking is confirmed: the facts of `booking.route` and the question itself.
Changes nothing but the record that its caller asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.bookings.models import Booking
from apps.bookings.nights import touches_night
from apps.bookings.wishes import Wish
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.instruments.queries import crew_roles
from apps.people.models import User
from apps.standing.facts import OPERATORS
from rules.points.booking_route import ASKED, DEFAULT, KEY, RouteFacts, RoutePurpose, TermsRoute

_MINUTE = timedelta(minutes=1)
# Where the rule could not be asked, everybody is: nothing is confirmed by a defect.
_EVERYBODY = "both_night"


@dataclass(frozen=True)
class Routed:
    """What the rule says, not recorded yet. `name` is the outcome, `asked` who is asked, in this order: pi,
    manager, lab_head; empty where the booking is confirmed at once.
    """

    judgement: Judgement
    sources: Mapping[str, Mapping[str, Any]]
    name: str

    @property
    def asked(self) -> tuple[str, ...]:
        return ASKED[self.name]

    def record(self, *, booking: Booking, now: datetime) -> None:
        """Write down what was known and answered, where there are rule sets."""
        if self.judgement.version is None and not self.judgement.alarm:
            return
        record_judgement(
            self.judgement,
            sources=self.sources,
            subject_id=booking.user_id,
            object_ref=f"booking:{booking.ulid}",
            asked_by="book",
            now=now,
        )


def route_of(asked: Wish, *, by: User | None, estimated_fen: int) -> Routed:
    """Who is asked about an admitted wish. Three queries."""
    facts, sources = _facts(asked, by, estimated_fen)
    judgement = judge(point=KEY, facts=facts, at=asked.now, built_in=DEFAULT)
    outcome = judgement.decision.outcome
    return Routed(judgement, sources, outcome if outcome in ASKED else _EVERYBODY)


def _facts(asked: Wish, by: User | None, estimated_fen: int) -> tuple[RouteFacts, dict[str, dict[str, Any]]]:
    known = asked.settings
    used = Booking.objects.filter(user=asked.user, instrument=asked.instrument, used_at__isnull=False)
    facts = RouteFacts(
        purpose=RoutePurpose(asked.purpose),
        terms_route=TermsRoute(asked.terms.route),
        by_crew=by is not None and by.pk != asked.user.pk,
        user_is_crew=bool(crew_roles(asked.user, asked.instrument, asked.now) & OPERATORS),
        external_user=asked.user.is_external,
        touches_night=touches_night(
            asked.start,
            asked.end,
            night_start=known["access.night_start_hour"],
            night_end=known["access.night_end_hour"],
        ),
        length_minutes=(asked.end - asked.start) // _MINUTE,
        minutes_ahead=(asked.start - asked.now) // _MINUTE,
        estimated_fen=estimated_fen,
        earlier_bookings=used.count(),
    )
    request = _source("request", "", "预约申请", "Request")
    instrument = asked.instrument.ulid
    return facts, {
        **dict.fromkeys(("purpose", "by_crew", "length_minutes", "minutes_ahead", "touches_night"), request),
        "terms_route": _source("terms", instrument, "预约规定", "Booking terms"),
        "user_is_crew": _source("crew", instrument, "机组名单", "Crew"),
        "external_user": _source("user", asked.user.ulid, "用户登记", "User register"),
        "estimated_fen": _source(
            "fee_version", asked.fee.ulid if asked.fee else "", "收费标准", "Fee standard"
        ),
        "earlier_bookings": _source("usage", "", "使用记录", "Use"),
    }


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
