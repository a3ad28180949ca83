"""Whoever presides judges too: the chair of the first panel neither presides over appeals nor hears them."""

from datetime import datetime

import pytest

from apps.core.errors import Invalid
from apps.evaluation import judging
from apps.panels.queries import open_panel
from tests.factories.evaluations import sheet_of
from tests.factories.refusals import refused
from tests.workflows.evaluations import School, answer, answered, hearing_of, noticed, panel, school
from workflows import services
from workflows.evaluation_hearing.asked import eligible

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> School:
    answered(monkeypatch)
    return school(now)


def test_the_chair_of_the_first_panel_does_not_hear_the_appeal(who: School, now: datetime) -> None:
    round_, _case = noticed(who, now)
    judging.raise_appeal(sheet=sheet_of(round_, who.they.sem), reason="an outage", by=who.they.teng, now=now)
    until = round_.notice_until
    assert until is not None
    services.sweep(now=until)
    hearing = hearing_of(round_, "appeal")
    assert who.board.chair not in eligible(hearing, until)
    with refused(Invalid, "evaluation.excluded"):
        answer(
            hearing,
            "form_panel",
            who.board.secretary,
            until,
            data={"members": [who.board.chair, *who.board.members[3:5]], "substitutes": []},
        )
    panel(hearing, who, who.board.members[3:6], until)
    formed = open_panel(f"case:{hearing.ulid}")
    assert formed is not None
    assert formed.chair == who.board.deputy
