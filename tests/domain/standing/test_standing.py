"""Standing is gathered in few queries, each fact with its source; what ended says when, what was revoked is
gone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core import parameters
from apps.core.clock import SCHOOL_ZONE
from apps.core.models import CalendarDay
from apps.standing.facts import PARAMETERS, Standing, standing_of
from apps.standing.people import identify
from apps.standing.reading import HEAD, statement
from apps.standing.sources import Gathered, Source
from apps.training.operations import issue_certificate, withdraw_certificate
from tests.factories.money import funded, priced
from tests.people import ALICES_UID, BOBS_UID, STRANGE_UID, YEAR, People, digest, gather

DAY = timedelta(days=1)


@pytest.fixture
def people(db: None, now: datetime) -> People:
    return gather(now)


def standing(people: People, at: datetime, who: str = "alice", seen: datetime | None = None) -> Standing:
    present = identify(at=at, seen=seen or at, user_id=getattr(people, who).pk)
    assert present.person is not None
    return standing_of(
        person=present.person,
        instrument=people.sem,
        at=at,
        seen=seen or at,
        parameters=parameters.values(PARAMETERS, at=at),
    )


def certify(people: People, level: str, since: datetime, until: datetime) -> Any:
    return issue_certificate(
        user=people.alice,
        instrument=people.sem,
        level=level,
        valid_from=since,
        valid_until=until,
        issued_by=people.teng,
        source_case=f"training:{level}:{until}",
        now=since,
    )


def test_every_fact_names_its_source(people: People, now: datetime) -> None:
    priced(people.sem, now - DAY)
    facts = standing(people, now).facts
    assert facts.values.keys() == facts.sources.keys()
    certificate = facts.sources["certificate_level"].to_json()
    assert certificate == {
        "kind": "certificate",
        "ref": people.certificate.ulid,
        "label_zh": "操作证",
        "label_en": "Certificate",
        "valid_until": (now + YEAR).isoformat(),
        "case": "training:alice-sem",
    }
    assert facts.ends["certificate_end"] == now + YEAR


def test_it_takes_two_queries_after_one_for_the_person(
    people: People, now: datetime, django_assert_num_queries: Any
) -> None:
    found = parameters.values(PARAMETERS, at=now)
    standing(people, now)
    with django_assert_num_queries(1):
        person = identify(at=now, seen=now, user_id=people.alice.pk).person
    assert person is not None
    with django_assert_num_queries(2):
        standing_of(person=person, instrument=people.sem, at=now, seen=now, parameters=found)


def test_the_certificate_that_serves_best_counts(people: People, now: datetime) -> None:
    certify(people, "assisted", now - 2 * DAY, now + 2 * YEAR)
    assert standing(people, now).facts.values["certificate_level"] == "basic"
    certify(people, "advanced", now - DAY, now + DAY)
    values = standing(people, now).facts.values
    assert (values["certificate_level"], values["certificate_level_ok"]) == ("basic", True)
    people.sem.required_level = "advanced"
    values = standing(people, now).facts.values
    assert (values["certificate_level"], values["certificate_days_left"]) == ("advanced", 1)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=2), 2),
        (timedelta(hours=47), 1),
        (timedelta(seconds=1), 0),
        (timedelta(0), -1),
        (timedelta(seconds=-1), -1),
        (timedelta(hours=-25), -2),
    ],
)
def test_days_left_turn_negative_at_the_instant_it_ends(
    left: timedelta, days: int, people: People, now: datetime
) -> None:
    end = now + YEAR
    assert standing(people, end - left).facts.values["certificate_days_left"] == days


def test_a_page_about_the_past_does_not_know_what_was_revoked_later(people: People, now: datetime) -> None:
    withdraw_certificate(certificate=people.certificate, reason="x", by=people.teng, now=now)
    before = now - DAY
    assert standing(people, before).facts.values["certificate_level"] == "basic"
    assert standing(people, now).facts.values["certificate_level"] == "none"


def test_a_live_question_knows_every_revocation_on_record(people: People, now: datetime) -> None:
    ahead = now + timedelta(milliseconds=20)  # the clock of another process
    withdraw_certificate(certificate=people.certificate, reason="x", by=people.teng, now=ahead)
    ever = datetime(9999, 12, 31, tzinfo=UTC)
    assert standing(people, now, seen=ever).facts.values["certificate_level"] == "none"


def test_only_a_price_for_this_kind_of_user_counts_as_a_fee_in_force(people: People, now: datetime) -> None:
    priced(people.sem, now - DAY, service_mode="sample")
    found = standing(people, now)
    assert (found.facts.values["fee_in_force"], found.fee is not None) == (False, True)
    assert found.facts.sources["fee_in_force"].label_en == "No price for this kind of user"


def test_funds_come_with_balance_limits_and_the_membership_they_rest_on(
    people: People, now: datetime
) -> None:
    fund = funded(people.group, now - DAY, amount_fen=5_00)
    found = standing(people, now)
    assert [(row.id, row.n) for row in found.funds] == [(fund.pk, 5_00)]
    assert found.memberships.keys() == {people.group.pk}
    assert (found.limits, found.claimed) == ({}, {})
    assert standing(people, now, "charlie").funds == ()


@pytest.mark.parametrize(
    ("hour", "night"), [(6, True), (7, False), (21, False), (22, True), (23, True), (0, True)]
)
def test_night_is_a_question_of_the_schools_clock(hour: int, night: bool, people: People) -> None:  # noqa: FBT001
    at = datetime(2026, 11, 23, hour, tzinfo=SCHOOL_ZONE).astimezone(UTC)
    values = standing(people, at).facts
    assert values.values["night"] is night
    assert ("night_start" in values.ends) is not night


def test_a_holiday_is_a_free_day_of_the_week_or_of_the_calendar(people: People, now: datetime) -> None:
    saturday = now - 2 * DAY
    assert standing(people, saturday).facts.values["holiday"]
    assert not standing(people, now).facts.values["holiday"]
    CalendarDay.objects.create(day=saturday.date(), is_working=True, name_zh="调休", name_en="Worked")
    CalendarDay.objects.create(day=now.date(), is_working=False, name_zh="校庆", name_en="Founders' day")
    assert not standing(people, saturday).facts.values["holiday"]
    assert standing(people, now).facts.values["holiday"]


def test_a_card_is_known_by_its_holder_its_state_and_nothing_more(people: People, now: datetime) -> None:
    present = identify(at=now, seen=now, card=digest(ALICES_UID), card2=digest(BOBS_UID))
    assert present.person is not None
    assert present.second is not None
    assert (present.person.id, present.second.id, present.card.state) == (
        people.alice.pk,
        people.bob.pk,
        "active",
    )
    assert identify(at=now, seen=now, card=digest(STRANGE_UID)).person is None
    same = identify(at=now, seen=now, card=digest(ALICES_UID), card2=digest(ALICES_UID))
    assert same.second is None


def test_the_earliest_end_of_a_reason_is_kept(now: datetime) -> None:
    facts = Gathered()
    facts.end("x", now + DAY)
    facts.end("x", now)
    facts.end("x", None)
    facts.say(Source("k", "", "来源", "source"), a=1)
    assert (facts.ends, facts.values, facts.sources["a"].to_json()["label_en"]) == (
        {"x": now},
        {"a": 1},
        "source",
    )


def test_a_statement_is_prepared_with_numbered_parameters() -> None:
    made = statement("name", {"b": "text", "a": "bigint"}, "SELECT %(a)s, %(b)s, %(a)s")
    assert made.prepare == f"PREPARE name (text, bigint) AS {HEAD} UNION ALL SELECT $2, $1, $2"
    assert made.execute == "EXECUTE name (%s, %s)"
