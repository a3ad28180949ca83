"""Registration from the application to the account: whom the rules, the sponsor and the office let in."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from apps.core.clock import end_of_school_day
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import install_defaults
from apps.people.applying import amend_application, public_state, withdraw_application
from apps.people.models import RegistrationApplication, User
from apps.people.operations import end_user, suspend_user
from apps.people.organisations import block_organisation, record_agreement
from apps.people.queries import groups_of, user_state
from apps.training.operations import grant_safety_clearance
from tests.domain.people.applicants import CHOSEN, DAN, NUMBER, applied, company, dan, erin
from tests.factories.facts import told
from tests.factories.refusals import refused
from tests.people import People, another_group
from tests.workflows.registering import answer, asked, case_of, hear, in_hr, registered_dan, registering
from tests.workflows.toys import waiting
from workflows import services
from workflows.models import Case
from workflows.registration.starting import begin_registration
from workflows.visibility import may_see

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
    return they


def _clear(user: User, now: datetime) -> None:
    grant_safety_clearance(
        user=user, valid_from=now, valid_until=now + 365 * DAY, source_case="exam:1", now=now
    )
    hear(now)


def test_a_stranger_is_sponsored_activated_as_a_visitor_and_admitted_after_the_exam(
    they: People, now: datetime
) -> None:
    application, case = registering(now, wished_until=date(2027, 8, 31))
    assert asked(case, "sponsor") == {"wang"}
    assert case.unit == they.group.unit
    answer(case, "sponsor", they.wang, now, group=they.group, until=date(2027, 7, 31))
    user = User.objects.get(username=NUMBER)
    assert (user.pk, user_state(user, now), user.is_visitor(now)) == (
        application.applicant_id,
        "active",
        True,
    )
    assert user.valid_until == end_of_school_day(date(2027, 7, 31))
    assert user.renew_by == user.valid_until  # earlier than a year
    assert list(groups_of(user, now)) == [they.group]
    assert Client().login(username=NUMBER, password=CHOSEN)
    assert waiting(case).keys() == {"exam"}
    _clear(user, now + DAY)
    case.refresh_from_db()
    user.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "activated")
    assert not user.is_visitor(now + DAY)
    record = DecisionRecord.objects.get(point="registration.screen")
    assert (record.outcome, record.object_ref) == ("accept", f"case:{case.ulid}")
    assert [event.kind for event in case.events.order_by("id")] == [
        "started",
        "decided",
        "approve",
        "complete",
        "done",
    ]


def test_a_study_that_ends_before_the_wish_ends_the_registration(they: People, now: datetime) -> None:
    in_hr(now, valid_until=date(2027, 1, 31))
    _application, case = registering(now, hr=False, wished_until=date(2029, 1, 1))
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert User.objects.get(username=NUMBER).valid_until == end_of_school_day(date(2027, 1, 31))


def test_the_exam_may_be_taken_after_the_case_is_closed(they: People, now: datetime) -> None:
    dan_ = registered_dan(they, now)
    late = now + 61 * DAY
    services.sweep(now=late)
    case = Case.objects.get(applicant=dan_)
    assert (case.state, case.outcome) == ("done", "visitor")
    assert dan_.is_visitor(late)
    _clear(dan_, late)
    dan_.refresh_from_db()
    assert not dan_.is_visitor(late)


def test_whoever_is_cleared_already_needs_no_second_exam(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    end_user(user=they.bob, reason="毕业", by=None, now=now)
    hear(now)
    _application, case = registering(now + DAY)
    answer(case, "sponsor", they.wang, now + DAY, group=they.group, until=None)
    answer(case, "office", they.office, now + DAY)
    they.bob.refresh_from_db()
    assert (case.outcome, they.bob.is_visitor(now + DAY)) == ("activated", False)


def test_a_sponsor_who_says_no_is_told_to_the_applicant(they: People, now: datetime) -> None:
    application, case = registering(now)
    with refused(Invalid, "workflows.opinion_required"):
        services.answer(step=waiting(case)["sponsor"], by=they.wang, now=now, outcome="reject")
    answer(case, "sponsor", they.wang, now, outcome="reject", opinion="不认识")
    application.refresh_from_db()
    assert (case.outcome, application.state, application.outcome_note) == ("rejected", "rejected", "不认识")
    assert public_state(application, now) == "closed"
    assert not User.objects.filter(username=NUMBER).exists()


def test_the_group_is_one_that_the_sponsor_leads(they: People, now: datetime) -> None:
    _application, case = registering(now)
    with refused(Invalid, "people.group_of_sponsor"):
        answer(case, "sponsor", they.wang, now, group=another_group(they, now), until=None)
    assert waiting(case).keys() == {"sponsor"}


def test_a_duplicate_is_turned_away_without_telling_a_stranger(they: People, now: datetime) -> None:
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    application, case = registering(now)
    application.refresh_from_db()
    assert (case.outcome, application.state) == ("rejected", "rejected")
    assert public_state(application, now) == "received"
    assert public_state(application, now + 3 * DAY) == "closed"
    assert application.outcome_note == ""
    they.bob.refresh_from_db()
    assert user_state(they.bob, now) == "active"


def test_a_blocked_organisation_is_told_at_once(they: People, now: datetime) -> None:
    block_organisation(organisation=company(now), reason="欠费", by=None, now=now)
    application = applied(erin(), now)
    hear(now)
    application.refresh_from_db()
    assert public_state(application, now) == "closed"
    assert "不能注册" in application.outcome_note


def test_the_office_is_asked_only_where_the_rules_ask_it(they: People, now: datetime) -> None:
    in_hr(now, name_zh="但")
    _application, case = registering(now, hr=False)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert asked(case, "office") == {"office"}
    assert not User.objects.filter(username=NUMBER).exists()
    dossier = case.dossiers.latest("number").content
    assert [row[1] for row in dossier["sections"][1]["table"]["rows"]] == ["registration.hr_name"]
    answer(case, "office", they.office, now)
    assert User.objects.filter(username=NUMBER).exists()


def test_nobody_takes_over_an_ended_account_by_number_and_name(they: People, now: datetime) -> None:
    """A stranger knows both of Bob, who is still in the personnel file, and gives an address of their own."""
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER, email="bob@school.example")
    end_user(user=they.bob, reason="毕业", by=None, now=now)
    in_hr(now, email="bob@school.example")
    _application, case = registering(now + DAY, hr=False, email="stranger@elsewhere.example")
    answer(case, "sponsor", they.wang, now + DAY, group=they.group, until=None)
    assert asked(case, "office") == {"office"}
    they.bob.refresh_from_db()
    assert (user_state(they.bob, now + DAY), they.bob.email) == ("inactive", "bob@school.example")
    _form, earlier, found = case.dossiers.latest("number").content["sections"]
    assert earlier["title"] == "Registered before"
    assert [row["value"] for row in earlier["rows"][:3]] == [NUMBER, "包博 (Bob)", "bob@school.example"]
    assert {row[1] for row in found["table"]["rows"]} == {"registration.hr_email", "registration.returning"}
    assert not Client().login(username=NUMBER, password=CHOSEN)
    answer(case, "office", they.office, now + DAY, outcome="reject", opinion="不是本人")
    they.bob.refresh_from_db()
    assert (user_state(they.bob, now + DAY), they.bob.email) == ("inactive", "bob@school.example")


def test_a_newcomer_whose_e_mail_nothing_confirms_waits_for_the_office(they: People, now: datetime) -> None:
    in_hr(now, email="")
    _application, case = registering(now, hr=False)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert asked(case, "office") == {"office"}
    assert not User.objects.filter(username=NUMBER).exists()


@pytest.mark.parametrize("until", [date(2025, 11, 30), date(2026, 11, 22)])
def test_a_day_that_is_over_is_said_at_the_field_and_ends_nothing(
    they: People, now: datetime, until: date
) -> None:
    _application, case = registering(now)
    with refused(Invalid, "core.period") as met:
        answer(case, "sponsor", they.wang, now, group=they.group, until=until)
    assert met.field == "until"
    assert (case.state, set(waiting(case))) == ("open", {"sponsor"})
    answer(case, "sponsor", they.wang, now, group=they.group, until=date(2026, 11, 23))
    assert User.objects.get(username=NUMBER).valid_until == end_of_school_day(date(2026, 11, 23))
    company(now)
    application = applied(erin(), now)
    hear(now)
    case = case_of(application)
    with refused(Invalid, "core.period") as met:
        answer(case, "contract", they.office, now, organisation="91a", until=until)
    assert (met.field, set(waiting(case))) == ("until", {"contract"})


def test_a_wish_that_ran_out_while_it_waited_wants_another_day(they: People, now: datetime) -> None:
    _application, case = registering(now, wished_until=date(2026, 11, 24))
    late = now + 3 * DAY
    with refused(Invalid, "core.period"):
        answer(case, "sponsor", they.wang, late, group=they.group, until=None)
    answer(case, "sponsor", they.wang, late, group=they.group, until=date(2027, 1, 31))
    assert User.objects.get(username=NUMBER).valid_until == end_of_school_day(date(2027, 1, 31))


def test_where_no_sponsor_was_recognised_the_office_finds_one_and_looks_no_second_time(
    they: People, now: datetime
) -> None:
    _application, case = registering(now, sponsor_text="王老师")
    assert asked(case, "find_sponsor") == {"office"}
    with refused(Invalid, "people.sponsor_leads"):
        answer(case, "find_sponsor", they.office, now, sponsor=they.teng)
    answer(case, "find_sponsor", they.office, now, sponsor=they.wang)
    assert asked(case, "sponsor") == {"wang"}
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert waiting(case).keys() == {"exam"}


def test_a_company_is_checked_against_its_agreement(they: People, now: datetime) -> None:
    application = applied(erin(), now)
    hear(now)
    case = case_of(application)
    assert asked(case, "contract") == {"office"}
    with refused(Invalid, "registration.organisation_unknown"):
        answer(case, "contract", they.office, now, organisation="青峰", until=None)
    listed = company(now, days=0)
    with refused(WrongState, "registration.agreement_missing"):
        answer(case, "contract", they.office, now, organisation="91a", until=None)
    record_agreement(
        organisation=listed, number="HT-1", valid_from=now, valid_until=now + 90 * DAY, by=None, now=now
    )
    answer(case, "contract", they.office, now, organisation="91a", until=None)
    user = User.objects.get(username="erin@works.example")
    assert (user.organisation, user.valid_until, user.is_external) == (listed, now + 90 * DAY, True)
    assert waiting(case).keys() == {"exam"}  # the office looked at the contract: no second look


def test_a_question_goes_to_the_page_behind_the_link_and_the_answer_is_screened_again(
    they: People, now: datetime
) -> None:
    application, case = registering(now)
    services.send_back(step=waiting(case)["sponsor"], by=they.wang, now=now, to="revise", reason="哪个方向")
    hear(now)
    application.refresh_from_db()
    assert (application.state, application.question) == ("returned", "哪个方向")
    amend_application(application=application, filled=dan(purpose="电镜"), now=now + DAY)
    hear(now + DAY)
    assert asked(case, "sponsor") == {"wang"}
    assert case.dossiers.count() == 2
    assert DecisionRecord.objects.filter(point="registration.screen").count() == 2


def test_a_question_that_is_not_answered_closes_the_case(they: People, now: datetime) -> None:
    application, case = registering(now)
    services.send_back(step=waiting(case)["sponsor"], by=they.wang, now=now, to="revise", reason="?")
    hear(now)
    services.sweep(now=now + 60 * DAY)
    application.refresh_from_db()
    case.refresh_from_db()
    assert (case.outcome, application.state) == ("unanswered", "rejected")


def test_whoever_withdraws_ends_the_case_and_whoever_acts_on_it_first_is_told(
    they: People, now: datetime
) -> None:
    application, case = registering(now)
    withdraw_application(application=application, now=now)
    with refused(WrongState, "workflows.overtaken"):
        services.answer(
            step=waiting(case)["sponsor"],
            by=they.wang,
            now=now,
            outcome="approve",
            data={"group": they.group, "until": None},
        )
    case.refresh_from_db()
    assert case.state == "overtaken"
    application, case = registering(now, hr=False)
    withdraw_application(application=application, now=now)
    hear(now)
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert not waiting(case)


def test_a_login_that_was_taken_meanwhile_ends_the_case_as_overtaken(they: People, now: datetime) -> None:
    application, case = registering(now)
    User.objects.create(username=NUMBER, name_zh="别人")
    with refused(WrongState, "workflows.overtaken"):
        answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    case.refresh_from_db()
    application.refresh_from_db()
    assert (case.state, application.state) == ("overtaken", "rejected")


def test_a_case_that_the_office_cancels_closes_the_application(they: People, now: datetime) -> None:
    application, case = registering(now)
    services.cancel(case=case, by=they.office, now=now, reason="测试")
    application.refresh_from_db()
    assert (application.state, application.outcome_note) == ("rejected", "测试")


def test_a_fact_that_comes_twice_or_late_begins_nothing(they: People, now: datetime) -> None:
    application, _case = registering(now)
    assert begin_registration(application=application, now=now) is None
    second = applied(dan(number="2026002"), now)
    withdraw_application(application=second, now=now)
    hear(now)
    assert Case.objects.count() == 1


def test_a_sponsor_who_is_away_or_suspended_is_replaced(they: People, now: datetime) -> None:
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    _application, case = registering(now)
    assert asked(case, "find_sponsor") == {"office"}  # not in force: the rules ask for another


def test_nobody_but_the_sponsor_and_the_office_reads_the_application(they: People, now: datetime) -> None:
    _application, case = registering(now)
    assert [may_see(who, case, now) for who in (they.wang, they.office)] == [True, True]
    assert [may_see(who, case, now) for who in (they.alice, they.teng, they.charlie)] == [False] * 3
    with refused(NotPermitted, "workflows.not_yours"):
        answer(case, "sponsor", they.teng, now, group=they.group, until=None)


def test_every_applicant_hears_by_one_fact_what_became_of_them(they: People, now: datetime) -> None:
    application, case = registering(now)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    assert told("people.application_activated") == [
        {"application": application.ulid, "user": User.objects.get(username=NUMBER).ulid}
    ]
    assert RegistrationApplication.objects.get().source_case == case.number
    assert DAN["email"] == User.objects.get(username=NUMBER).email
