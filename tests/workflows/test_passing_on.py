"""A step changes hands: claimed, transferred, delegated, signed by more, handed over; never to the
applicant.
"""

from datetime import datetime

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.operations import end_user, suspend_user
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.toys import kinds, owner, three_steps, waiting, yes
from workflows import services
from workflows.models import Case

pytestmark = pytest.mark.django_db


def test_one_candidate_owns_the_step_and_several_may_claim_it(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    assert owner(case) is None
    step = waiting(case)["tutor"]
    services.claim(step=step, by=they.olga, now=now)
    with refused(WrongState, "workflows.taken"):
        services.claim(step=step, by=they.wang, now=now)
    with refused(WrongState, "workflows.taken"):
        services.answer(step=step, by=they.wang, now=now, outcome="approve")
    services.release(step=step, by=they.olga, now=now)
    services.answer(step=step, by=they.wang, now=now, outcome="approve")
    assert kinds(case) == ["started", "claimed", "released", "approve"]
    with refused(WrongState, "workflows.sole_candidate"):
        services.release(step=waiting(case)["lab"], by=they.teng, now=now)


def test_the_applicant_is_never_a_candidate_and_nobody_left_means_the_superior(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now, tutors=[they.alice.pk])
    step = waiting(case)["tutor"]
    assert [c.via for c in step.candidates.all()] == ["superior"]
    assert owner(case) == they.office
    with refused(NotPermitted, "workflows.own_case"):
        services.answer(step=step, by=they.alice, now=now, outcome="approve")


def test_without_even_a_superior_the_step_is_not_made(they: People, now: datetime) -> None:
    suspend_user(user=they.office, reason="x", by=None, now=now)
    with refused(WrongState, "workflows.no_candidate"):
        three_steps(they, now, tutors=[they.alice.pk])
    assert not Case.objects.exists()


def test_a_suspended_candidate_is_passed_over(they: People, now: datetime) -> None:
    suspend_user(user=they.wang, reason="x", by=None, now=now)
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    assert owner(case) == they.olga


def test_a_transfer_stays_within_the_role_or_its_superior(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.olga.pk])
    step = waiting(case)["tutor"]
    for nobody in (they.bob, they.alice, they.charlie):
        with refused(Invalid, "workflows.not_eligible"):
            services.transfer(step=step, by=they.wang, to=nobody, now=now, reason="away")
    services.transfer(step=step, by=they.wang, to=they.olga, now=now, reason="away")
    assert owner(case) == they.olga
    with refused(NotPermitted, "workflows.not_yours"):
        services.transfer(step=step, by=they.bob, to=they.wang, now=now, reason="mine")
    services.transfer(step=step, by=they.office, to=they.office, now=now, reason="urgent")
    assert owner(case) == they.office


def test_a_delegate_gives_an_opinion_and_the_step_comes_back(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    with refused(NotPermitted, "workflows.own_case"):
        services.delegate(step=step, by=they.wang, to=they.alice, now=now, reason="your own")
    with refused(Invalid, "workflows.not_eligible"):
        services.delegate(step=step, by=they.wang, to=they.charlie, now=now, reason="from outside")
    services.delegate(step=step, by=they.wang, to=they.bob, now=now, reason="you know her")
    with refused(WrongState, "workflows.delegated"):
        services.answer(step=step, by=they.bob, now=now, outcome="approve")
    with refused(NotPermitted, "workflows.not_yours"):
        services.answer(step=step, by=they.olga, now=now, outcome="approve")
    services.give_back(step=step, by=they.bob, now=now, opinion="she is careful")
    services.answer(step=step, by=they.wang, now=now, outcome="approve")
    assert kinds(case) == ["started", "delegated", "opinion", "approve"]


def test_a_delegates_opinion_returns_to_somebody_even_when_who_asked_has_left(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    services.delegate(step=step, by=they.wang, to=they.bob, now=now, reason="your view?")
    suspend_user(user=they.wang, reason="x", by=None, now=now)
    services.give_back(step=step, by=they.bob, now=now, opinion="fine")
    assert owner(case) == they.office


def test_a_signer_before_me_gives_an_opinion_first(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="before", reason="safety")
    assert owner(case) == they.olga
    services.remove_signer(step=step, by=they.wang, user=they.olga, now=now, reason="not needed")
    assert owner(case) == they.wang


def test_a_signer_after_me_signs_after_me_and_may_refuse(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="after", reason="safety")
    with refused(WrongState, "workflows.signer_there"):
        services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="after", reason="twice")
    services.answer(step=step, by=they.wang, now=now, outcome="approve")
    assert owner(case) == they.olga
    services.answer(step=step, by=they.olga, now=now, outcome="reject", opinion="no ventilation")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "refused")


def test_a_signer_after_me_can_be_taken_back(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="after", reason="safety")
    with refused(NotPermitted, "workflows.not_yours"):
        services.remove_signer(step=step, by=they.bob, user=they.olga, now=now, reason="x")
    services.remove_signer(step=step, by=they.wang, user=they.olga, now=now, reason="enough")
    yes(case, they.wang, now)
    assert set(waiting(case)) == {"lab"}


def test_there_is_no_seat_beside_outside_a_round(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    with refused(WrongState, "workflows.no_round"):
        services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="beside", reason="x")
    with refused(Invalid, "workflows.where"):
        services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="under", reason="x")


def test_what_waits_for_a_leaver_goes_to_others_and_their_own_cases_end(they: People, now: datetime) -> None:
    mine = three_steps(they, now)
    end_user(user=they.wang, reason="left", by=None, now=now)
    assert services.hand_over(user=they.wang, by=None, now=now, reason="left") == 1
    assert owner(mine) == they.office
    assert services.hand_over(user=they.wang, by=None, now=now, reason="left") == 0
    assert services.hand_over(user=they.alice, by=None, now=now, reason="left", but=mine) == 0
    assert services.hand_over(user=they.alice, by=None, now=now, reason="left") == 1
    mine.refresh_from_db()
    assert (mine.state, mine.reason) == ("cancelled", "left")


def test_many_are_answered_at_once_each_by_itself(they: People, now: datetime) -> None:
    cases = [three_steps(they, now, subject=f"thing:{n}") for n in range(3)]
    steps = [waiting(case)["tutor"] for case in cases]
    services.answer(step=steps[1], by=they.wang, now=now, outcome="approve")
    results = services.batch(
        steps=[*steps, waiting(cases[1])["lab"]], by=they.wang, now=now, outcome="approve", opinion="all fine"
    )
    assert [refusal.code if refusal else None for _, refusal in results] == [
        None,
        "workflows.answered",
        None,
        "workflows.not_in_batch",
    ]


def test_urging_is_rated_and_copying_shows_the_case(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(NotPermitted, "workflows.not_yours"):
        services.urge(case=case, by=they.bob, now=now)
    assert [s.node for s in services.urge(case=case, by=they.alice, now=now)] == ["tutor"]
    with refused(WrongState, "workflows.urged"):
        services.urge(case=case, by=they.alice, now=now)
    assert services.copy(case=case, to=[they.bob, they.bob], by=they.alice, now=now) == [they.bob]
    assert services.copy(case=case, to=[they.bob], by=they.alice, now=now) == []
    with refused(NotPermitted, "workflows.not_yours"):
        services.copy(case=case, to=[they.olga], by=they.bob, now=now)
    with refused(Invalid, "workflows.nobody_to_copy"):
        services.copy(case=case, to=[], by=they.alice, now=now)
