"""Night use: asked for with a buddy and an end no later than the semester's, granted or not, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.clock import SCHOOL_ZONE
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.operations import change_instrument
from apps.training.models import NightRequest
from apps.training.nights import (
    grant_night,
    overtake_night,
    refuse_night,
    request_night,
    semester_end,
    withdraw_night,
)
from apps.training.operations import withdraw_certificate
from apps.training.queries import night_endorsed
from tests import people
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather(now)


def _ask(they: people.People, now: datetime, **changes: Any) -> NightRequest:
    asked: dict[str, Any] = {
        "user": they.alice,
        "instrument": they.sem,
        "buddy": they.bob,
        "starts_at": now + DAY,
        "ends_at": now + 30 * DAY,
        "purpose": "long exposure",
        "by": they.alice,
        **changes,
    }
    return request_night(**asked, now=now)


@pytest.mark.parametrize(
    ("month", "day", "ends"),
    [
        (11, 23, (2027, 2, 1)),
        (1, 31, (2026, 2, 1)),
        (2, 1, (2026, 9, 1)),
        (8, 31, (2026, 9, 1)),
        (9, 1, (2027, 2, 1)),
    ],
)
def test_a_semester_ends_at_midnight_after_its_last_day(
    now: datetime, month: int, day: int, ends: tuple[int, int, int]
) -> None:
    at = datetime(2026, month, day, 12, tzinfo=SCHOOL_ZONE)
    assert semester_end(at) == datetime(*ends, tzinfo=SCHOOL_ZONE)
    assert semester_end(at.astimezone(UTC)) == datetime(*ends, tzinfo=SCHOOL_ZONE)


def test_a_granted_request_endorses_for_its_period(they: people.People, now: datetime) -> None:
    request = _ask(they, now, source_case="night:1")
    with refused(NotPermitted, "training.own_certificate"):
        grant_night(request=request, by=they.alice, now=now)
    granted = grant_night(request=request, by=they.office, now=now)
    assert granted.state == "granted"
    assert granted.endorsement is not None
    assert granted.endorsement.source_case == "night:1"
    assert not night_endorsed(they.alice, they.sem, now, now + HOUR)
    assert night_endorsed(they.alice, they.sem, now + DAY, now + 30 * DAY)
    assert not night_endorsed(they.alice, they.sem, now + DAY, now + 31 * DAY)
    assert told("training.night_request_changed")[-1]["state"] == "granted"
    for act in (grant_night, withdraw_night):
        with refused(WrongState, "training.request_moved"):
            act(request=request, by=None, now=now)


def test_a_late_yes_begins_now_and_one_after_the_end_is_none(they: people.People, now: datetime) -> None:
    granted = grant_night(request=_ask(they, now), by=they.office, now=now + 5 * DAY)
    assert granted.endorsement is not None
    assert granted.endorsement.valid_from == now + 5 * DAY
    late = _ask(they, now + 5 * DAY, starts_at=now + 6 * DAY, ends_at=now + 7 * DAY)
    with refused(WrongState, "core.period"):
        grant_night(request=late, by=they.office, now=now + 7 * DAY)


def test_night_use_ends_with_the_semester(they: people.People, now: datetime) -> None:
    last = semester_end(now)
    with refused(Invalid, "training.beyond_semester") as met:
        _ask(they, now, ends_at=last + timedelta(seconds=1))
    assert met.details["last"] == last.isoformat()
    assert _ask(they, now, ends_at=last).ends_at == last


def test_a_request_without_its_parts_is_refused(they: people.People, now: datetime) -> None:
    for changes, code in (
        ({"purpose": " "}, "core.reason_required"),
        ({"ends_at": now + DAY}, "core.period"),
        ({"starts_at": now - 2 * DAY, "ends_at": now}, "core.period"),
        ({"buddy": they.alice}, "training.own_buddy"),
        ({"buddy": they.charlie}, "training.buddy_not_cleared"),
    ):
        with refused(Invalid, code):
            _ask(they, now, **changes)
    with refused(NotPermitted, "training.not_own_request"):
        _ask(they, now, by=they.wang)


def test_night_use_needs_a_certificate_and_an_instrument_that_runs_at_night(
    they: people.People, now: datetime
) -> None:
    with refused(WrongState, "training.none"):
        _ask(they, now, user=they.bob, by=they.bob, buddy=they.alice)
    _ask(they, now)
    with refused(WrongState, "training.request_open"):
        _ask(they, now)
    change_instrument(instrument=they.sem, by=they.teng, now=now, night_self_use=False)
    they.sem.refresh_from_db()
    with refused(WrongState, "training.no_night_use"):
        _ask(they, now)
    with refused(WrongState, "training.no_night_use"):
        grant_night(request=NightRequest.objects.get(), by=they.office, now=now)
    assert NightRequest.objects.get().state == "open"


def test_a_request_may_be_refused_given_up_or_overtaken(they: people.People, now: datetime) -> None:
    request = _ask(they, now)
    with refused(Invalid, "core.reason_required"):
        refuse_night(request=request, reason="", by=they.wang, now=now)
    with refused(NotPermitted, "training.own_certificate"):
        refuse_night(request=request, reason="x", by=they.alice, now=now)
    assert refuse_night(request=request, reason="not safe", by=they.wang, now=now).state == "refused"
    second = _ask(they, now)
    with refused(NotPermitted, "training.not_own_request"):
        withdraw_night(request=second, by=they.wang, now=now)
    assert withdraw_night(request=second, by=they.alice, now=now).state == "withdrawn"
    withdraw_certificate(certificate=they.certificate, reason="x", by=they.teng, now=now)
    third = NightRequest.objects.create(
        user=they.alice,
        instrument=they.sem,
        buddy=they.bob,
        starts_at=now,
        ends_at=now + DAY,
        purpose="x",
        requested_at=now,
    )
    assert overtake_night(request=third, reason="certificate gone", now=now).state == "overtaken"
