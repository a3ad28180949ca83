"""What people hear of their certificates and places, and where a notice leads."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.decisions.operations import install_defaults
from apps.notices.models import Notice
from apps.people.models import User
from apps.training.guided import cancel_guided_session
from apps.training.lapsing import lapse_certificates
from apps.training.operations import (
    issue_certificate,
    reinstate_certificate,
    suspend_certificate,
    withdraw_certificate,
)
from apps.training.places import leave_place, take_place
from apps.training.supervised import note_use
from tests.factories import training as make
from tests.people import People
from tests.workflows.trainings import hear
from workflows.training.telling import renewal_page

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _heard(user: User, now: datetime) -> list[str]:
    hear(now)
    found = Notice.objects.filter(user=user, kind__startswith="training.").order_by("id")
    return [kind.removeprefix("training.") for kind in found.values_list("kind", flat=True)]


def test_a_certificate_from_its_beginning_to_its_end(they: People, now: datetime) -> None:
    Notice.objects.all().delete()
    hear(now)
    Notice.objects.all().delete()
    one = they.certificate
    suspend_certificate(certificate=one, reason="incident", by=they.teng, now=now)
    reinstate_certificate(certificate=one, by=they.teng, now=now)
    withdraw_certificate(certificate=one, reason="careless", by=they.teng, now=now)
    assert _heard(they.alice, now) == [
        "certificate_suspended",
        "certificate_reinstated",
        "certificate_withdrawn",
    ]
    assert Notice.objects.get(kind="training.certificate_withdrawn").args["reason"] == "careless"


def test_what_a_case_gave_is_told_and_what_was_imported_is_not(they: People, now: datetime) -> None:
    asked: dict[str, Any] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now,
        "issued_by": None,
        "now": now,
    }
    issue_certificate(**asked, valid_until=now + DAY, source_case="import:1")
    assert _heard(they.bob, now) == []
    issue_certificate(**asked, valid_until=now + 2 * DAY, source_case="case:1")
    assert _heard(they.bob, now) == ["certificate_issued"]


def test_who_gives_it_up_is_not_told_so(they: People, now: datetime) -> None:
    hear(now)
    Notice.objects.all().delete()
    withdraw_certificate(certificate=they.certificate, reason="done", by=they.alice, now=now)
    assert _heard(they.alice, now) == []


def test_the_warning_leads_to_the_renewal_and_names_the_day_of_disuse(they: People, now: datetime) -> None:
    install_defaults(now=now - DAY)
    course = make.course(they, now)
    one = issue_certificate(
        user=they.bob,
        instrument=they.sem,
        level="basic",
        valid_from=now - 100 * DAY,
        valid_until=now + 300 * DAY,
        issued_by=None,
        source_case="import:1",
        now=now - 100 * DAY,
    )
    type(one).objects.filter(pk=one.pk).update(disuse_days=180)
    note_use(user_id=they.bob.pk, instrument_id=they.sem.pk, used_at=now - 90 * DAY)
    lapse_certificates(now=now + 70 * DAY)
    assert _heard(they.bob, now + 70 * DAY)[-1] == "certificate_lapsing"
    notice = Notice.objects.filter(user=they.bob).latest("id")
    assert notice.url == renewal_page(one)
    assert f"course={course.ulid}" in notice.url
    assert "kind=renewal" in notice.url
    assert datetime.fromisoformat(notice.args["until"]) == now + 90 * DAY
    lapse_certificates(now=now + 91 * DAY)
    assert _heard(they.bob, now + 91 * DAY)[-1] == "certificate_lapsed"


def test_without_a_course_there_is_nothing_to_renew(they: People, now: datetime) -> None:
    assert "kind=renewal" not in renewal_page(they.certificate)


def test_seats_are_told_and_so_is_their_loss(they: People, now: datetime) -> None:
    request = make.accepted(they, make.course(they, now), now)
    other = make.session(they, now, capacity=1, participants=(they.alice,))
    place = take_place(session=other, request=request, by=they.bob, now=now)
    assert _heard(they.bob, now) == ["waiting"]
    leave_place(place=place, by=they.bob, now=now)
    cancel_guided_session(session=other, by=they.teng, now=now)
    session = make.session(they, now, requests=(request,))
    assert _heard(they.bob, now) == ["waiting", "place_lost", "seated"]
    cancel_guided_session(session=session, by=they.teng, now=now)
    assert _heard(they.bob, now)[-1] == "place_lost"
