"""Who has a sample: one chain without a gap, a named holder at every moment, and a database that sees to
it.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.operations import appoint_crew
from apps.samples.custody import (
    dispose_sample,
    move_sample,
    receive_sample,
    return_sample,
    transfer_sample,
)
from apps.samples.ending import call_due, call_last, withdraw_samples
from apps.samples.models import Custody, Sample, SampleRequest
from apps.samples.objecting import object_to
from apps.samples.queries import chain_of, held_by
from apps.samples.queueing import (
    drop_sample,
    hold_sample,
    move_in_queue,
    order_queue,
    queue_of,
    resume_sample,
)
from apps.samples.releasing import release_results
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.factories.samples import Lab, offered, samples_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_received_sample_has_a_holder_and_a_place_in_the_queue(place: Lab) -> None:
    request = place.confirmed(1)
    [sample] = samples_of(request)
    for who, code in ((place.they.bob, "samples.crew_only"), (place.they.alice, "samples.own_request")):
        with refused(NotPermitted, code):
            receive_sample(sample=sample, by=who, now=place.now)
    got = receive_sample(
        sample=sample, by=place.they.olga, now=place.now, weight_mg=1200, place="box 3", note="dry"
    )
    assert (got.state, got.custody, got.holder, got.custody_seq) == ("queued", "crew", place.they.olga, 1)
    [link] = chain_of(sample)
    assert (link.weight_mg, link.place, link.note, link.condition) == (1200, "box 3", "dry", "good")
    assert told("samples.sample_received") == [{"sample": sample.ulid, "request": request.ulid}]
    with refused(WrongState, "samples.received"):
        receive_sample(sample=sample, by=place.they.olga, now=place.now)
    assert list(held_by(place.they.olga)) == [sample]


@pytest.mark.parametrize(
    ("condition", "held"), [("damaged", "damaged"), ("leaking", "damaged"), ("unlabelled", "unlabelled")]
)
def test_what_arrives_in_a_bad_state_waits(place: Lab, condition: str, held: str) -> None:
    [sample] = samples_of(place.confirmed(1))
    got = receive_sample(sample=sample, by=place.they.olga, now=place.now, condition=condition)
    assert (got.state, got.held) == ("received", held)
    resumed = resume_sample(sample=sample, by=place.they.teng, now=place.now)
    assert (resumed.state, resumed.held) == ("queued", "")


def test_nothing_is_received_before_it_was_agreed_to(place: Lab) -> None:
    for request in (place.submitted(1), place.quoted(1)):
        with refused(WrongState, "samples.not_agreed"):
            receive_sample(sample=samples_of(request)[0], by=place.they.olga, now=place.now)
    [sample] = samples_of(place.confirmed(1))
    with refused(Invalid, "samples.condition"):
        receive_sample(sample=sample, by=place.they.olga, now=place.now, condition="tasty")
    with refused(Invalid, "samples.weight"):
        receive_sample(sample=sample, by=place.they.olga, now=place.now, weight_mg=0)


def test_only_the_crew_holds_and_stores_it(place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    asked: dict[str, Any] = {"sample": sample, "by": place.they.olga, "now": place.now}
    with refused(Invalid, "samples.holder"):
        move_sample(**asked, holder=place.they.bob)
    with refused(Invalid, "samples.place"):
        move_sample(**asked, holder=place.they.teng, stored=True)
    stored = move_sample(**asked, holder=place.they.teng, stored=True, place="fridge 2")
    assert (stored.custody, stored.holder, stored.state) == ("stored", place.they.teng, "queued")
    assert [link.state for link in chain_of(sample)] == ["crew", "stored"]
    with refused(NotPermitted, "samples.crew_only"):
        move_sample(**{**asked, "by": place.they.wang}, holder=place.they.teng)


def test_a_sample_that_moves_to_a_sister_is_with_its_sender_until_it_arrives(place: Lab) -> None:
    twin = sister(place.sem, "QY990001", place.now, service_modes="S T")
    other = sister(place.sem, "QY990002", place.now, service_modes="S")
    appoint_crew(instrument=twin, user=place.they.bob, role="operator", by=place.they.office, now=place.now)
    [sample] = samples_of(place.received(1))
    asked: dict[str, Any] = {"sample": sample, "by": place.they.olga, "now": place.now, "reason": "broken"}
    for wrong in (other, place.sem):
        with refused(Invalid, "samples.sister"):
            transfer_sample(**asked, instrument=wrong)
    sent = transfer_sample(**asked, instrument=twin)
    assert (sent.custody, sent.holder, sent.state) == ("transit", place.they.olga, "received")
    with refused(NotPermitted, "samples.crew_only"):
        hold_sample(sample=sample, reason="other", by=place.they.olga, now=place.now)
    got = receive_sample(sample=sample, by=place.they.bob, now=place.now)
    assert (got.custody, got.holder, got.state, got.instrument) == ("crew", place.they.bob, "queued", twin)
    assert list(queue_of(place.sem)) == []
    assert list(queue_of(twin)) == [sample]
    not_here = samples_of(place.confirmed(1))[0]
    moved = transfer_sample(**{**asked, "sample": not_here}, instrument=twin)
    assert (moved.custody, moved.custody_seq, moved.instrument) == ("requester", 0, twin)


def test_the_crew_orders_the_queue_and_a_rush_goes_first(place: Lab) -> None:
    first, second, third = samples_of(place.received(3))
    [rush] = samples_of(place.received(1, rush=True))
    assert list(queue_of(place.sem)) == [rush, first, second, third]
    asked: dict[str, Any] = {"instrument": place.sem, "by": place.they.olga, "now": place.now}
    for _again in range(2):
        assert order_queue(**asked, samples=[third, first]) == [rush, third, first, second]
    with refused(Invalid, "samples.twice"):
        order_queue(**asked, samples=[first, first])
    with refused(Invalid, "samples.not_queued"):
        order_queue(**asked, samples=samples_of(place.confirmed(1)))
    with refused(NotPermitted, "samples.crew_only"):
        order_queue(**{**asked, "by": place.they.alice}, samples=[first])


def test_a_sample_waits_for_a_reason_that_is_told(place: Lab) -> None:
    request = place.received(1)
    [sample] = samples_of(request)
    asked: dict[str, Any] = {"sample": sample, "by": place.they.olga, "now": place.now}
    with refused(Invalid, "samples.hold_reason"):
        hold_sample(**asked, reason="mood")
    held = hold_sample(**asked, reason="unclear", note="which side?")
    assert (held.held, held.held_note) == ("unclear", "which side?")
    with refused(WrongState, "samples.held"):
        hold_sample(**asked, reason="unclear")
    assert resume_sample(**asked).held == ""
    with refused(WrongState, "samples.not_held"):
        resume_sample(**asked)


def test_dropping_the_last_one_that_was_waited_for_ends_the_tests(place: Lab) -> None:
    request = place.received(2)
    first, second = samples_of(request)
    asked: dict[str, Any] = {"by": place.they.olga, "now": place.now, "reason": "broken in two"}
    drop_sample(sample=first, **asked)
    assert told("samples.tested") == []
    drop_sample(sample=second, **asked)
    assert told("samples.tested") == [{"request": request.ulid}]
    with refused(WrongState, "samples.not_queued"):
        drop_sample(sample=first, **asked)


def test_samples_go_back_or_are_disposed_of_after_a_last_call(place: Lab) -> None:
    request = place.received(2)
    first, second = samples_of(request)
    asked: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    with refused(WrongState, "samples.not_done"):
        return_sample(sample=first, **asked)
    with refused(WrongState, "samples.not_done"):
        call_last(request=request, **asked)
    withdraw_samples(request=request, by=place.they.alice, now=place.now)
    back = return_sample(sample=first, **asked)
    assert (back.custody, back.holder) == ("returned", place.they.alice)
    with refused(WrongState, "samples.not_here"):
        return_sample(sample=first, **asked)
    with refused(WrongState, "samples.last_call"):
        dispose_sample(sample=second, **asked, reason="nobody came")
    called = call_last(request=request, **asked)
    assert called.last_call_until == date(2026, 12, 7)
    assert told("samples.last_call") == [{"request": request.ulid}]
    with refused(WrongState, "samples.called"):
        call_last(request=request, **asked)
    late = {**asked, "now": place.now + 14 * DAY}
    with refused(WrongState, "samples.last_call"):
        dispose_sample(sample=second, **late, reason="nobody came")
    gone = dispose_sample(sample=second, **{**asked, "now": place.now + 15 * DAY}, reason="nobody came")
    assert (gone.custody, gone.holder) == ("disposed", place.they.olga)
    with refused(WrongState, "samples.not_here"):
        dispose_sample(sample=second, **late, reason="again")


def test_the_last_call_comes_by_itself_when_the_time_is_over(place: Lab) -> None:
    request = place.received(1)
    withdraw_samples(request=request, by=place.they.alice, now=place.now)
    assert call_due(now=place.now + 29 * DAY) == 0
    assert call_due(now=place.now + 30 * DAY) == 1
    assert call_due(now=place.now + 31 * DAY) == 0


def test_nothing_is_thrown_away_while_its_result_is_in_dispute(place: Lab) -> None:
    request = place.tested(1, disposition="dispose")
    [sample] = samples_of(request)
    release_results(request=request, by=place.they.olga, now=place.now)
    asked: dict[str, Any] = {"by": place.they.olga, "now": place.now}
    call_last(request=request, **asked)
    object_to(sample=sample, reason="blurred", by=place.they.alice, now=place.now)
    late = {**asked, "now": place.now + 60 * DAY}
    with refused(WrongState, "samples.objection_open"):
        dispose_sample(sample=sample, **late, reason="nobody came")
    SampleRequest.objects.filter(pk=request.pk).update(last_call_until=None)
    with refused(WrongState, "samples.objection_open"):
        call_last(request=request, **late)
    assert call_due(now=late["now"]) == 0


def test_services_that_keep_long_hold_up_no_last_call(place: Lab) -> None:
    for number in range(12):
        offered_for = offered(place.sem, place.now, name_zh=f"长期{number}", keep_days=3000)
        request = place.received(1, service=offered_for)
        withdraw_samples(request=request, by=place.they.alice, now=place.now)
    short = place.received(1)
    withdraw_samples(request=short, by=place.they.alice, now=place.now)
    assert call_due(now=place.now + 30 * DAY, limit=2) == 1
    short.refresh_from_db()
    assert short.last_call_until is not None


@pytest.mark.parametrize("weight", [0, -1, 10**9 + 1, 10**30])
def test_no_sample_weighs_nothing_or_more_than_a_ton(place: Lab, weight: int) -> None:
    [sample] = samples_of(place.confirmed(1))
    with refused(Invalid, "samples.weight"):
        receive_sample(sample=sample, weight_mg=weight, by=place.they.olga, now=place.now)


ATTACKS = {
    "another holder": "UPDATE samples_sample SET holder_id = {bob} WHERE id = {sample}",
    "another state": "UPDATE samples_sample SET custody = 'returned' WHERE id = {sample}",
    "a link taken back": "UPDATE samples_sample SET custody_seq = 0 WHERE id = {sample}",
    "nobody": "UPDATE samples_sample SET holder_id = NULL WHERE id = {sample}",
    "a sample thrown away": "DELETE FROM samples_sample WHERE id = {sample}",
    "a link changed": "UPDATE samples_custody SET holder_id = {bob} WHERE sample_id = {sample}",
    "a link thrown away": "DELETE FROM samples_custody WHERE sample_id = {sample}",
    "a gap in the chain": "UPDATE samples_custody SET seq = 7 WHERE sample_id = {sample}",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_loses_no_sample_whatever_it_is_told(place: Lab, attack: str) -> None:
    [sample] = samples_of(place.received(1))
    before = Sample.objects.values().get(pk=sample.pk)
    statement = ATTACKS[attack].format(bob=place.they.bob.pk, sample=sample.pk)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Sample.objects.values().get(pk=sample.pk) == before


@pytest.mark.parametrize("seq", [0, 1, 3])
def test_no_link_is_out_of_order(place: Lab, seq: int) -> None:
    [sample] = samples_of(place.received(1))
    with pytest.raises(Error), transaction.atomic():
        Custody.objects.create(
            sample=sample, seq=seq, state="crew", holder=place.they.bob, by=place.they.bob, at=place.now
        )
    sample.refresh_from_db()
    assert sample.holder == place.they.olga


def test_nothing_follows_what_was_disposed_of(place: Lab) -> None:
    request = place.received(1)
    [sample] = samples_of(request)
    withdraw_samples(request=request, by=place.they.alice, now=place.now)
    call_last(request=request, by=place.they.olga, now=place.now)
    dispose_sample(sample=sample, by=place.they.olga, now=place.now + 20 * DAY, reason="old")
    with pytest.raises(Error), transaction.atomic():
        Custody.objects.create(
            sample=sample, seq=3, state="crew", holder=place.they.bob, by=place.they.bob, at=place.now
        )


def test_a_sample_begins_with_its_requester(place: Lab) -> None:
    request = place.drafted(0)
    for wrong in ({"holder": place.they.bob}, {"custody": "crew"}, {"custody_seq": 1}):
        with pytest.raises(Error), transaction.atomic():
            Sample.objects.create(
                **{"request": request, "position": 1, "name": "x", "holder": place.they.alice, **wrong}
            )


def test_two_who_move_samples_at_once_both_have_their_way(place: Lab) -> None:
    request = place.received(3)
    first, _second, third = samples_of(request)
    move_in_queue(instrument=place.sem, sample=first.ulid, down=True, by=place.they.olga, now=place.now)
    # From a page on which the first sample still stood first.
    moved = move_in_queue(
        instrument=place.sem, sample=third.ulid, down=False, by=place.they.teng, now=place.now
    )
    assert [one.name for one in moved] == ["S2", "S3", "S1"]
    end = move_in_queue(instrument=place.sem, sample=first.ulid, down=True, by=place.they.olga, now=place.now)
    assert [one.name for one in end] == ["S2", "S3", "S1"]
    with refused(Invalid, "samples.not_queued"):
        move_in_queue(instrument=place.sem, sample="gone", down=True, by=place.they.olga, now=place.now)
    with refused(NotPermitted, "samples.crew_only"):
        move_in_queue(instrument=place.sem, sample=first.ulid, down=True, by=place.they.alice, now=place.now)
