"""The demonstration school: made once, whole, and refused where its known passwords would be a danger."""

import io
import json
import stat
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import QuerySet
from pytest_django import Settings

from apps.billing.models import Charge
from apps.bookings.models import Booking, HandOver, PointAppeal, PointEntry, Waiting
from apps.clearances.gate import check
from apps.core import clock
from apps.core.models import Delivery
from apps.fees.editing import look_at
from apps.fees.models import Proposal
from apps.fees.queries import version_in_force
from apps.funding.models import FundHold
from apps.hosting.models import Agreement, Statement
from apps.instruments.models import Instrument
from apps.ledger.queries import prove
from apps.panels.counting import result_of
from apps.panels.models import Round
from apps.panels.queries import committee, voters
from apps.people.models import Card, User
from apps.people.queries import user_state
from apps.portal.demo import roster
from apps.portal.demo.sample_rows import REQUESTS, Stop
from apps.samples.models import Sample, SampleRequest
from apps.usage.models import UsageRecord
from devices.models import Controller
from documents.models import Document
from documents.queries import unsealed
from workflows.inbox import counts
from workflows.models import Case, Step

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(settings: Settings, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a folder of its own, at the tests' present unless told otherwise."""
    settings.DEMO = True
    settings.RUN_DIR = tmp_path
    settings.BROKER_DIR = str(tmp_path / "no-broker")

    def call(at: datetime = now) -> dict[str, Any]:
        monkeypatch.setattr(clock, "now", lambda: at)
        out = io.StringIO()
        call_command("demo_school", "--json", stdout=out)
        told: dict[str, Any] = json.loads(out.getvalue())
        return told

    return call


def test_the_school_is_made_once_whole_and_shows_what_it_promises(
    run: Run, now: datetime, tmp_path: Path
) -> None:
    told = run()
    assert told["made"]
    reports = len([stop for *_rest, stop, _special in REQUESTS if stop >= Stop.RELEASED])
    # The worker makes their files.
    hosted = Document.objects.filter(kind__startswith="hosting_")
    assert unsealed().count() == Document.objects.count() == 11 + reports + hosted.count()
    assert {line["fee_code"] for line in told["skipped"]} == {"FEE029"}
    assert Instrument.objects.count() == 84
    assert _own().count() == told["past_uses"] == len(roster.PAST)
    assert Controller.objects.count() == len(told["controllers"]) == 6
    assert prove().ok
    assert Charge.objects.filter(amount_fen__gt=0, record__in=_own()).count() == len(roster.PAST)
    _instruments_are_hosted_in_every_state(told)
    _a_month_is_booked(told, now)
    _samples_are_in_every_state(told)
    assert not FundHold.objects.filter(released_at__isnull=True, booking__end__lte=now).exists()
    written = [tmp_path / "demo-logins.json", *(Path(c["config"]) for c in told["controllers"])]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in written)
    _something_waits_for_everybody(now)
    _fees_are_reviewed_in_every_stage(now)
    _a_split_panel_has_not_agreed()
    _everybody_signs_in(json.loads(written[0].read_text()))
    _who_is_meant_to_unlock_may_and_the_others_hear_why_not(now)
    _a_second_start_makes_nothing_but_a_key_for_a_lost_file(run, told, written[1])
    _a_later_start_gives_back_a_booking_that_runs(run, now)


def _own() -> QuerySet[UsageRecord]:
    """The uses of the school's own machines, without those of the hosted one."""
    return UsageRecord.objects.exclude(session__dev="hosted")


def _instruments_are_hosted_in_every_state(told: dict[str, Any]) -> None:
    """From an offer to a return; the one that runs has statements whose shares sum to its income."""
    states = Counter(Agreement.objects.values_list("state", flat=True))
    assert told["hosted"] == states.total() == 8
    assert set(states) == {
        *("offered", "negotiating", "agreed", "countersigned"),
        *("running", "suspended", "leaving", "ended"),
    }
    running = Statement.objects.filter(agreement__state="running", income_fen__gt=0)
    assert running.count() >= 3
    for one in running:
        assert sum(share["amount_fen"] for share in one.content["shares"]) == one.income_fen


