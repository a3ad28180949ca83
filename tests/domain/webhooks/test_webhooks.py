"""Making, changing and ending webhooks; who hears of what."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from apps.bookings.arranging import set_terms
from apps.bookings.operations import cancel_booking
from apps.bookings.requested import refuse_requested
from apps.core import outbox
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import AuditEntry, ParameterValue
from apps.instruments.models import Instrument
from apps.instruments.operations import dismiss_crew
from apps.people.models import User
from apps.people.operations import end_user, suspend_user
from apps.samples.drafting import discard_draft
from apps.training.operations import reinstate_certificate, suspend_certificate
from apps.webhooks.catalogue import CATALOGUE, Happening, Matter
from apps.webhooks.models import Delivery, Webhook
from apps.webhooks.operations import (
    change_webhook,
    create_webhook,
    end_webhook,
    own_delivery,
    own_webhook,
    pause_webhook,
    renew_secret,
    resume_webhook,
    send_again,
    send_test,
)
from apps.webhooks.subscribers import tell
from tests.domain.webhooks.conftest import Book, Made
from tests.factories.facts import audited
from tests.factories.refusals import refused
from tests.factories.samples import Lab, lab
from tests.fakes.webhooks import Service
from tests.people import People

Make = Callable[..., Made]
MakeFor = Callable[[User, Instrument | None], Webhook]
DAY = timedelta(days=1)


def relayed(now: datetime) -> None:
    """Everybody has heard of everything."""
    outbox.relay(channel=outbox.WORKER, now=now, limit=1000)


def test_whose_booking_it_is_hears_of_it_and_so_does_the_crew_and_nobody_else(
    they: People, make: Make, booking: Book, now: datetime
) -> None:
    mine, _ = make()
    crew, _ = make(user=they.teng, instrument=they.sem)
    make(user=they.teng)
    make(user=they.bob)
    one = booking(2)
    told = list(Delivery.objects.order_by("id"))
    assert [one.webhook for one in told] == [mine, crew]
    assert {one.event for one in told} == {"booking.confirmed"}
    body = json.loads(told[0].body)
    assert body == {
        "type": "booking.confirmed",
        "timestamp": now.isoformat(),
        "data": {
            "booking": one.ulid,
            "asset_no": they.sem.asset_no,
            "user": they.alice.ulid,
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "state": "confirmed",
            "purpose": "use",
            "estimated_fen": one.estimated_fen,
        },
    }
    assert body["data"]["estimated_fen"] > 0


def test_a_request_its_refusal_and_a_risk_are_told_with_who_can_mend_it(
    they: People, make: Make, booking: Book, now: datetime
) -> None:
    mine, _ = make(events=["booking.requested", "booking.refused", "booking.at_risk", "booking.mended"])
    set_terms(owner=they.sem, numbers={}, route="manager", by=they.teng, now=now)
    asked = booking(3)
    refuse_requested(booking=asked, by=they.teng, now=now, reason="no")
    set_terms(owner=they.sem, numbers={}, route="auto", by=they.teng, now=now)
    sure = booking(2)
    suspend_certificate(certificate=they.certificate, reason="damage", by=they.teng, now=now)
    relayed(now)
    relayed(now)
    reinstate_certificate(certificate=they.certificate, by=they.teng, now=now)
    relayed(now)
    relayed(now)
    told = [json.loads(one.body) for one in Delivery.objects.filter(webhook=mine).order_by("id")]
    assert [(one["type"], one["data"]["booking"]) for one in told] == [
        ("booking.requested", asked.ulid),
        ("booking.refused", asked.ulid),
        ("booking.at_risk", sure.ulid),
        ("booking.mended", sure.ulid),
    ]
    assert told[1]["data"]["state"] == "cancelled"
    assert told[2]["data"]["new"] == ["bookings.no_certificate"]
    assert told[2]["data"]["reasons"] == [{"code": "bookings.no_certificate", "mender": "trainer"}]


def test_only_the_chosen_events_are_told(they: People, make: Make, booking: Book, now: datetime) -> None:
    make(events=["booking.cancelled"])
    one = booking(2)
    assert not Delivery.objects.exists()
    cancel_booking(booking=one, by=they.alice, now=now, reason="x")
    relayed(now)
    assert [json.loads(d.body)["data"]["state"] for d in Delivery.objects.all()] == ["cancelled"]


def test_a_fact_told_twice_is_one_delivery(make: Make, booking: Book, now: datetime) -> None:
    make()
    booking(2)
    relayed(now)
    relayed(now + DAY)
    assert Delivery.objects.count() == 1


def test_address_and_secret_are_sealed_and_shown_nowhere(make: Make, they: People, now: datetime) -> None:
    webhook, secret = make()
    kept = " ".join(str(value) for value in Webhook.objects.filter(pk=webhook.pk).values_list().get())
    log = " ".join(str(row) for row in AuditEntry.objects.values())
    for hidden in (secret, secret.removeprefix("whsec_"), "team=7"):
        assert hidden not in kept + log
    assert webhook.shown == "http://127.0.0.1/…"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"label": "  "}, "webhooks.label", "label"),
        ({"label": "x" * 61}, "webhooks.label", "label"),
        ({"events": []}, "webhooks.events", "events"),
        ({"events": ["people.user_ended"]}, "webhooks.events", "events"),
        ({"address": "wecombot://693a91f6-7xxx-4bc4"}, "notices.address", "address"),
        ({"address": "nonsense"}, "notices.address", "address"),
        ({"address": "http://me:pw@127.0.0.1/in"}, "webhooks.login", "address"),
        ({"address": "https://no-such-host.invalid/in"}, "notices.unknown_host", "address"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    make: Make, given: dict[str, object], code: str, field: str
) -> None:
    with refused(Invalid, code) as met:
        make(**given)
    assert met.field == field
    assert not Webhook.objects.exists()


def test_a_person_cannot_look_around_inside_the_school_nor_send_in_the_clear(
    make: Make, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    with refused(Invalid, "notices.local_address"):
        make(address="https://127.0.0.1/in")
    with refused(Invalid, "webhooks.https"):
        make(address="http://127.0.0.1/in")


def test_only_the_crew_hears_of_an_instrument(make: Make, they: People) -> None:
    with refused(NotPermitted, "webhooks.crew_only"):
        make(instrument=they.sem)
    assert make(user=they.teng, instrument=they.sem)[0].instrument == they.sem


def test_nobody_makes_one_for_somebody_else_and_nobody_finds_it(
    they: People, make: Make, now: datetime
) -> None:
    webhook, _ = make()
    for act in (
        lambda: change_webhook(
            webhook=webhook, label="x", address="", events=["booking.confirmed"], by=they.bob, now=now
        ),
        lambda: renew_secret(webhook=webhook, by=they.bob, now=now),
        lambda: pause_webhook(webhook=webhook, reason="person", by=they.bob, now=now),
        lambda: resume_webhook(webhook=webhook, by=they.bob, now=now),
        lambda: end_webhook(webhook=webhook, by=they.bob, now=now),
        lambda: send_test(webhook=webhook, by=they.bob, now=now),
    ):
        with refused(NotPermitted, "webhooks.not_yours"):
            act()
    with refused(NotFound, "webhooks.no_webhook"):
        own_webhook(they.bob, webhook.ulid)
    delivery = send_test(webhook=webhook, by=they.alice, now=now)
    with refused(NotFound, "webhooks.no_delivery"):
        own_delivery(they.bob, delivery.ulid)
    with refused(NotPermitted, "webhooks.not_yours"):
        send_again(delivery=delivery, by=they.bob, now=now)


def test_so_many_and_no_more_and_an_ended_one_makes_room(they: People, make: Make, now: datetime) -> None:
    ParameterValue.objects.create(key="webhooks.max_per_person", value=2, valid_from=now)
    first, _ = make()
    make()
    with refused(WrongState, "webhooks.too_many"):
        make()
    end_webhook(webhook=first, by=they.alice, now=now)
    make()
    with refused(WrongState, "webhooks.ended"):
        end_webhook(webhook=first, by=they.alice, now=now)


def test_a_change_keeps_the_address_unless_another_is_given(they: People, make: Make, now: datetime) -> None:
    webhook, _ = make()
    sealed = webhook.address_sealed
    changed = change_webhook(
        webhook=webhook, label="新名", address=" ", events=["booking.cancelled"], by=they.alice, now=now
    )
    assert (changed.label, changed.events, changed.address_sealed) == ("新名", ["booking.cancelled"], sealed)
    changed = change_webhook(
        webhook=webhook,
        label="新名",
        address="http://127.0.0.1:9/x",
        events=list(CATALOGUE),
        by=they.alice,
        now=now,
    )
    assert changed.address_sealed != sealed
    assert [entry.actor for entry in audited("webhooks.change")] == [they.alice, they.alice]


def test_who_leaves_the_crew_or_the_school_hears_nothing_more(
    they: People, make: Make, booking: Book, now: datetime
) -> None:
    crew, _ = make(user=they.teng, instrument=they.sem)
    mine, _ = make()
    for member in they.sem.crew.filter(user=they.teng):
        dismiss_crew(member=member, reason="x", by=they.office, now=now)
    end_user(user=they.alice, reason="x", by=None, now=now)
    relayed(now)
    crew.refresh_from_db()
    mine.refresh_from_db()
    assert mine.revoked_at == now
    assert crew.revoked_at == now


def test_who_is_suspended_makes_none(they: People, make: Make, now: datetime) -> None:
    suspend_user(user=they.alice, reason="x", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        make()


def test_what_has_no_instrument_reaches_its_person_and_no_other_webhook(
    they: People, make: Make, now: datetime
) -> None:
    mine, _ = make()
    make(user=they.bob)
    make(user=they.teng, instrument=they.sem)
    nowhere = Happening("toy", "toy", "toy", lambda _payload: Matter((they.alice.pk,), None, {}))
    Webhook.objects.update(events=["toy"])
    assert tell(nowhere, {}, now) == 1
    assert [one.webhook for one in Delivery.objects.all()] == [mine]


def test_samples_are_told_to_who_handed_them_in_and_a_draft_to_nobody_else(
    make_for: MakeFor, place: Lab
) -> None:
    mine, crew = make_for(place.they.alice, None), make_for(place.they.teng, place.sem)
    make_for(place.they.bob, None)
    discard_draft(request=place.drafted(instrument=place.sem), by=place.they.alice, now=place.now)
    relayed(place.now)
    assert not crew.deliveries.exists()
    place.submitted(instrument=place.sem)
    relayed(place.now)
    told = [json.loads(one.body) for one in crew.deliveries.order_by("id")]
    assert {one["data"]["state"] for one in told} == {"submitted"}
    assert {one["type"] for one in told} >= {"sample.request_changed"}
    assert mine.deliveries.count() >= crew.deliveries.count() > 0
    assert set(Delivery.objects.values_list("webhook", flat=True)) == {mine.pk, crew.pk}


@pytest.fixture
def place(db: None, now: datetime) -> Lab:
    """A lab in which samples are tested."""
    return lab(now)


@pytest.fixture
def make_for(place: Lab, service: Service, now: datetime) -> MakeFor:
    """A webhook of a person in that lab."""

    def made(user: User, instrument: Instrument | None) -> Webhook:
        address = f"{service.url}/in"
        return create_webhook(
            user=user,
            label="x",
            address=address,
            events=list(CATALOGUE),
            instrument=instrument,
            by=user,
            now=now,
        )[0]

    return made
