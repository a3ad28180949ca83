"""A forgotten log-off as people meet it: proposed beside what the sensors say, answered once, and read again
with what was measured.
"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.billing.operations import charge_in_force, charge_record
from apps.core.clock import school_time, to_ms
from apps.core.outbox import WORKER, relay
from apps.notices.models import Notice
from apps.usage.awaiting import look_after_corrections
from apps.usage.correcting import propose_correction
from apps.usage.models import UsageCorrection, UsageRecord
from apps.usage.readings import Heard, note_readings
from devices.models import Controller, JournalEntry
from tests.api.client import Program, secret_for
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, HOUR, MINUTE, Scene

ENGLISH = {"Accept-Language": "en"}
FORMAT = "%Y-%m-%dT%H:%M"


@pytest.fixture
def record(scene: Scene) -> UsageRecord:
    """Two hours of Alice's, under load for the first one, charged."""
    for minutes in range(5, 120, 5):
        at, busy = scene.now + minutes * MINUTE, min(minutes, 60) * 60_000
        note_readings([Heard(DEV, 1, minutes * 60_000, busy, at)])
    made = scene.use(120)
    controller = Controller.objects.get(dev=DEV)
    for number, (kind, minutes) in enumerate((("on", 0), ("held", 61), ("off", 120)), start=1):
        wall = to_ms(made.started_at + minutes * MINUTE)
        JournalEntry.objects.create(
            controller=controller,
            n=number,
            boot="b",
            kind=kind,
            node=1,
            odo=0,
            busy=0,
            mono=0,
            wall_lo=wall - 5,
            wall_hi=wall + 5,
            why="expired" if kind == "off" else "",
            received_at=made.ended_at,
        )
    charge_record(record=made, now=made.ended_at)
    return made


def _page(client: Client, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(name, args=args), headers=ENGLISH)
    assert answer.status_code == status
    return answer.content.decode()


def _typed(record: UsageRecord, minutes: int) -> str:
    return f"{school_time(record.started_at) + minutes * MINUTE:{FORMAT}}"


def _proposed(scene: Scene, record: UsageRecord, minutes: int = 65) -> UsageCorrection:
    return propose_correction(
        record=record,
        end=record.started_at + minutes * MINUTE,
        reason="门禁记录",
        by=scene.people.alice,
        now=scene.now + 3 * HOUR,
    )


def test_it_is_proposed_beside_the_sensors_answered_and_read_with_what_was_measured(
    scene: Scene, signed_in: SignedIn, record: UsageRecord
) -> None:
    alice, teng = signed_in(scene.people.alice), signed_in(scene.people.teng)
    address = reverse("usage_correct", args=[record.ulid])
    assert address in _page(alice, "usage_list")
    page = _page(alice, "usage_correct", record.ulid)
    assert page.count('opacity="0.18"') >= 20
    assert "Load was seen last until" in page
    assert "The door was held open" in page
    assert "expired" in page
    answer = alice.post(address, {"end": _typed(record, 65), "reason": "left at five"}, headers=ENGLISH)
    made = UsageCorrection.objects.get()
    detail = reverse("usage_correction", args=[made.ulid])
    assert answer.headers["Location"] == detail
    assert abs(made.ended_at - record.started_at - 65 * MINUTE) < MINUTE
    relay(channel=WORKER, now=scene.now + 3 * HOUR, limit=500)
    assert Notice.objects.filter(user=scene.people.teng, kind="usage.correction_asked").count() == 1
    assert "Your answer" not in _page(alice, "usage_correction", made.ulid)
    assert detail in _page(teng, "my_day")
    page = _page(teng, "usage_correction", made.ulid)
    assert "left at five" in page
    assert "The sensors saw no load after the proposed end." in page
    assert "¥520.00" in page
    kept = teng.post(detail, {"answer": "yes", "reason": " "}, headers=ENGLISH)
    assert kept.status_code == 409
    assert teng.post(detail, {"answer": "yes", "reason": "the log agrees"}).status_code == 302
    relay(channel=WORKER, now=scene.now + 3 * HOUR, limit=500)
    relay(channel=WORKER, now=scene.now + 3 * HOUR, limit=500)
    charge = charge_in_force(UsageRecord.objects.get(pk=record.pk))
    assert charge is not None
    assert charge.replaces is not None
    kinds = set(Notice.objects.filter(user=scene.people.alice).values_list("kind", flat=True))
    assert {"usage.correction_confirmed", "billing.recharged"} <= kinds
    page = _page(alice, "usage_list")
    assert "As measured" in page
    assert "went back to the fund" in page
    assert "¥520.00" in page
    assert address in page  # may be corrected once more
    late = teng.post(detail, {"answer": "no", "reason": "again"}, headers=ENGLISH)
    assert late.status_code == 409
    assert "usage.correction_decided" in late.content.decode()


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(-5, "usage.correction_before_start"), (300, "usage.correction_beyond")],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    minutes: int, code: str, scene: Scene, signed_in: SignedIn, record: UsageRecord
) -> None:
    address = reverse("usage_correct", args=[record.ulid])
    typed = {"end": _typed(record, minutes), "reason": "我记错了"}
    answer = signed_in(scene.people.alice).post(address, typed, headers=ENGLISH)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'id="id_end_error"[^<]*<svg.*?{code}', page, re.DOTALL)
    assert typed["end"] in page
    assert "我记错了" in page