def _something_waits_for_everybody(now: datetime) -> None:
    """A step that is theirs, or a case of theirs in progress; nothing is overdue on the first day."""
    logins = [person.login for person in roster.PEOPLE]
    waiting = {user.username: sum(_waiting(user)) for user in User.objects.filter(username__in=logins)}
    assert {login for login, number in waiting.items() if not number} == {"dai"}
    assert Case.objects.filter(applicant__username="dai", state=Case.State.OPEN).count() == 1
    assert not Step.objects.filter(answered_at__isnull=True, due_at__lte=now).exists()
    flows = {"registration", "renewal", "training", "night_endorsement", "suspension", "fee_review"}
    flows |= {"booking", "sample", "hosting", "hosting_breach", "hosting_exit", "onboarding"}
    assert set(Case.objects.filter(state=Case.State.OPEN).values_list("flow", flat=True)) == flows


def _a_month_is_booked(told: dict[str, Any], now: datetime) -> None:
    """Ahead on many instruments, and one of everything that becomes of a booking."""
    ahead = Booking.objects.filter(start__gt=now + timedelta(days=1), state__in=Booking.LIVE)
    assert ahead.count() > 80
    assert len(told["not_booked"]) < 20
    assert ahead.values("instrument").distinct().count() >= 10
    assert ahead.filter(state=Booking.State.REQUESTED).count() >= 2
    assert ahead.filter(series__isnull=False).exists()
    assert ahead.filter(at_risk_at__isnull=False).exists()
    assert Waiting.objects.filter(state__in=Waiting.OPEN).count() == 2
    assert HandOver.objects.filter(state=HandOver.State.OFFERED, to__username="mei").exists()
    assert set(PointEntry.objects.values_list("kind", flat=True)) == set(PointEntry.Kind.values)
    assert PointAppeal.objects.filter(state=PointAppeal.State.OPEN).exists()


def _samples_are_in_every_state(told: dict[str, Any]) -> None:
    """A request waits at every step, and samples stand at every place of the queue."""
    assert SampleRequest.objects.count() == told["sample_requests"] == len(REQUESTS)
    assert set(SampleRequest.objects.values_list("state", flat=True)) >= set(SampleRequest.State.values) - {
        SampleRequest.State.WITHDRAWN
    }
    steps = Step.objects.filter(case__flow="sample", answered_at__isnull=True)
    assert {"question", "agree", "test", "check", "verdict", "objection"} <= set(
        steps.values_list("node", flat=True)
    )
    assert Sample.objects.exclude(held="").exists()
    assert set(Sample.objects.values_list("custody", flat=True)) == {"requester", "crew", "returned"}


def _waiting(user: User) -> tuple[int, int]:
    """What is theirs, and what they may claim."""
    found = counts(user)
    return found.mine, found.claimable


