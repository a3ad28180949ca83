"""Nobody judges in their own case, by any verb, in any state of a fee review: not the author, not another
manager of the instrument, not whoever is tied to it, not whoever has recused.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, Refusal
from apps.instruments.operations import appoint_crew
from apps.panels.operations import appoint_seat
from apps.people.absences import declare_absence
from apps.people.models import User
from apps.people.operations import grant_authorization
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import (
    APPROVE,
    DAY,
    School,
    accept,
    agreed,
    answer,
    at,
    invited,
    noticed,
    seat,
    sent,
    step_of,
    vote,
    voting,
)
from tests.workflows.toys import waiting
from workflows import services
from workflows.fee_review import acts, asked
from workflows.fee_review.conflicts import proposal_for
from workflows.models import Case, Step
from workflows.verbs import Verb, verbs_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AROUND = {Verb.URGE, Verb.COPY, Verb.WITHDRAW}
NOT_THEIRS = {
    *("workflows.own_case", "workflows.not_yours", "workflows.conflict", "workflows.not_applicant"),
    *("workflows.personal", "workflows.of_applicant", "workflows.no_signers", "workflows.no_way_back"),
}


def deeds(step: Step, who: User, other: User, now: datetime) -> dict[str, Callable[[], Any]]:
    """Every verb as this person would do it."""
    it: dict[str, Any] = {"step": step, "by": who, "now": now}
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
        "cancel": lambda: services.cancel(case=step.case, by=who, now=now, reason="me"),
    }


def does_nothing(case: Case, who: User, other: User, now: datetime) -> None:
    """Of every step that waits and is not the applicant's own."""
    for step in list(case.steps.filter(answered_at__isnull=True).select_related("task", "case")):
        if step.task.flow_task.of_applicant:
            continue
        assert not step.candidates.filter(user=who).exists(), step.node
        assert verbs_of(who, case, step, now) <= AROUND, step.node
        for name, deed in deeds(step, who, other, now).items():
            with pytest.raises(Refusal) as told:
                deed()
            assert told.value.code in NOT_THEIRS, (step.node, name, told.value.code)
        step.refresh_from_db()
        assert step.answered_at is None


@pytest.fixture
def mighty(who: School, now: datetime) -> User:
    """The author, with everything by which somebody could come to decide: manager of the department, and of
    the school, substitute of the head, of finance and of the secretary, member of the committee.
    """
    they, author, before = who.they, who.manager, now - 20 * DAY
    unit = they.lab.parent
    assert unit is not None
    for scope in (f"unit:{unit.ulid}", "school"):
        grant_authorization(user=author, kind="manage", scope=scope, grantor=they.office, now=before)
    for absent in (who.head, who.finance, who.board.secretary, who.board.chair):
        declare_absence(
            user=absent,
            substitute=author,
            valid_from=now,
            valid_until=now + 90 * DAY,
            by=absent,
            now=before,
        )
    appoint_seat(
        committee=who.board.committee,
        user=author,
        role="member",
        valid_from=before,
        valid_until=now + 300 * DAY,
        source_case="test",
        by=None,
        now=before,
    )
    return author


def test_the_author_decides_nothing_in_any_state(who: School, mighty: User, now: datetime) -> None:
    case = sent(who, now)
    other = who.they.office
    does_nothing(case, mighty, other, now)
    answer(case, "department", who.head, now, "approve")
    does_nothing(case, mighty, other, now)
    answer(case, "finance", who.finance, now, "approve")
    does_nothing(case, mighty, other, now)
    proposed = proposal_for(case, now)
    assert mighty in [one.user for one in proposed.excluded]
    assert mighty not in [one.user for one in proposed.eligible]
    with refused(Invalid, "fee_review.excluded"):
        answer(
            case,
            "form_panel",
            who.board.secretary,
            now,
            members=[mighty, *who.board.members[:2]],
            substitutes=[],
        )
    invited(who, case, now)
    does_nothing(case, mighty, other, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    does_nothing(case, mighty, other, now)
    for act in (acts.close_round, acts.extend_round):
        extra: dict[str, Any] = {"until": now + 90 * DAY} if act is acts.extend_round else {}
        with pytest.raises(Refusal):
            act(case=case, by=mighty, reason="me", now=now, **extra)
    with pytest.raises(Refusal):
        acts.substitute(case=case, seat=seat(case, who.board.members[0]), reason="me", by=mighty, now=now)
    for user in who.board.members[:2]:
        vote(case, user, now, APPROVE)
    assert at(case) == ""


def test_nor_does_another_manager_of_the_instrument(who: School, now: datetime) -> None:
    appoint_crew(instrument=who.sem, user=who.head, role="manager", by=who.they.office, now=now - DAY)
    case = sent(who, now)
    does_nothing(case, who.head, who.they.office, now)
    assert waiting(case)["department"].candidates.exists()


def test_whoever_objects_does_not_answer_their_objection(who: School, now: datetime) -> None:
    case = noticed(who, now)
    notice = asked.notice_of(case)
    assert notice is not None
    from_secretary = acts.object_against(
        notice=notice, reason="秘书本人异议", by=who.board.secretary, now=now
    )
    step = step_of(case, "objection")
    assert not step.candidates.filter(user=who.board.secretary).exists()
    with pytest.raises(NotPermitted):
        services.answer(step=step, by=who.board.secretary, now=now, outcome="dismiss", opinion="我")
    answer(case, "objection", who.they.office, now, "dismiss", "不成立", step=step)
    from_secretary.refresh_from_db()
    assert from_secretary.answered_by == who.they.office


def test_whoever_has_recused_is_not_called_again(who: School, now: datetime) -> None:
    case = voting(who, now)
    recused = who.board.members[0]
    acts.recuse(case=case, by=recused, reason="同组", now=now)
    with refused(NotPermitted, "panels.not_your_seat"):
        acts.recuse(case=case, by=who.they.bob, reason="我", now=now)
    services.send_back(
        step=_chair_step(case, who, now), by=who.board.chair, now=now, to="revise", reason="补材料"
    )
    assert recused not in [one.user for one in proposal_for(case, now).eligible]


def test_a_chair_in_conflict_does_not_preside(who: School, now: datetime) -> None:
    appoint_crew(instrument=who.sem, user=who.board.chair, role="operator", by=who.they.office, now=now - DAY)
    case = agreed(who, sent(who, now), now)
    panel = invited(who, case, now)
    assert panel.chair == who.board.deputy


def _chair_step(case: Case, who: School, now: datetime) -> Step:
    m = who.board.members
    accept(case, m[3], now, node="stand_in")
    for user, choice in zip(m[1:4], ("approve", "reject", "abstain"), strict=True):
        vote(case, user, now, {"choice": choice})
    return step_of(case, "name_price")