def test_others_find_nothing_and_the_operator_may_propose_but_not_answer(
    scene: Scene, signed_in: SignedIn, record: UsageRecord
) -> None:
    bob, olga = signed_in(scene.people.bob), signed_in(scene.people.olga)
    made = _proposed(scene, record)
    for name, ulid in (("usage_correct", record.ulid), ("usage_correction", made.ulid)):
        _page(bob, name, ulid, status=404)
        _page(olga, name, ulid)
    answer = olga.post(
        reverse("usage_correction", args=[made.ulid]), {"answer": "yes", "reason": "x"}, headers=ENGLISH
    )
    assert answer.status_code == 403
    alice = signed_in(scene.people.alice)
    back = reverse("usage_correction_withdraw", args=[made.ulid])
    assert olga.post(back).status_code == 403
    assert alice.post(back).status_code == 302
    assert "Withdrawn" in _page(alice, "usage_corrections")
    assert olga.post(
        reverse("usage_correct", args=[record.ulid]), {"end": _typed(record, 70), "reason": "saw her leave"}
    ).headers["Location"]
    assert UsageCorrection.objects.get(state="open").proposed_by == scene.people.olga
    relay(channel=WORKER, now=scene.now + 3 * HOUR, limit=500)
    assert Notice.objects.filter(user=scene.people.alice, kind="usage.correction_proposed").count() == 1


def test_who_forgot_may_be_seen_on_the_day_of_the_crew(
    scene: Scene, signed_in: SignedIn, record: UsageRecord
) -> None:
    teng = signed_in(scene.people.teng)
    address = reverse("usage_correct", args=[record.ulid])
    assert address not in _page(teng, "my_day")
    record.session.close_reason = "expired"
    record.session.save(update_fields=["close_reason"])
    page = _page(teng, "my_day")
    assert "Perhaps forgotten to log off" in page
    assert address in page
    _proposed(scene, record)
    assert "Perhaps forgotten to log off" not in _page(teng, "my_day")


def test_nobody_answering_the_office_is_asked(scene: Scene, record: UsageRecord) -> None:
    made = _proposed(scene, record)
    look_after_corrections(now=made.remind_at)
    look_after_corrections(now=made.due_at)
    relay(channel=WORKER, now=made.due_at, limit=500)
    waits = Notice.objects.filter(kind="usage.correction_waits")
    assert set(waits.values_list("user__username", flat=True)) >= {"teng", "office"}
    look_after_corrections(now=made.expires_at)
    relay(channel=WORKER, now=made.expires_at, limit=500)
    assert Notice.objects.filter(user=scene.people.alice, kind="usage.correction_expired").count() == 1


def test_a_program_proposes_and_answers(scene: Scene, record: UsageRecord) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    teng = Program(secret_for(scene.people.teng, scene.now))
    [use] = alice.get("/api/v1/usage").json()["items"]
    assert (use["ulid"], use["charged_fen"], use["corrected"]) == (record.ulid, 520_00, False)
    seen = alice.get(f"/api/v1/usage/{record.ulid}/evidence").json()
    assert (seen["measured_powered_ms"], len(seen["stretches"])) == (7_200_000, 24)
    address = f"/api/v1/usage/{record.ulid}/corrections"
    wrong = alice.post(address, {"end": (record.ended_at + HOUR).isoformat(), "reason": "x"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (
        422,
        "usage.correction_beyond",
        "end",
    )
    wish = {"end": (record.started_at + HOUR).isoformat(), "reason": "forgot"}
    made = alice.post(address, wish, Idempotency_Key="one")
    assert made.status_code == 201
    assert alice.post(address, wish, Idempotency_Key="one").json() == made.json()
    again = alice.post(address, wish)
    assert (again.status_code, again.json()["code"]) == (409, "usage.correction_open")
    [waiting] = teng.get("/api/v1/usage-corrections", whose="answer").json()["items"]
    assert waiting["ulid"] == made.json()["ulid"]
    assert alice.get("/api/v1/usage-corrections", whose="answer").json()["items"] == []
    answer = f"/api/v1/usage-corrections/{waiting['ulid']}/answer"
    done = teng.post(answer, {"confirm": True, "reason": "so it was"})
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert teng.post(answer, {"confirm": True, "reason": "x"}).json()["code"] == "usage.correction_decided"
    relay(channel=WORKER, now=scene.now + 3 * HOUR, limit=500)
    [use] = alice.get("/api/v1/usage").json()["items"]
    assert (use["powered_ms"], use["charged_fen"], use["corrected"]) == (3_600_000, 260_00, True)


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("usage_list", "alice", 16),
        ("usage_corrections", "teng", 7),
        ("usage_correct", "alice", 14),
        ("usage_correction", "teng", 12),
    ],
)
def test_the_pages_take_their_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    record: UsageRecord,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = _proposed(scene, record)
    args = {"usage_correct": [record.ulid], "usage_correction": [made.ulid]}.get(name, [])
    client = signed_in(getattr(scene.people, who))
    _page(client, name, *args)
    with django_assert_num_queries(queries):
        _page(client, name, *args)
    assert timedelta(0) < made.due_at - made.proposed_at
