"""What somebody without an account hears of their application, by mail: a question, the end, the welcome; and
nothing that would tell whether somebody else has an account.
"""

from datetime import datetime, timedelta

import pytest

from apps.decisions.operations import install_defaults
from apps.notices.models import Dispatch
from apps.people.models import RegistrationApplication, User
from tests.domain.people.applicants import DAN, NUMBER
from tests.people import People
from tests.workflows.registering import answer, hear, registering
from tests.workflows.toys import waiting
from workflows import services

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
    return they


def _mails(application: RegistrationApplication) -> list[str]:
    """The kinds of what goes to the applicant's address, in order."""
    assert application.applicant is not None
    rows = Dispatch.objects.filter(notice__user=application.applicant, channel="email").order_by("id")
    assert User.objects.get(pk=application.applicant.pk).email == DAN["email"]
    return [row.notice.kind for row in rows.select_related("notice")]


def test_a_question_is_mailed(they: People, now: datetime) -> None:
    application, case = registering(now)
    services.send_back(step=waiting(case)["sponsor"], by=they.wang, now=now, to="revise", reason="哪个方向")
    hear(now)
    assert _mails(application) == ["account.question"]


def test_a_rejection_is_mailed(they: People, now: datetime) -> None:
    application, case = registering(now)
    answer(case, "sponsor", they.wang, now, outcome="reject", opinion="不认识")
    assert _mails(application) == ["account.rejected"]


def test_the_welcome_is_mailed(they: People, now: datetime) -> None:
    application, case = registering(now)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert _mails(application)[0] == "account.activated"


def test_a_duplicate_is_turned_away_without_a_mail(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    application, case = registering(now)
    assert case.outcome == "rejected"
    assert _mails(application) == []
