"""Tested samples are charged once, by the fee standard of the offer, and what was held for them goes back."""

from datetime import datetime, timedelta

import pytest
from django.db import Error, IntegrityError, connection, transaction

from apps.billing.models import SampleCharge
from apps.billing.queries import sample_charges_for
from apps.billing.samples import charge_samples
from apps.core.errors import WrongState
from apps.core.outbox import WORKER, relay
from apps.fees.operations import end_version
from apps.funding.queries import available_fen
from apps.ledger.models import Account
from apps.ledger.queries import prove
from apps.notices.models import Notice
from apps.samples.models import ServiceTemplate
from apps.samples.objecting import decide_objection, object_to
from apps.samples.queueing import drop_sample
from apps.samples.releasing import release_results
from apps.samples.testing import end_run, record_result, start_run
from tests.factories.facts import told
from tests.factories.refusals import refused
from tests.factories.samples import POINT_FEN, SAMPLE_FEN, lab, samples_of

pytestmark = pytest.mark.django_db
EACH = SAMPLE_FEN["internal"]


def test_what_was_tested_is_charged_and_what_was_not_is_free(now: datetime) -> None:
    place = lab(now)
    before = available_fen(place.fund)
    request = place.received(3, extras={"EDS": 4})
    first, second, third = samples_of(request)
    start_run(instrument=place.sem, samples=[first, second], by=place.they.olga, now=now)
    record_result(sample=first, summary="a", extras={"EDS": 2}, by=place.they.olga, now=now)
    record_result(sample=second, summary="b", by=place.they.olga, now=now)
    with refused(WrongState, "billing.not_tested"):
        charge_samples(request=request, now=now)
    drop_sample(sample=third, reason="broken", by=place.they.olga, now=now)
    relay(channel=WORKER, now=now)
    charge = SampleCharge.objects.get()
    assert (charge.sample_count, charge.amount_fen) == (2, 2 * EACH + 2 * POINT_FEN)
    assert sum(line["amount_fen"] for line in charge.lines) == charge.amount_fen
    assert available_fen(place.fund) == before - charge.amount_fen
    income = Account.objects.get(code=f"income:{place.sem.facility.code}")
    assert income.balance_fen == charge.amount_fen
    request.refresh_from_db()
    assert (request.charge, request.charged_fen) == (charge.ulid, charge.amount_fen)
    assert told("billing.samples_charged") == [{"charge": charge.ulid, "request": request.ulid}]
    assert prove().ok


def test_the_price_of_the_offer_holds_though_the_fee_standard_ends(now: datetime) -> None:
    place = lab(now)
    request = place.received(1)
    end_version(version=place.sem.fee_versions.get(), reason="new one", by=place.they.office, now=now)
    start_run(instrument=place.sem, samples=samples_of(request), by=place.they.olga, now=now)
    record_result(sample=samples_of(request)[0], summary="a", by=place.they.olga, now=now)
    assert charge_samples(request=request, now=now).amount_fen == EACH


def test_a_test_that_is_repeated_costs_nothing_more(now: datetime) -> None:
    place = lab(now)
    request = place.tested(1)
    relay(channel=WORKER, now=now)
    charge = SampleCharge.objects.get()
    [sample] = samples_of(request)
    release_results(request=request, by=place.they.olga, now=now)
    objection = object_to(sample=sample, reason="no", by=place.they.alice, now=now)
    decide_objection(objection=objection, uphold=True, why="yes", by=place.they.teng, now=now)
    end_run(run=place.sem.sample_runs.get(), by=place.they.olga, now=now)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=now)
    record_result(sample=sample, summary="b", by=place.they.olga, now=now)
    relay(channel=WORKER, now=now + timedelta(minutes=1))
    assert SampleCharge.objects.get() == charge
    assert charge_samples(request=request, now=now) == charge


