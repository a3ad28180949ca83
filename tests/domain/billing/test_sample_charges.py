"""Tested samples are charged once, by the fee standard of the offer, and what was held for them goes back."""

from datetime import datetime, timedelta

import pytest
from django.db import Error, connection, transaction

from apps.billing.models import SampleCharge
from apps.billing.samples import charge_samples
from apps.core.errors import WrongState
from apps.core.outbox import WORKER, relay
from apps.fees.operations import end_version
from apps.funding.queries import available_fen
from apps.ledger.models import Account
from apps.ledger.queries import prove
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
