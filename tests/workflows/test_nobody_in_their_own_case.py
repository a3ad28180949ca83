"""Nobody acts on the case about themselves: whoever applies for an account, whoever leaves, whoever is to be
suspended, by no verb, no substitution and no delegation. What somebody has asked for themselves they may take
back; what others asked about them they may not.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.decisions.operations import install_defaults
from apps.people.absences import declare_absence
from apps.people.models import HrPerson, User
from apps.people.operations import add_member, end_user, grant_authorization, register_user
from apps.people.queries import user_state
from tests.domain.people.applicants import NUMBER, known_to_hr
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.registering import answer, asked, hear, registering
from tests.workflows.toys import waiting
from workflows import services
from workflows.deregistration.starting import begin_deregistration, begin_suspension
from workflows.models import Case, Step
from workflows.registration.renewal import RenewalFlow
from workflows.verbs import Verb, verbs_of
from workflows.visibility import may_see

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AROUND = {Verb.URGE, Verb.COPY}  # to ask how it goes and to show it: they change nothing


@pytest.fixture
def they(they: People, now: datetime) -> People:
    """The people, and the rules in force."""
    install_defaults(now=now - DAY)
    return they


@pytest.fixture
def pang(they: People, now: datetime) -> User:
    """A manager of the department and a member of Wang's group, who stands in for the office while it is
    away: everything by which somebody could come to decide about people.
    """
    before = now - 30 * DAY
    unit = they.lab.parent
    assert unit is not None
    pang = register_user(username="pang", name_zh="庞老师", kind="staff", unit=unit, now=before)
    add_member(group=they.group, user=pang, by=None, now=before)
    grant_authorization(
        user=pang, kind="manage", scope=f"unit:{unit.ulid}", grantor=they.office, now=now - 20 * DAY
    )
    declare_absence(
        user=they.office,
        substitute=pang,
        valid_from=now - DAY,
        valid_until=now + 30 * DAY,
        by=they.office,
        now=now - 2 * DAY,
    )
    return pang


def _deeds(step: Step, who: User, other: User, now: datetime) -> dict[str, Callable[[], Any]]:
    """Every verb as this person would do it."""
    it: dict[str, Any] = {"step": step, "by": who, "now": now}
    case: dict[str, Any] = {"case": step.case, "by": who, "now": now}
    return {
        "claim": lambda: services.claim(**it),
        "release": lambda: services.release(**it),
        "answer": lambda: services.answer(**it, outcome=step.task.flow_task.choices[0].key, opinion="me"),
        "send_back": lambda: services.send_back(**it, to="revise", reason="me"),
        "transfer": lambda: services.transfer(**it, to=who, reason="me"),
        "transfer to another": lambda: services.transfer(**it, to=other, reason="me"),
        "delegate": lambda: services.delegate(**it, to=other, reason="me"),
        "give_back": lambda: services.give_back(**it, opinion="me"),
        "add_signer": lambda: services.add_signer(**it, user=other, where="before", reason="me"),
        "remove_signer": lambda: services.remove_signer(**it, user=other, reason="me"),
        "withdraw": lambda: services.withdraw(**case),
        "cancel": lambda: services.cancel(**case, reason="me"),
    }


def _does_nothing(case: Case, node: str, who: User, other: User, now: datetime) -> None:
    """The person is not asked, is offered no verb, and none works that is tried all the same."""
    step = waiting(case)[node]
    assert who.username not in asked(case, node)
    assert verbs_of(who, case, step, now) <= AROUND
    for name, deed in _deeds(step, who, other, now).items():
        with pytest.raises(Refusal) as told:
            deed()
        assert told.value.code in {
            "workflows.own_case",
            "workflows.not_yours",
            "workflows.not_applicant",
            "workflows.too_late",
            "people.not_active",
        }, (name, told.value.code)
    step.refresh_from_db()
    case.refresh_from_db()
    assert (step.answered_at, case.is_open) == (None, True)


def _cannot_be_passed_to(case: Case, node: str, who: User, by: User, now: datetime) -> None:
    """Nobody can pass it to them either."""
    step = waiting(case)[node]
    with refused(Invalid, "workflows.not_eligible"):
        services.transfer(step=step, by=by, to=who, now=now, reason="for you")
    with refused(NotPermitted, "workflows.own_case"):
        services.delegate(step=step, by=by, to=who, now=now, reason="for you")


@pytest.mark.parametrize("begin", [begin_deregistration, begin_suspension])
def test_whoever_is_to_leave_or_to_be_suspended_decides_nothing_about_it(
    they: People, pang: User, now: datetime, begin: Callable[..., Case]
) -> None:
    case = begin(user=pang, by=they.wang, now=now, reason="违规")
    assert asked(case, "allow") == {"office"}  # pang stands in for the office: not here
    _does_nothing(case, "allow", pang, they.olga, now)
    _cannot_be_passed_to(case, "allow", pang, they.office, now)
    answer(case, "allow", they.office, now)
    assert user_state(User.objects.get(pk=pang.pk), now) != "active"


def test_pang_would_have_been_asked_about_anybody_else(they: People, pang: User, now: datetime) -> None:
    case = begin_deregistration(user=they.bob, by=they.wang, now=now, reason="离校")
    assert asked(case, "allow") == {"pang"}


def test_whoever_is_suspended_does_not_reinstate_themselves(they: People, pang: User, now: datetime) -> None:
    case = begin_suspension(user=pang, by=they.office, now=now, reason="违规")
    hear(now)
    _does_nothing(case, "keep", pang, they.olga, now)
    assert user_state(pang, now) == "suspended"


def test_a_principal_investigator_who_leaves_does_not_hand_over_to_themselves(
    they: People, now: datetime
) -> None:
    grant_authorization(user=they.wang, kind="manage", scope="school", grantor=they.office, now=now - DAY)
    case = begin_deregistration(user=they.wang, by=they.office, now=now, reason="调离")
    child = Case.objects.get(flow="hand_over")
    assert asked(child, "take") == {"office"}
    _does_nothing(child, "take", they.wang, they.olga, now)
    _cannot_be_passed_to(child, "take", they.wang, they.office, now)
    with refused(Invalid, "deregistration.leaver"):
        answer(child, "take", they.office, now, outcome="complete", successor=they.wang, note="")
    with refused(NotPermitted, "workflows.not_applicant"):
        services.withdraw(case=case, by=they.wang, now=now)
    assert Verb.CANCEL not in verbs_of(they.wang, case, None, now)


def test_a_wish_is_taken_back_by_whoever_had_it(they: People, now: datetime) -> None:
    own = begin_deregistration(user=they.teng, by=they.teng, now=now, reason="调离")
    services.withdraw(case=own, by=they.teng, now=now)
    for begin in (begin_deregistration, begin_suspension):
        asked_for = begin(user=they.bob, by=they.wang, now=now, reason="离组")
        with refused(NotPermitted, "workflows.not_applicant"):
            services.withdraw(case=asked_for, by=they.bob, now=now)
        services.withdraw(case=asked_for, by=they.wang, now=now)
        asked_for.refresh_from_db()
        assert (asked_for.state, user_state(they.bob, now)) == ("withdrawn", "active")
    ordered = begin_suspension(user=they.bob, by=they.office, now=now, reason="违规")
    with refused(NotPermitted, "workflows.not_applicant"):
        services.withdraw(case=ordered, by=they.office, now=now)  # in force: reinstated with an opinion


def test_a_renewal_is_answered_and_not_taken_back(they: People, now: datetime) -> None:
    case = services.start(
        RenewalFlow,
        by=None,
        now=now,
        applicant=they.wang,
        subject_ref=f"user:{they.wang.ulid}",
        unit=they.wang.unit,
        title_args={"name": "王"},
    )
    with refused(NotPermitted, "workflows.not_applicant"):
        services.withdraw(case=case, by=they.wang, now=now)
    answer(case, "ask", they.wang, now, outcome="complete")
    assert asked(case, "confirm") == {"office"}  # he leads the group himself: the office confirms
    _does_nothing(case, "confirm", they.wang, they.olga, now)


def test_an_applicant_without_an_account_can_do_nothing_and_reads_no_case(
    they: People, now: datetime
) -> None:
    application, case = registering(now)
    nobody = application.applicant
    assert nobody is not None
    assert not nobody.has_usable_password()
    _does_nothing(case, "sponsor", nobody, they.olga, now)
    assert list(verbs_of(nobody, case, waiting(case)["sponsor"], now)) == []
    _cannot_be_passed_to(case, "sponsor", nobody, they.wang, now)


def test_whoever_comes_back_decides_nothing_about_it(they: People, pang: User, now: datetime) -> None:
    User.objects.filter(pk=pang.pk).update(username=NUMBER)
    pang.refresh_from_db()
    end_user(user=pang, reason="离校", by=None, now=now)
    hear(now)
    later = now + DAY
    application, case = registering(later)
    assert application.applicant == pang
    assert asked(case, "sponsor") == {"wang"}
    pang.refresh_from_db()
    _does_nothing(case, "sponsor", pang, they.olga, later)


def test_once_activated_the_applicant_reads_the_case_and_still_decides_nothing(
    they: People, now: datetime
) -> None:
    _application, case = registering(now)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    user = User.objects.get(username=NUMBER)
    assert may_see(user, case, now)
    exam = waiting(case)["exam"]
    with refused(WrongState, "workflows.automatic"):
        services.answer(step=exam, by=user, now=now, outcome="complete")
    for deed, code in (
        (
            lambda: services.transfer(step=exam, by=user, to=they.bob, now=now, reason="x"),
            "workflows.of_applicant",
        ),
        (
            lambda: services.delegate(step=exam, by=user, to=they.bob, now=now, reason="x"),
            "workflows.of_applicant",
        ),
        (lambda: services.withdraw(case=case, by=user, now=now), "workflows.too_late"),
    ):
        with refused(WrongState, code):
            deed()
    assert user.is_visitor(now)


@pytest.mark.parametrize("left", [True, False])
def test_a_wish_that_comes_to_nothing_does_not_keep_whom_the_file_no_longer_has(
    they: People, now: datetime, *, left: bool
) -> None:
    case = begin_deregistration(user=they.bob, by=they.wang, now=now, reason="离组")
    known_to_hr(now, number="bob", name_zh="包博")
    if left:
        HrPerson.objects.update(left_at=now)
    services.withdraw(case=case, by=they.wang, now=now)
    hear(now)
    bob = User.objects.get(pk=they.bob.pk)
    assert user_state(bob, now) == ("inactive" if left else "active")