@pytest.mark.parametrize(("first", "then"), [(1, 4), (4, 1), (4, 0)])
def test_what_is_corrected_before_the_release_is_charged_again(now: datetime, first: int, then: int) -> None:
    place = lab(now)
    before = available_fen(place.fund)
    request = place.received(2, extras={"EDS": 6})
    one, two = samples_of(request)
    start_run(instrument=place.sem, samples=[one, two], by=place.they.olga, now=now)
    record_result(sample=one, summary="a", extras={"EDS": first}, by=place.they.olga, now=now)
    record_result(sample=two, summary="b", extras={"EDS": 2}, by=place.they.olga, now=now)
    old = charge_samples(request=request, now=now)
    later = now + timedelta(minutes=5)
    record_result(sample=one, summary="a", extras={"EDS": then}, by=place.they.olga, now=later)
    for _twice in range(2):
        charge_samples(request=request, now=later)
    made = SampleCharge.objects.get(replaced_by__isnull=True)
    assert (old.amount_fen, made.amount_fen) == tuple(2 * EACH + (2 + n) * POINT_FEN for n in (first, then))
    assert (made.replaces, made.charged_at, made.sample_count) == (old, later, 2)
    assert made.reversal is not None
    assert made.reversal != made.transaction
    assert sum(line["amount_fen"] for line in made.lines) == made.amount_fen
    assert available_fen(place.fund) == before - made.amount_fen
    assert Account.objects.get(code=f"income:{place.sem.facility.code}").balance_fen == made.amount_fen
    request.refresh_from_db()
    assert (request.charge, request.charged_fen, request.charged_at) == (made.ulid, made.amount_fen, now)
    assert list(sample_charges_for(place.they.alice)) == [made]
    relay(channel=WORKER, now=later, limit=500)
    [notice] = Notice.objects.filter(kind="billing.samples_recharged")
    assert notice.user == place.they.alice
    assert SampleCharge.objects.count() == 2
    assert prove().ok


def test_the_worker_hears_of_a_correction_and_words_alone_cost_nothing(now: datetime) -> None:
    place = lab(now)
    ServiceTemplate.objects.update(payment_first=True)
    request = place.received(1, extras={"EDS": 3})
    [sample] = samples_of(request)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=now)
    record_result(sample=sample, summary="a", extras={"EDS": 3}, by=place.they.olga, now=now)
    charge = charge_samples(request=request, now=now)
    record_result(sample=sample, summary="better", extras={"EDS": 3}, by=place.they.olga, now=now)
    assert told("samples.extras_corrected") == []
    record_result(sample=sample, summary="better", extras={"EDS": 1}, by=place.they.olga, now=now)
    assert told("samples.extras_corrected") == [{"request": request.ulid}]
    relay(channel=WORKER, now=now, limit=500)
    made = SampleCharge.objects.get(replaces=charge)
    assert (charge.amount_fen, made.amount_fen) == (EACH + 3 * POINT_FEN, EACH + POINT_FEN)


def test_a_correction_is_never_above_what_was_agreed_to(now: datetime) -> None:
    place = lab(now)
    request = place.received(1, extras={"EDS": 2})
    [sample] = samples_of(request)
    start_run(instrument=place.sem, samples=[sample], by=place.they.olga, now=now)
    record_result(sample=sample, summary="a", extras={"EDS": 1}, by=place.they.olga, now=now)
    charge_samples(request=request, now=now)
    record_result(sample=sample, summary="a", extras={"EDS": 9}, by=place.they.olga, now=now)
    made = charge_samples(request=request, now=now)
    assert made.amount_fen == EACH + 2 * POINT_FEN
    assert sum(line["amount_fen"] for line in made.lines) == made.amount_fen
    assert prove().ok


def test_a_request_has_one_first_charge(now: datetime) -> None:
    place = lab(now)
    charge = charge_samples(request=place.tested(1), now=now)
    copy = {one.attname: getattr(charge, one.attname) for one in SampleCharge._meta.concrete_fields[2:]}
    with pytest.raises(IntegrityError), transaction.atomic():
        SampleCharge.objects.create(**{**copy, "transaction_id": None, "amount_fen": 0})


def test_a_charge_of_samples_is_never_changed(now: datetime) -> None:
    place = lab(now)
    charge_samples(request=place.tested(1), now=now)
    for statement in ("UPDATE billing_samplecharge SET amount_fen = 1", "DELETE FROM billing_samplecharge"):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_samples_that_cost_nothing_are_settled_at_nothing(now: datetime) -> None:
    place = lab(now)
    request = place.received(1)
    drop_sample(sample=samples_of(request)[0], reason="broken", by=place.they.olga, now=now)
    relay(channel=WORKER, now=now)
    charge = SampleCharge.objects.get()
    assert (charge.amount_fen, charge.transaction, charge.sample_count) == (0, None, 0)
    request.refresh_from_db()
    assert request.charged_at == now
    assert available_fen(place.fund) == 10_000_00
