"""Somebody asks to work at night: three people agree, or one does not, and the domain follows the case."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core.clock import school_time
from apps.core.errors import NotPermitted, WrongState
from apps.people.operations import grant_authorization
from apps.people.posts import appoint_post
from apps.people.queries import user_state
from apps.training.models import NightEndorsement, NightRequest
from apps.training.queries import night_endorsed
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.toys import kinds, owner, waiting, yes
from workflows import services
from workflows.beginning import begin
from workflows.models import Case

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def school(they: People, now: datetime) -> People:
    """The lab has a head, Teng, and a safety officer, Olga."""
    appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    appoint_post(user=they.olga, unit=they.lab, kind="safety_officer", by=they.office, now=now)
    return they


def application(they: People, now: datetime, **changes: Any) -> dict[str, Any]:
    start, end = school_time(now + DAY), school_time(now + 30 * DAY)
    return {
        "instrument": they.sem.asset_no,
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{end:%Y-%m-%dT%H:%M}",
        "buddy": "bob",
        "purpose": "long exposure",
    } | changes


def asked(they: People, now: datetime, **changes: Any) -> Case:
    return begin("night_endorsement", by=they.alice, now=now, raw=application(they, now, **changes))


def test_pi_head_of_lab_and_safety_officer_agree_and_the_night_is_hers(school: People, now: datetime) -> None:
    case = asked(school, now)
    for person, node in ((school.wang, "pi"), (school.teng, "lab_head"), (school.olga, "safety")):
        assert set(waiting(case)) == {node}
        assert owner(case) == person
        yes(case, person, now)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "granted")
    endorsement = NightEndorsement.objects.get(user=school.alice)
    assert endorsement.source_case == f"case:{case.ulid}"
    assert night_endorsed(school.alice, school.sem, now + 2 * DAY, now + 2 * DAY + HOUR)
    assert NightRequest.objects.get().state == "granted"


def test_a_refusal_ends_the_application_with_its_reason(school: People, now: datetime) -> None:
    case = asked(school, now)
    yes(case, school.wang, now)
    step = waiting(case)["lab_head"]
    services.answer(step=step, by=school.teng, now=now, outcome="reject", opinion="the cryostat is new")
    request = NightRequest.objects.get()
    assert (request.state, request.close_reason) == ("refused", "the cryostat is new")
    case.refresh_from_db()
    assert case.outcome == "refused"
    assert not NightEndorsement.objects.exists()


def test_sent_back_she_corrects_it_and_the_deciders_see_the_new_text(school: People, now: datetime) -> None:
    case = asked(school, now)
    yes(case, school.wang, now)
    services.send_back(step=waiting(case)["lab_head"], by=school.teng, now=now, to="revise", reason="shorter")
    services.answer(
        step=waiting(case)["revise"],
        by=school.alice,
        now=now,
        outcome="complete",
        data={
            "starts_at": now + DAY,
            "ends_at": now + 7 * DAY,
            "buddy": school.bob,
            "purpose": "one week",
        },
    )
    assert [dossier.number for dossier in case.dossiers.order_by("number")] == [1, 2]
    assert NightRequest.objects.get().purpose == "one week"
    assert kinds(case) == ["started", "approve", "sent_back", "complete"]
    assert owner(case) == school.wang


def test_the_buddy_decides_nothing_even_as_head_of_the_lab(school: People, now: datetime) -> None:
    case = asked(school, now, buddy="bob")
    NightRequest.objects.update(buddy=school.teng)
    yes(case, school.wang, now)
    step = waiting(case)["lab_head"]
    assert school.teng.pk not in {c.user_id for c in step.candidates.all()}
    with refused(NotPermitted, "workflows.conflict"):
        services.answer(step=step, by=school.teng, now=now, outcome="approve")


def test_withdrawn_it_can_be_asked_for_again(school: People, now: datetime) -> None:
    case = asked(school, now)
    with refused(WrongState, "training.request_open"):
        asked(school, now)
    services.withdraw(case=case, by=school.alice, now=now, reason="not needed")
    assert NightRequest.objects.get().state == "withdrawn"
    assert asked(school, now).number != case.number


def test_cancelled_by_the_office_it_is_overtaken(school: People, now: datetime) -> None:
    case = asked(school, now)
    services.cancel(case=case, by=school.office, now=now, reason="the lab moves")
    assert NightRequest.objects.get().state == "overtaken"


def test_a_period_that_passed_meanwhile_ends_the_case_as_overtaken(school: People, now: datetime) -> None:
    case = asked(school, now)
    yes(case, school.wang, now)
    yes(case, school.teng, now)
    late = now + 31 * DAY
    with refused(WrongState, "workflows.overtaken"):
        yes(case, school.olga, late)
    case.refresh_from_db()
    assert case.state == "overtaken"
    assert NightRequest.objects.get().state == "overtaken"


def test_without_posts_the_superiors_are_asked(they: People, now: datetime) -> None:
    assert user_state(they.office, now) == "active"
    grant_authorization(
        user=they.teng, kind="manage", scope=f"unit:{they.lab.ulid}", grantor=they.office, now=now
    )
    case = asked(they, now)
    yes(case, they.wang, now)
    assert they.teng in [c.user for c in waiting(case)["lab_head"].candidates.select_related("user")]


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(
    school: People, now: datetime, settings: Any
) -> None:
    settings.CLOCK_OFFSET_SECONDS = (now - datetime.now(now.tzinfo)).total_seconds()
    client = Client()
    client.force_login(school.alice)
    typed = application(school, now, buddy="nobody", purpose="a special purpose")
    answer = client.post("/processes/night_endorsement/new/", typed)
    assert answer.status_code == 422
    assert "a special purpose" in answer.content.decode()
    assert not Case.objects.exists()
    done = client.post("/processes/night_endorsement/new/", application(school, now))
    assert done.status_code == 302
    assert client.get(done["Location"]).status_code == 200
