"""Applying without an account: what is kept, what is told to whom, and how it ends."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.test import Client

from apps.core.errors import Invalid, TooMany, WrongState
from apps.core.models import Fact
from apps.people.admitting import (
    activate_application,
    choose_group,
    link_organisation,
    name_sponsor,
    reject_application,
)
from apps.people.applying import (
    amend_application,
    application_by_token,
    keep_repetition,
    public_state,
    repetitions_of,
    return_application,
    submit_application,
    withdraw_application,
)
from apps.people.models import ApplicationAttempt, RegistrationApplication, User
from apps.people.operations import end_user, suspend_user
from apps.people.queries import active_users, groups_of, user_state
from apps.people.tasks import forget_attempts
from apps.people.throttling import note_attempt
from tests import people
from tests.domain.people.applicants import CHOSEN, NUMBER, applied, company, dan, erin
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_application_keeps_the_password_hashed_and_of_the_link_only_the_digest(now: datetime) -> None:
    they = people.gather(now)
    application, token = submit_application(filled=dan(unit=they.lab), password=CHOSEN, now=now)
    assert check_password(CHOSEN, application.password)
    assert (application.sponsor, application.identity) == (they.wang, f"number:{NUMBER}")
    assert application_by_token(token) == application
    assert application_by_token("guess") is None
    kept = str([list(row.values()) for row in RegistrationApplication.objects.values()])
    kept += str(list(Fact.objects.values_list("payload", flat=True)))
    assert token not in kept
    assert CHOSEN not in kept
    assert told("people.application_submitted") == [{"application": application.ulid}]


def test_the_pending_account_is_nobody_until_it_is_activated(now: datetime) -> None:
    people.gather(now)
    application = applied(dan(), now)
    pending = application.applicant
    assert pending is not None
    assert user_state(pending, now) == "inactive"
    assert pending not in active_users(now)
    assert not User.objects.filter(username=NUMBER).exists()  # nobody's login is taken by asking
    for login in (NUMBER, pending.username):
        assert not Client().login(username=login, password=CHOSEN)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "wizard"}, "people.kind", "kind"),
        ({"number": "1"}, "people.number", "number"),
        ({"number": "12 !"}, "people.number", "number"),
        ({"name_zh": "  "}, "people.name", "name_zh"),
        ({"name_zh": "长" * 61}, "people.too_long", "name_zh"),
        ({"email": "dan"}, "people.email", "email"),
        ({"email": ""}, "people.email", "email"),
        ({"phone": ""}, "people.phone", "phone"),
        ({"sponsor_text": ""}, "people.sponsor", "sponsor_text"),
        ({"terms_version": ""}, "people.terms", "terms_version"),
        ({"wished_until": date(2026, 11, 23)}, "people.wished_until", "wished_until"),
    ],
)
def test_a_form_that_lacks_something_is_refused_at_its_field(
    now: datetime, changes: dict[str, Any], code: str, field: str
) -> None:
    with refused(Invalid, code) as met:
        applied(dan(**changes), now)
    assert met.field == field
    assert not User.objects.exists()


def test_an_external_person_names_an_organisation_and_is_known_by_the_e_mail(now: datetime) -> None:
    with refused(Invalid, "people.organisation") as met:
        applied(erin(organisation_name=" "), now)
    assert met.field == "organisation_name"
    listed = company(now)
    application = applied(erin(organisation_name=" green peak "), now)
    assert (application.identity, application.organisation) == ("email:erin@works.example", listed)
    assert application.number == ""


def test_a_weak_password_is_refused_before_anything_is_kept(now: datetime) -> None:
    for weak in ("short", "password1234", f"{NUMBER}abcde"):
        with refused(Invalid, "people.weak_password") as met:
            submit_application(filled=dan(), password=weak, now=now)
        assert met.field == "password"
    assert not RegistrationApplication.objects.exists()


def test_one_identity_has_one_open_application_however_it_is_written(now: datetime) -> None:
    people.gather(now)
    first = applied(dan(), now)
    with refused(WrongState, "people.application_open"):
        applied(dan(number=" 2026 001 ", email="other@school.example"), now)
    assert User.objects.filter(username__startswith="pending:").count() == 1
    withdraw_application(application=first, now=now)
    applied(dan(), now)


def test_the_database_itself_refuses_a_second_open_one(now: datetime) -> None:
    people.gather(now)
    first = applied(dan(), now)
    other = User.objects.create(username="pending:x", name_zh="x")
    copied = {
        f.name: getattr(first, f.name)
        for f in RegistrationApplication._meta.concrete_fields
        if f.name not in ("id", "ulid", "token_digest", "applicant")
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        RegistrationApplication.objects.create(**copied, token_digest="x", applicant=other)


def test_a_repetition_is_kept_closed_and_answered_like_the_first(now: datetime) -> None:
    people.gather(now)
    first, _token = submit_application(filled=dan(), password=CHOSEN, now=now)
    again, token = keep_repetition(filled=dan(), password=CHOSEN, now=now)
    assert (again.state, again.password, again.applicant) == ("repeated", "", None)
    assert application_by_token(token) == again
    assert public_state(again, now) == public_state(first, now) == "received"
    assert public_state(again, now + 3 * DAY) == "closed"
    assert len(told("people.application_submitted")) == 1
    with refused(Invalid, "people.weak_password"):
        keep_repetition(filled=dan(), password="short", now=now)


def test_a_question_is_answered_by_amending_and_only_then(now: datetime) -> None:
    they = people.gather(now)
    application = applied(dan(sponsor_text="nobody"), now)
    assert application.sponsor is None
    with refused(WrongState, "people.application_not_returned"):
        amend_application(application=application, filled=dan(), now=now)
    with refused(Invalid, "people.question"):
        return_application(application=application, question=" ", now=now)
    return_application(application=application, question="哪位老师担保", now=now)
    application.refresh_from_db()
    assert public_state(application, now) == "question"
    before = application.password
    with refused(Invalid, "people.identity_stays"):
        amend_application(application=application, filled=dan(number="2026002"), now=now)
    amended = amend_application(application=application, filled=dan(sponsor_text="王教授"), now=now + DAY)
    assert (amended.state, amended.question, amended.sponsor) == ("submitted", "", they.wang)
    assert amended.password == before
    assert told("people.application_amended") == [{"application": application.ulid}]


def test_an_amendment_may_choose_another_password(now: datetime) -> None:
    people.gather(now)
    application = applied(dan(), now)
    return_application(application=application, question="?", now=now)
    with refused(Invalid, "people.weak_password"):
        amend_application(application=application, filled=dan(), password="short", now=now)
    amended = amend_application(application=application, filled=dan(), password="eight-other-otters", now=now)
    assert check_password("eight-other-otters", amended.password)


def test_whoever_withdraws_is_forgotten_by_password_and_asked_nothing_more(now: datetime) -> None:
    people.gather(now)
    application = applied(dan(), now)
    withdrawn = withdraw_application(application=application, now=now + DAY)
    assert (withdrawn.password, withdrawn.ended_at) == ("", now + DAY)
    assert public_state(withdrawn, now + DAY) == "withdrawn"
    for act in (withdraw_application,):
        with refused(WrongState, "people.application_closed"):
            act(application=application, now=now + DAY)
    with refused(WrongState, "people.application_closed"):
        return_application(application=application, question="?", now=now)
    with refused(WrongState, "people.application_closed"):
        activate_application(application=application, valid_until=None, renew_by=None, visitor=True, now=now)


def test_the_sponsors_group_takes_the_person_in_and_the_password_opens_the_door(now: datetime) -> None:
    they = people.gather(now)
    application = applied(dan(), now)
    other = people.another_group(they, now)
    with refused(Invalid, "people.group_of_sponsor"):
        choose_group(application=application, group=other, by=they.wang, now=now)
    choose_group(application=application, group=they.group, by=they.wang, now=now)
    user = activate_application(
        application=application,
        valid_until=now + 400 * DAY,
        renew_by=now + 365 * DAY,
        visitor=True,
        now=now,
        source_case="REG-1",
    )
    application.refresh_from_db()
    assert (application.state, application.password, application.source_case) == ("activated", "", "REG-1")
    assert public_state(application, now) == "active"
    assert (user.username, user.phone, user.email) == (NUMBER, "0531-1000", "dan@school.example")
    assert user.is_visitor(now)
    assert list(groups_of(user, now)) == [they.group]
    assert (user.pk, user.unit) == (application.applicant_id, they.group.unit)
    assert Client().login(username=NUMBER, password=CHOSEN)
    assert told("people.application_activated") == [{"application": application.ulid, "user": user.ulid}]


def test_whoever_was_here_before_comes_back_as_the_same_person(now: datetime) -> None:
    they = people.gather(now)
    User.objects.filter(pk=they.bob.pk).update(username=NUMBER)
    end_user(user=they.bob, reason="毕业", by=they.office, now=now)
    application = applied(dan(), now + DAY)
    assert application.applicant == they.bob
    they.bob.refresh_from_db()
    assert not check_password(CHOSEN, they.bob.password)  # asking changes nothing of the account
    user = activate_application(
        application=application, valid_until=None, renew_by=None, visitor=False, now=now + 2 * DAY
    )
    assert user.pk == they.bob.pk
    assert check_password(CHOSEN, user.password)


def test_a_login_that_was_taken_meanwhile_stops_the_activation_and_nothing_else(now: datetime) -> None:
    people.gather(now)
    application = applied(dan(), now)
    User.objects.create(username=NUMBER, name_zh="别人")
    with refused(WrongState, "people.username_taken"):
        activate_application(application=application, valid_until=None, renew_by=None, visitor=True, now=now)
    application.refresh_from_db()
    assert application.is_open
    assert check_password(CHOSEN, application.password)


def test_a_rejection_says_why_unless_that_would_tell_about_others(now: datetime) -> None:
    they = people.gather(now)
    loud = reject_application(application=applied(dan(), now), reason="担保人不认识", by=they.office, now=now)
    assert (public_state(loud, now), loud.outcome_note) == ("closed", "担保人不认识")
    silent = reject_application(
        application=applied(dan(), now), reason="duplicate", by=None, now=now, silent=True
    )
    assert (public_state(silent, now), silent.outcome_note) == ("received", "")
    assert public_state(silent, now + 3 * DAY) == "closed"
    with refused(Invalid, "core.reason_required"):
        reject_application(application=applied(dan(), now), reason=" ", by=None, now=now)


def test_the_office_names_a_sponsor_and_an_organisation(now: datetime) -> None:
    they = people.gather(now)
    application = applied(dan(sponsor_text="?"), now)
    with refused(Invalid, "people.sponsor_leads"):
        name_sponsor(application=application, sponsor=they.teng, by=they.office, now=now)
    suspend_user(user=they.olga, reason="inquiry", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        name_sponsor(application=application, sponsor=they.olga, by=they.office, now=now)
    assert (
        name_sponsor(application=application, sponsor=they.wang, by=they.office, now=now).sponsor == they.wang
    )
    with refused(Invalid, "people.not_external"):
        link_organisation(application=application, organisation=company(now), by=they.office, now=now)


def test_a_sponsor_is_found_only_when_there_is_exactly_one(now: datetime) -> None:
    they = people.gather(now)
    for n, text in enumerate(("teng", "alice", "王", "nobody")):
        assert applied(dan(number=f"N-1{n}", sponsor_text=text), now).sponsor is None
    User.objects.filter(pk=they.teng.pk).update(name_zh="王教授")
    people.another_group(they, now)
    assert applied(dan(number="N-20", sponsor_text="王教授"), now).sponsor is None
    assert applied(dan(number="N-30", sponsor_text=" WANG "), now).sponsor == they.wang


def test_withdrawing_what_was_closed_silently_is_answered_like_withdrawing_what_is_open(
    now: datetime,
) -> None:
    they = people.gather(now)
    silent = reject_application(application=applied(dan(), now), reason="x", by=None, now=now, silent=True)
    loud = reject_application(application=applied(dan(), now), reason="x", by=they.office, now=now)
    applied(dan(), now)
    again, _token = keep_repetition(filled=dan(), password=CHOSEN, now=now)
    for closed, state in ((silent, "rejected"), (again, "repeated")):
        withdrawn = withdraw_application(application=closed, now=now + DAY)
        assert (withdrawn.state, withdrawn.withdrawn_at) == (state, now + DAY)  # what became of it stays
        for late in (now + DAY, now + 30 * DAY):
            assert public_state(withdrawn, late) == "withdrawn"
        with refused(WrongState, "people.application_closed"):
            withdraw_application(application=closed, now=now + DAY)
    with refused(WrongState, "people.application_closed"):
        withdraw_application(application=loud, now=now)
    assert told("people.application_withdrawn") == []
    kept, _token = keep_repetition(filled=dan(), password=CHOSEN, now=now)
    with refused(WrongState, "people.application_closed"):
        withdraw_application(application=kept, now=now + 3 * DAY)  # told to be closed by then


def test_a_repetition_is_told_to_those_who_decide_about_the_open_one(now: datetime) -> None:
    people.gather(now)
    stray, _token = keep_repetition(filled=dan(), password=CHOSEN, now=now - DAY)  # nothing is open
    first = applied(dan(), now)
    again, _token = keep_repetition(filled=dan(email="b@x.example"), password=CHOSEN, now=now + DAY)
    quiet, _token = keep_repetition(filled=dan(), password=CHOSEN, now=now + 2 * DAY, tell=False)
    assert told("people.application_repeated") == [{"application": first.ulid, "repetition": again.ulid}]
    assert list(repetitions_of(first)) == [quiet, again]
    assert stray.state == "repeated"
    withdraw_application(application=first, now=now + 3 * DAY)
    assert list(repetitions_of(applied(dan(), now + 3 * DAY))) == []


def test_the_form_is_taken_so_often_from_one_address_and_told_so_often_for_one_identity(
    now: datetime,
) -> None:
    for n in range(3):
        assert note_attempt(address="192.0.2.1", identity="number:1", now=now + n * timedelta(minutes=1))
    assert not note_attempt(address="192.0.2.2", identity="number:1", now=now + timedelta(hours=2))
    for n in range(7):
        note_attempt(address="192.0.2.1", identity=f"number:{n + 2}", now=now)
    with refused(TooMany, "people.too_many_applications"):
        note_attempt(address="192.0.2.1", identity="number:99", now=now)
    note_attempt(address="192.0.2.1", identity="number:99", now=now + timedelta(minutes=63))
    assert note_attempt(address="192.0.2.1", identity="number:1", now=now + timedelta(hours=27))
    kept = str(list(ApplicationAttempt.objects.values()))
    assert "192.0.2" not in kept
    assert "number:" not in kept


def test_attempts_are_forgotten_after_a_week(present: datetime) -> None:
    note_attempt(address="192.0.2.1", identity="number:1", now=present - 8 * DAY)
    note_attempt(address="192.0.2.1", identity="number:2", now=present - 6 * DAY)
    assert forget_attempts() == 1
    assert ApplicationAttempt.objects.count() == 1
