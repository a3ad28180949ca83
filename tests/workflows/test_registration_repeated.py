"""Several applications under one identity: whoever was first does not hide whose identity it is."""

from datetime import datetime, timedelta

import pytest

from apps.decisions.operations import install_defaults
from apps.people.applying import keep_repetition
from apps.people.models import User
from tests.domain.people.applicants import CHOSEN, NUMBER, applied, dan
from tests.factories.facts import told
from tests.people import People
from tests.workflows.registering import answer, asked, case_of, hear, in_hr, registering
from tests.workflows.toys import waiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
    return they


def test_a_second_application_under_one_number_is_seen_and_looked_at_by_the_office(
    they: People, now: datetime
) -> None:
    """Whoever sends a number first does not hide the person whose number it is."""
    _application, case = registering(now)
    keep_repetition(
        filled=dan(name_en="True Dan", email="true@school.example"), password=CHOSEN, now=now + DAY
    )
    hear(now + DAY)
    hear(now + DAY)
    assert case.dossiers.count() == 2
    section = case.dossiers.latest("number").content["sections"][-1]
    assert section["title"] == "Further applications under this identity"
    assert section["table"]["rows"] == [
        ["2026-11-24 10:00", "丹 (True Dan)", "true@school.example", "0531-1000", "wang"]
    ]
    answer(case, "sponsor", they.wang, now + DAY, group=they.group, until=None)
    assert asked(case, "office") == {"office"}
    keep_repetition(filled=dan(), password=CHOSEN, now=now + 2 * DAY)
    hear(now + 2 * DAY)
    assert len(case.dossiers.latest("number").content["sections"][-1]["table"]["rows"]) == 2
    answer(case, "office", they.office, now + 2 * DAY, outcome="reject", opinion="不是本人")
    assert not User.objects.filter(username=NUMBER).exists()


def test_repetitions_that_nobody_was_told_of_are_shown_when_the_office_is_asked(
    they: People, now: datetime
) -> None:
    application, case = registering(now)
    keep_repetition(filled=dan(), password=CHOSEN, now=now, tell=False)
    hear(now)
    assert case.dossiers.count() == 1
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert waiting(case).keys() == {"office"}
    assert len(case.dossiers.latest("number").content["sections"][-1]["table"]["rows"]) == 1
    answer(case, "office", they.office, now)
    keep_repetition(filled=dan(), password=CHOSEN, now=now)  # the first has become an account
    hear(now)
    assert told("people.application_repeated") == []
    application.refresh_from_db()
    assert application.state == "activated"


def test_a_repetition_that_came_before_the_case_is_found_by_the_screening(
    they: People, now: datetime
) -> None:
    in_hr(now)
    application = applied(dan(), now)
    keep_repetition(filled=dan(), password=CHOSEN, now=now)
    hear(now)
    case = case_of(application)
    assert case.dossiers.latest("number").content["sections"][-1]["title"].startswith("Further applications")
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert waiting(case).keys() == {"office"}
