"""Safety clearances, night endorsements, and hours under a trainer's eye."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.operations import change_instrument
from apps.people.operations import grant_authorization
from apps.training.models import GuidedSession
from apps.training.operations import (
    cancel_guided_session,
    endorse_night,
    grant_safety_clearance,
    revoke_night_endorsement,
    revoke_safety_clearance,
    schedule_guided_session,
)
from apps.training.queries import guided_between, night_endorsed, safety_clearances_of, safety_until
from tests import people
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_a_safety_clearance_is_given_by_the_office_and_never_to_oneself(now: datetime) -> None:
    they = people.gather(now)
    asked: dict[str, Any] = {
        "valid_from": now,
        "valid_until": now + DAY,
        "source_case": "safety:1",
        "now": now,
    }
    for who in (they.teng, they.wang):
        with refused(NotPermitted, "people.office_only"):
            grant_safety_clearance(user=they.charlie, by=who, **asked)
    with refused(NotPermitted, "training.own_certificate"):
        grant_safety_clearance(user=they.office, by=they.office, **asked)
    with refused(Invalid, "training.source_case"):
        grant_safety_clearance(user=they.charlie, **{**asked, "source_case": ""})
    with refused(Invalid, "core.period"):
        grant_safety_clearance(user=they.charlie, **{**asked, "valid_until": now})
    clearance = grant_safety_clearance(user=they.charlie, by=they.office, **asked)
    assert grant_safety_clearance(user=they.charlie, by=they.office, **asked) == clearance
    assert safety_until(they.charlie, now) == now + DAY
    assert safety_until(they.charlie, now + DAY) is None
    assert list(safety_clearances_of(they.charlie)) == [clearance]
    assert told("training.clearance_changed")[-1] == {"user": they.charlie.ulid}


def test_a_revoked_clearance_is_over_and_revoked_once(now: datetime) -> None:
    they = people.gather(now)
    [clearance] = they.alice.safety_clearances.all()
    with refused(NotPermitted, "people.office_only"):
        revoke_safety_clearance(clearance=clearance, reason="x", by=they.teng, now=now)
    with refused(Invalid, "core.reason_required"):
        revoke_safety_clearance(clearance=clearance, reason="", by=they.office, now=now)
    revoke_safety_clearance(clearance=clearance, reason="rules broken", by=they.office, now=now)
    assert safety_until(they.alice, now) is None
    with refused(WrongState, "training.clearance_over"):
        revoke_safety_clearance(clearance=clearance, reason="again", by=they.office, now=now)


def test_an_endless_clearance_outlasts_any_question(now: datetime) -> None:
    they = people.gather(now)
    grant_safety_clearance(
        user=they.charlie, valid_from=now, valid_until=None, source_case="safety:1", now=now
    )
    until = safety_until(they.charlie, now)
    assert until is not None
    assert until.year == 9999


def test_a_night_endorsement_is_given_by_whoever_holds_the_right_to_manage(now: datetime) -> None:
    they = people.gather(now)
    asked: dict[str, Any] = {
        "instrument": they.sem,
        "valid_from": now,
        "valid_until": now + DAY,
        "source_case": "night:1",
        "now": now,
    }
    with refused(NotPermitted, "instruments.not_authorized"):
        endorse_night(user=they.alice, by=they.teng, **asked)
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    with refused(NotPermitted, "training.own_certificate"):
        endorse_night(user=they.wang, by=they.wang, **asked)
    with refused(Invalid, "training.source_case"):
        endorse_night(user=they.alice, **{**asked, "source_case": ""})
    endorsement = endorse_night(user=they.alice, by=they.wang, **asked)
    assert endorse_night(user=they.alice, by=they.wang, **asked) == endorsement
    assert night_endorsed(they.alice, they.sem, now, now + DAY)
    assert not night_endorsed(they.alice, they.sem, now, now + DAY + HOUR)
    assert told("training.endorsement_changed") == [{"user": they.alice.ulid, "instrument": they.sem.ulid}]


def test_a_night_endorsement_ends_once_and_may_be_given_up(now: datetime) -> None:
    they = people.gather(now)
    endorsement = endorse_night(
        user=they.alice,
        instrument=they.sem,
        valid_from=now,
        valid_until=None,
        source_case="night:1",
        now=now,
    )
    with refused(NotPermitted, "instruments.not_authorized"):
        revoke_night_endorsement(endorsement=endorsement, reason="x", by=they.bob, now=now)
    revoke_night_endorsement(endorsement=endorsement, reason="tired", by=they.alice, now=now)
    assert not night_endorsed(they.alice, they.sem, now, now + HOUR)
    with refused(WrongState, "training.endorsement_over"):
        revoke_night_endorsement(endorsement=endorsement, reason="again", by=they.office, now=now)


def test_an_instrument_that_is_not_used_at_night_gives_no_endorsement(now: datetime) -> None:
    they = people.gather(now)
    sem = change_instrument(instrument=they.sem, by=they.teng, now=now, night_self_use=False)
    with refused(WrongState, "training.no_night_use"):
        endorse_night(
            user=they.alice,
            instrument=sem,
            valid_from=now,
            valid_until=None,
            source_case="night:1",
            now=now,
        )


def _schedule(they: people.People, now: datetime, **changes: Any) -> GuidedSession:
    asked: dict[str, Any] = {
        "kind": "training",
        "instrument": they.sem,
        "leader": they.teng,
        "participants": [they.bob],
        "starts_at": now + HOUR,
        "ends_at": now + 3 * HOUR,
        "by": they.teng,
    }
    return schedule_guided_session(**{**asked, **changes}, now=now)


def test_a_trainer_schedules_a_session_for_several_trainees(now: datetime) -> None:
    they = people.gather(now)
    session = _schedule(they, now, participants=[they.bob, they.charlie])
    assert set(session.participants.all()) == {they.bob, they.charlie}
    assert list(guided_between(they.sem.pk, now, now + 2 * HOUR)) == [session]
    assert not guided_between(they.sem.pk, now, now + HOUR).exists()
    assert told("training.session_changed") == [{"instrument": they.sem.ulid}]


def test_two_sessions_of_one_instrument_never_overlap_but_may_touch(now: datetime) -> None:
    they = people.gather(now)
    first = _schedule(they, now)
    with refused(WrongState, "training.guided_overlap") as met:
        _schedule(they, now, starts_at=now + 2 * HOUR, ends_at=now + 4 * HOUR)
    assert met.details["ends_at"] == first.ends_at.isoformat()
    _schedule(they, now, starts_at=now + 3 * HOUR, ends_at=now + 4 * HOUR)
    cancel_guided_session(session=first, by=they.teng, now=now)
    _schedule(they, now)


def test_a_session_without_its_parts_is_refused(now: datetime) -> None:
    they = people.gather(now)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "party"}, "training.guided_kind"),
        ({"ends_at": now + HOUR}, "core.period"),
        ({"starts_at": now - 2 * HOUR, "ends_at": now}, "training.guided_past"),
        ({"participants": []}, "training.no_participants"),
        ({"participants": [they.teng]}, "training.own_trainer"),
        ({"leader": they.olga}, "training.not_trainer"),
        ({"kind": "teaching", "leader": they.alice}, "training.not_teacher"),
    ]
    for changes, code in wrong:
        with refused(Invalid, code):
            _schedule(they, now, **changes)
    for who in (they.bob, they.olga, they.wang):
        with refused(NotPermitted, "training.not_crew"):
            _schedule(they, now, by=who)
    assert not GuidedSession.objects.exists()


def test_a_course_is_led_by_any_responsible_teacher(now: datetime) -> None:
    they = people.gather(now)
    session = _schedule(they, now, kind="teaching", leader=they.wang)
    with refused(NotPermitted, "training.not_crew"):
        cancel_guided_session(session=session, by=they.bob, now=now)
    cancel_guided_session(session=session, by=they.wang, now=now, reason="ill")
    with refused(WrongState, "training.guided_over"):
        cancel_guided_session(session=session, by=they.teng, now=now)


def test_a_session_that_is_over_is_not_cancelled(now: datetime) -> None:
    they = people.gather(now)
    session = _schedule(they, now)
    with refused(WrongState, "training.guided_over"):
        cancel_guided_session(session=session, by=they.teng, now=now + 3 * HOUR)