def _fees_are_reviewed_in_every_stage(now: datetime) -> None:
    """Three drafts, two cases in every stage, and nobody of the committee without a vote or an invitation."""
    reviews = Case.objects.filter(flow="fee_review")
    waiting = Counter(
        node
        for case in reviews.filter(state=Case.State.OPEN)
        for node in set(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))
    )
    assert waiting == {
        "explain": 2,
        "revise": 2,
        "department": 3,
        "finance": 2,
        "form_panel": 2,
        "invitation": 2,
        "expert": 2,
        "vote": 2,
        "name_price": 2,
        "vote_again": 2,
        "ruling": 2,
        "accept": 2,
        "objection": 2,
        "issue": 2,
    }
    ended = Counter(reviews.exclude(state=Case.State.OPEN).values_list("outcome", flat=True))
    assert ended == {"approved": 3, "refused": 2}
    assert Proposal.objects.filter(state=Proposal.State.DRAFT).count() == 3
    core_hours = Proposal.objects.get(about__instrument__asset_no="QY000018")
    assert ("fees.unit.core_hours", "unit") in {
        (one.code, one.field) for one in look_at(core_hours, now).findings
    }
    assert version_in_force(Instrument.objects.get(asset_no="QY000018").pk, now) is None
    assert set(Proposal.objects.filter(kind="not_open").values_list("state", flat=True)) == {
        "approved",
        "submitted",
    }
    for asset_no in ("QY000007", "QY000015"):
        version = version_in_force(Instrument.objects.get(asset_no=asset_no).pk, now)
        assert version is not None
        assert Document.objects.filter(kind="fee_decision", number=version.approval_no).exists()
    found = committee("fees", now)
    assert found is not None
    assert [user.username for user in voters(found, now)] == [
        login for login, role in roster.COMMITTEE if role != "secretary"
    ]
    asked = Step.objects.filter(answered_at__isnull=True, case__flow="fee_review")
    for user in voters(found, now):
        assert asked.filter(candidates__user=user, node__in=("invitation", "vote", "vote_again")).exists()
    assert not Delivery.objects.exclude(state=Delivery.State.DONE).exists()


def _a_split_panel_has_not_agreed() -> None:
    """Every round that was closed without a decision was split: three results, three opinions."""
    closed = [result_of(row) for row in Round.objects.filter(closed_at__isnull=False)]
    results = Counter(found.result for found in closed if found is not None)
    assert results["inconclusive"] == 6
    assert results["tie"] == 2


def _everybody_signs_in(logins: list[dict[str, str]]) -> None:
    assert {one["login"] for one in logins} == {person.login for person in roster.PEOPLE}
    for one in logins:
        assert User.objects.get(username=one["login"]).check_password(one["password"])
        assert len(one["password"]) >= 12


def _who_is_meant_to_unlock_may_and_the_others_hear_why_not(now: datetime) -> None:
    def codes(login: str, asset_no: str) -> set[str]:
        user, machine = User.objects.get(username=login), Instrument.objects.get(asset_no=asset_no)
        return set(check(user=user, instrument=machine, at=now, now=now, asked_by="test").codes)

    for login, asset_no in roster.NOW:
        assert codes(login, asset_no) == set()
    assert "training.none" in codes("bob", "QY000004")
    assert "user.suspended" in codes("dai", "QY000004")
    assert "training.expired" in codes("gao", "QY000024")
    assert len(codes("charlie", "QY000009")) > 2
    assert user_state(User.objects.get(username="dai"), now) == "suspended"
    assert Card.objects.get(revoked_at__isnull=False).user.username == "alice"


def _a_second_start_makes_nothing_but_a_key_for_a_lost_file(
    run: Run, told: dict[str, Any], lost: Path
) -> None:
    before, cases = json.loads(lost.read_text()), Case.objects.count()
    lost.unlink()
    again = run()
    assert not again["made"]
    assert (again["logins"], again["controllers"]) == (told["logins"], told["controllers"])
    assert again["not_renewed"] == []
    assert _own().count() == len(roster.PAST)
    assert Controller.objects.count() == 6
    assert Case.objects.count() == cases
    after = json.loads(lost.read_text())
    assert (after["dev"], after["nodes"]) == (before["dev"], before["nodes"])
    assert after["private_key"] != before["private_key"]


def _a_later_start_gives_back_a_booking_that_runs(run: Run, now: datetime) -> None:
    later = now.replace(hour=9)  # 17:00 at the school, when the morning's bookings are over
    assert not Booking.objects.filter(start__lte=later, end__gt=later).exists()
    run(later)
    running = Booking.objects.filter(start__lte=later, end__gt=later)
    assert {(b.user.username, b.instrument.asset_no) for b in running} == set(roster.NOW)


def test_the_command_is_refused_outside_a_demonstration() -> None:
    with pytest.raises(CommandError, match=r"demo\.refused") as caught:
        call_command("demo_school")
    assert caught.value.returncode == 2
    assert not User.objects.exists()
