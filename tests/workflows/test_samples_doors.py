"""Whatever door somebody takes (a page, a program, a link), the case follows: each question that was answered
elsewhere is answered in it too.
"""

from datetime import timedelta

import pytest

from apps.samples.acceptance import accept_samples
from apps.samples.custody import return_sample
from apps.samples.drafting import submit_request
from apps.samples.models import Objection
from apps.samples.objecting import close_request, decide_objection, object_to, rate_request
from apps.samples.quoting import confirm_quote, quote_request
from apps.samples.releasing import release_results
from apps.samples.testing import check_result
from tests.factories.samples import Lab, lab, row, samples_of
from tests.workflows.test_samples import agreed, at, handed_in, heard, measured, place, say
from workflows.models import Case

__all__ = ["place"]
pytestmark = pytest.mark.django_db


def test_from_the_draft_to_the_end_without_one_answer_in_the_case(place: Lab) -> None:
    they, now = place.they, place.now
    request = submit_request(request=place.drafted(1), by=they.alice, now=now)
    heard(place)
    case = Case.objects.get()
    assert at(case) == {"offer"}
    offer = quote_request(request=request, instrument=place.sem, by=they.olga, now=now)
    heard(place)
    assert at(case) == {"agree"}
    request = confirm_quote(request=request, offer=offer, fund=place.fund, by=they.alice, now=now)
    heard(place)
    assert at(case) == {"test"}
    measured(place, request)
    assert (at(case), request.state) == ({"verdict"}, "released")
    object_to(sample=samples_of(request)[0], reason="too coarse", by=they.alice, now=now)
    heard(place)
    assert at(case) == {"objection"}
    decide_objection(objection=Objection.objects.get(), uphold=True, why="yes", by=they.teng, now=now)
    heard(place)
    assert at(case) == {"test"}
    measured(place, request)
    assert at(case) == {"verdict"}
    rate_request(request=request, stars=4, by=they.alice, now=now)
    close_request(request=request, by=they.alice, now=now)
    heard(place)
    assert at(case) == {"give_back"}
    return_sample(sample=samples_of(request)[0], by=they.olga, now=now)
    heard(place)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "closed")


def test_an_objection_that_is_rejected_elsewhere_asks_for_the_judgement_again(place: Lab) -> None:
    request, case = agreed(place)
    measured(place, request)
    object_to(sample=samples_of(request)[0], reason="too coarse", by=place.they.alice, now=place.now)
    heard(place)
    decide_objection(
        objection=Objection.objects.get(), uphold=False, why="it is", by=place.they.teng, now=place.now
    )
    heard(place)
    assert at(case) == {"verdict"}


def test_the_question_to_the_crew_is_answered_by_accepting(place: Lab) -> None:
    request, case = handed_in(place, row("A", magnetic=True))
    assert at(case) == {"question"}
    accept_samples(request=request, by=place.they.olga, now=place.now, handling="far from the lens")
    heard(place)
    assert at(case) == {"offer"}
    request.refresh_from_db()
    assert (request.acceptance, request.handling) == ("special", "far from the lens")


def test_an_offer_that_nobody_wanted_is_not_taken_for_the_next_one(place: Lab) -> None:
    they, now = place.they, place.now
    request, case = handed_in(place)
    quote_request(request=request, instrument=place.sem, by=they.olga, now=now)
    heard(place)
    say(case, they.alice, "again", now, opinion="sooner, please")
    heard(place)
    assert at(case) == {"offer"}
    later = now + timedelta(minutes=1)
    quote_request(request=request, instrument=place.sem, by=they.olga, now=later)
    heard(place, later)
    assert at(case) == {"agree"}


def test_a_check_and_a_release_by_another_door_are_followed(now: object) -> None:
    place = lab(now, needs_check=True)  # type: ignore[arg-type]
    request, case = agreed(place)
    measured(place, request)
    assert at(case) == {"check"}
    check_result(sample=samples_of(request)[0], passed=True, by=place.they.teng, now=place.now)
    release_results(request=request, by=place.they.teng, now=place.now)
    heard(place)
    assert at(case) == {"verdict"}


def test_steps_that_are_done_elsewhere_lead_there(place: Lab) -> None:
    request, case = agreed(place)
    step = case.steps.get(node="test")
    assert step.task.flow_task.link(case).endswith(f"/samples/requests/{request.ulid}/")
