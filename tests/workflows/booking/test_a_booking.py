"""A booking on request: time and money are kept while people are asked, and end with their answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.arranging import set_terms
from apps.bookings.models import Booking
from apps.bookings.moving import change_booking
from apps.bookings.operations import book, cancel_booking
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import install_defaults
from apps.funding.models import FundAccount
from apps.funding.queries import available_fen
from apps.people.posts import appoint_post
from apps.training.operations import endorse_night, withdraw_certificate
from tests.factories.facts import told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused
from tests.people import People, cleared
from tests.workflows.toys import owner, waiting, yes
from workflows import services
from workflows.booking.subscribers import begin
from workflows.models import Case

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Desk:
    """Everyone, Alice's money, and a booking of hers two days ahead."""

    they: People
    fund: FundAccount
    now: datetime

    def book(self, route: str, **changes: Any) -> Booking:
        """Under terms that ask these people."""
        set_terms(owner=self.they.sem, numbers={}, route=route, by=self.they.teng, now=self.now)
        asked: dict[str, Any] = {
            "user": self.they.alice,
            "instrument": self.they.sem,
            "start": self.now + 2 * DAY,
            "end": self.now + 2 * DAY + 2 * HOUR,
            "fund": self.fund,
            "by": self.they.alice,
            "now": self.now,
        }
        made = book(**{**asked, **changes})
        self.tell()
        return made

    def tell(self, now: datetime | None = None) -> None:
        """Everything that happened is heard."""
        while relay(channel=WORKER, now=now or self.now, limit=1000):
            pass


@pytest.fixture
def desk(they: People, now: datetime) -> Desk:
    install_defaults(now=now - 60 * DAY)
    appoint_post(user=they.olga, unit=they.lab, kind="lab_head", by=they.office, now=now)
    priced(they.sem, now - 30 * DAY)
    return Desk(they, funded(they.group, now - 30 * DAY), now)


def case_of(booking: Booking) -> Case:
    return Case.objects.get(flow="booking", subject_ref=f"booking:{booking.ulid}")


def state(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def heard(desk: Desk) -> list[str]:
    mine = desk.they.alice.notices.filter(kind__startswith="bookings.").order_by("id")
    return list(mine.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("route", "asked"), [("pi", ["pi"]), ("manager", ["manager"]), ("both", ["pi", "manager"])]
)
def test_those_whom_the_terms_name_agree_in_order_and_it_is_confirmed(
    desk: Desk, route: str, asked: list[str]
) -> None:
    before = available_fen(desk.fund)
    booking = desk.book(route)
    assert (booking.state, booking.route, booking.confirmed_at) == ("requested", route, None)
    assert available_fen(desk.fund) == before - booking.estimated_fen
    with refused(WrongState, "bookings.overlap"):
        desk.book(route, by=desk.they.teng)
    case = case_of(booking)
    for node in asked:
        assert set(waiting(case)) == {node}
        person = {"pi": desk.they.wang, "manager": desk.they.teng}[node]
        assert owner(case) == person
        yes(case, person, desk.now + HOUR)
    assert state(booking) == "confirmed"
    assert booking.confirmed_at == desk.now + HOUR
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "confirmed")
    desk.tell(desk.now + HOUR)
    assert heard(desk) == ["bookings.agreed"]
    assert available_fen(desk.fund) == before - booking.estimated_fen
    points = DecisionRecord.objects.filter(object_ref=f"booking:{booking.ulid}").order_by("id")
    assert list(points.values_list("point", "outcome")) == [
        ("booking.admission", "permit"),
        ("booking.route", route),
        ("booking.admission", "permit"),
    ]


def test_by_night_the_head_of_the_lab_is_asked_last(desk: Desk) -> None:
    evening = school_time(desk.now + 2 * DAY).replace(hour=23, minute=0)
    desk.they.sem.night_self_use = True
    desk.they.sem.save()
    endorse_night(
        user=desk.they.alice,
        instrument=desk.they.sem,
        valid_from=desk.now,
        valid_until=desk.now + 90 * DAY,
        now=desk.now,
        source_case="case:night",
    )
    booking = desk.book("manager", start=evening, end=evening + 2 * HOUR)
    assert booking.route == "manager_night"
    case = case_of(booking)
    yes(case, desk.they.teng, desk.now)
    assert owner(case) == desk.they.olga
    yes(case, desk.they.olga, desk.now)
    assert state(booking) == "confirmed"


def test_a_no_frees_time_and_money_and_tells_why(desk: Desk) -> None:
    before = available_fen(desk.fund)
    booking = desk.book("both")
    case = case_of(booking)
    services.answer(
        step=waiting(case)["pi"], by=desk.they.wang, now=desk.now, outcome="reject", opinion="先写论文"
    )
    assert state(booking) == "cancelled"
    assert (booking.refused_at, booking.cancel_reason) == (desk.now, "先写论文")
    assert available_fen(desk.fund) == before
    desk.tell()
    assert heard(desk) == ["bookings.refused"]
    assert "先写论文" in desk.they.alice.notices.get(kind="bookings.refused").args["reason"]
    assert len(told("bookings.cancelled")) == len(told("bookings.refused")) == 1
    assert desk.book("auto").state == "confirmed"


