"""The facts of `registration.screen`: what is known about an application, and what the table says."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.core.models import ParameterValue
from apps.decisions.operations import decide, install_defaults
from apps.people.models import RegistrationApplication, User
from apps.people.operations import end_user, suspend_user
from apps.people.organisations import block_organisation
from apps.people.screening import screen_facts
from tests import people
from tests.domain.people.applicants import NUMBER, applied, company, dan, erin, known_to_hr

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _screened(application: RegistrationApplication, now: datetime) -> tuple[str, tuple[str, ...]]:
    """The recorded decision."""
    install_defaults(now=now - DAY)
    facts, sources = screen_facts(application, now)
    decided = decide(
        point="registration.screen",
        facts=facts,
        sources=sources,
        subject_id=application.applicant_id,
        object_ref=f"application:{application.ulid}",
        asked_by="test",
        now=now,
    )
    assert set(decided.record.sources) == set(decided.record.facts)
    return decided.record.outcome, tuple(decided.record.codes)


def test_a_student_in_the_personnel_file_with_a_sponsor_is_accepted(now: datetime) -> None:
    people.gather(now)
    known_to_hr(now)
    application = applied(dan(wished_until=date(2027, 11, 23)), now)
    facts, _sources = screen_facts(application, now)
    assert (facts.hr, facts.wished_days, facts.email_used, facts.account) == ("match", 365, False, "none")
    assert _screened(application, now) == ("accept", ("registration.accepted",))


def test_a_company_with_an_agreement_is_accepted_on_its_last_day_too(now: datetime) -> None:
    company(now, days=1)
    application = applied(erin(), now)
    assert _screened(application, now) == ("accept", ("registration.accepted",))
    assert screen_facts(application, now + DAY)[0].agreement_days_left is None


@pytest.mark.parametrize(
    ("entry", "outcome", "code"),
    [
        ({"number": "2025001"}, "ask_office", "registration.hr_no_record"),
        ({"name_zh": "但"}, "ask_office", "registration.hr_name"),
        ({"name_zh": " 丹·"}, "accept", "registration.accepted"),
        ({"kind": "staff"}, "ask_office", "registration.hr_kind"),
        ({"status": "left"}, "reject", "registration.hr_left"),
        ({"left_at": True}, "reject", "registration.hr_left"),
        ({"valid_until": date(2026, 11, 22)}, "reject", "registration.number_expired"),
        ({"valid_until": date(2026, 11, 23)}, "accept", "registration.accepted"),
        ({"valid_until": None}, "accept", "registration.accepted"),
    ],
)
def test_the_personnel_file_is_asked(now: datetime, entry: dict[str, Any], outcome: str, code: str) -> None:
    people.gather(now)
    known_to_hr(now, **{**entry, **({"left_at": now} if "left_at" in entry else {})})
    assert _screened(applied(dan(), now), now) == (outcome, (code,))


def test_an_account_of_the_same_number_in_force_or_suspended_rejects(now: datetime) -> None:
    they = people.gather(now)
    known_to_hr(now)
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    assert _screened(applied(dan(), now), now) == ("reject", ("registration.duplicate",))
    suspend_user(user=they.bob, reason="欠费", by=None, now=now)
    application = RegistrationApplication.objects.get()
    assert _screened(application, now) == ("reject", ("registration.suspended",))


@pytest.mark.parametrize(
    ("on_file", "code"),
    [
        (" DAN@School.example ", "registration.accepted"),
        ("other@school.example", "registration.hr_email"),
        ("", "registration.email_not_on_file"),
    ],
)
def test_an_e_mail_that_the_school_did_not_know_before_asks_the_office(
    now: datetime, on_file: str, code: str
) -> None:
    people.gather(now)
    known_to_hr(now, email=on_file)
    outcome = "accept" if code == "registration.accepted" else "ask_office"
    assert _screened(applied(dan(), now), now) == (outcome, (code,))


def test_the_e_mail_of_the_old_account_confirms_its_owner_and_nobody_elses(now: datetime) -> None:
    they = people.gather(now)
    known_to_hr(now, email="")
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER, email="Dan@School.example")
    end_user(user=they.bob, reason="毕业", by=None, now=now)
    application = applied(dan(), now + DAY)
    assert screen_facts(application, now + DAY)[0].email == "confirmed"
    application.applicant = they.alice
    assert screen_facts(application, now + DAY)[0].email == "not_on_file"


def test_whoever_comes_back_goes_to_the_office_with_their_own_old_account_only(now: datetime) -> None:
    they = people.gather(now)
    known_to_hr(now)
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    end_user(user=they.bob, reason="毕业", by=None, now=now)
    application = applied(dan(), now + DAY)
    assert _screened(application, now + DAY) == ("ask_office", ("registration.returning",))
    application.applicant = they.alice  # not the account of this number
    assert screen_facts(application, now + DAY)[0].account == "unknown"


def test_a_shared_e_mail_and_a_namesake_at_the_same_company_ask_the_office(now: datetime) -> None:
    they = people.gather(now)
    known_to_hr(now)
    User.objects.filter(pk=they.bob.pk).update(email="DAN@school.example")
    assert _screened(applied(dan(), now), now) == ("ask_office", ("registration.email_used",))
    listed = company(now)
    User.objects.filter(pk=they.charlie.pk).update(organisation=listed, name_zh="艾琳")
    assert _screened(applied(erin(), now), now) == ("ask_office", ("registration.same_person",))


def test_two_open_applications_with_one_e_mail_ask_the_office(now: datetime) -> None:
    people.gather(now)
    known_to_hr(now)
    applied(dan(number="2026777"), now)
    assert _screened(applied(dan(), now), now) == ("ask_office", ("registration.email_used",))


def test_a_blocked_an_unlisted_and_a_contractless_company(now: datetime) -> None:
    application = applied(erin(), now)
    assert _screened(application, now) == ("ask_office", ("registration.organisation_not_listed",))
    listed = company(now, days=0)
    application.organisation = listed
    assert _screened(application, now) == ("ask_office", ("registration.agreement_missing",))
    block_organisation(organisation=listed, reason="欠费", by=None, now=now)
    assert _screened(application, now) == ("reject", ("registration.organisation_blocked",))


def test_an_older_agreement_and_a_sponsor_out_of_force_ask_the_office(now: datetime) -> None:
    they = people.gather(now)
    known_to_hr(now)
    application = applied(dan(), now)
    ParameterValue.objects.create(
        key="people.terms_version", value="2027-1", valid_from=now + DAY, reason="new text"
    )
    assert _screened(application, now + DAY) == ("ask_office", ("registration.terms_outdated",))
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    assert _screened(application, now) == ("ask_office", ("registration.sponsor",))


def test_the_facts_take_few_queries(now: datetime, django_assert_max_num_queries: Any) -> None:
    people.gather(now)
    known_to_hr(now)
    ulid = applied(dan(), now).ulid
    with django_assert_max_num_queries(12):
        screen_facts(RegistrationApplication.objects.get(ulid=ulid), now)