def test_whoever_asked_withdraws_the_case_or_cancels_the_booking(desk: Desk) -> None:
    first = desk.book("manager")
    services.withdraw(case=case_of(first), by=desk.they.alice, now=desk.now)
    assert state(first) == "cancelled"
    second = desk.book("manager")
    case = case_of(second)
    cancel_booking(booking=second, by=desk.they.alice, now=desk.now)
    desk.tell()
    case.refresh_from_db()
    assert (case.state, waiting(case)) == ("overtaken", {})
    assert first.refused_at is second.refused_at is None


def test_a_request_that_is_withdrawn_late_costs_no_points(desk: Desk) -> None:
    booking = desk.book("manager")
    late = booking.start - HOUR
    cancel_booking(booking=booking, by=desk.they.alice, now=late)
    assert not desk.they.alice.point_entries.exists()


def test_nobody_answering_in_time_is_a_no_and_the_time_is_free_for_others(desk: Desk) -> None:
    booking = desk.book("manager")
    last = booking.start - 2 * HOUR
    services.sweep(now=last - HOUR)
    assert state(booking) == "requested"
    services.sweep(now=last + timedelta(minutes=1))
    assert state(booking) == "cancelled"
    assert booking.refused_at is not None
    assert case_of(booking).outcome == "expired"
    desk.tell(last + 2 * timedelta(minutes=1))
    assert heard(desk) == ["bookings.refused"]


def test_a_request_shortly_before_is_asked_until_it_would_begin(desk: Desk) -> None:
    booking = desk.book("manager", start=desk.now + HOUR, end=desk.now + 2 * HOUR)
    services.sweep(now=desk.now + HOUR - timedelta(minutes=1))
    assert state(booking) == "requested"
    services.sweep(now=desk.now + HOUR + timedelta(minutes=1))
    assert state(booking) == "cancelled"


def test_what_would_not_be_admitted_any_more_is_not_confirmed(desk: Desk) -> None:
    before = available_fen(desk.fund)
    booking = desk.book("manager")
    withdraw_certificate(
        certificate=desk.they.certificate, reason="damage", by=desk.they.teng, now=desk.now + HOUR
    )
    case = case_of(booking)
    with refused(WrongState, "workflows.overtaken"):
        yes(case, desk.they.teng, desk.now + 2 * HOUR)
    case.refresh_from_db()
    assert case.state == "overtaken"
    assert state(booking) == "cancelled"
    assert available_fen(desk.fund) == before


def test_the_crew_and_what_it_books_ask_nobody(desk: Desk) -> None:
    assert desk.book("both", by=desk.they.olga).state == "confirmed"
    cleared(desk.they.teng, desk.now, desk.now + 9 * DAY)
    other = desk.book(
        "both",
        user=desk.they.teng,
        by=desk.they.teng,
        fund=None,
        purpose="maintenance",
        start=desk.now + 3 * DAY,
        end=desk.now + 3 * DAY + HOUR,
    )
    assert other.state == "confirmed"


def test_a_route_that_is_none_is_refused(desk: Desk) -> None:
    with refused(Invalid, "bookings.terms") as met:
        set_terms(owner=desk.they.sem, numbers={}, route="king", by=desk.they.teng, now=desk.now)
    assert met.field == "route"


def test_the_fact_told_twice_begins_one_case(desk: Desk) -> None:
    booking = desk.book("manager")
    begin({"booking": booking.ulid, "instrument": desk.they.sem.ulid, "user": desk.they.alice.ulid}, desk.now)
    assert Case.objects.filter(flow="booking").count() == 1
    dossier = case_of(booking).dossiers.get().content
    words = str(dossier)
    assert "艾丽" in words
    assert str(booking.estimated_fen) in words


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_a_change_that_somebody_is_asked_about_keeps_the_old_time_until_then(
    desk: Desk, outcome: str
) -> None:
    old = desk.book("auto")
    set_terms(owner=desk.they.sem, numbers={}, route="manager", by=desk.they.teng, now=desk.now)
    start = old.start + DAY
    made = change_booking(booking=old, start=start, end=start + HOUR, by=desk.they.alice, now=desk.now + HOUR)
    desk.tell(desk.now + HOUR)
    assert (state(old), state(made)) == ("confirmed", "requested")
    step = waiting(case_of(made))["manager"]
    services.answer(
        step=step, by=desk.they.teng, now=desk.now + 2 * HOUR, outcome=outcome, opinion="so be it"
    )
    desk.tell(desk.now + 2 * HOUR)
    expected = ("cancelled", "confirmed") if outcome == "approve" else ("confirmed", "cancelled")
    assert (state(old), state(made)) == expected
