"""Who hears an alarm, and how often."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from apps.core.outbox import WORKER, publish, relay
from apps.notices.models import Notice
from apps.notices.rendering import plain
from devices.provisioning import enrol_controller
from tests.people import People, gather

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def they(now: datetime, settings: Settings, tmp_path: object) -> People:
    """The school with a controller at the FE-SEM A."""
    settings.BROKER_DIR = str(tmp_path)
    people = gather(now)
    enrol_controller(dev="sem1", asset_no=people.sem.asset_no, now=now)
    relay(channel=WORKER, now=now, limit=10_000)
    Notice.objects.all().delete()
    return people


def alarm(name: str, now: datetime, **payload: object) -> None:
    with transaction.atomic():
        publish(name, now=now, **payload)
    relay(channel=WORKER, now=now, limit=10_000)


def told() -> list[tuple[str, str]]:
    """Who was told what; nobody is the school's own channel."""
    rows = Notice.objects.order_by("id").select_related("user")
    return [(row.user.username if row.user else "", row.kind) for row in rows]


def test_an_alarm_of_a_controller_is_heard_by_the_managers_of_its_machine_and_the_school(
    they: People, now: datetime
) -> None:
    alarm("devices.alarm", now, dev="sem1", code="command.unanswered")
    assert told() == [("teng", "system.device_alarm"), ("", "system.device_alarm")]
    words = plain(Notice.objects.get(user=they.teng))
    assert "sem1" in words.title
    assert "command.unanswered" in words.title
    assert they.sem.name_zh in words.body


def test_an_alarm_that_repeats_is_told_once_an_hour(they: People, now: datetime) -> None:
    for minutes in (0, 20, 40, 70):
        alarm("devices.alarm", now + timedelta(minutes=minutes), dev="sem1", code="journal.estop")
    alarm("devices.alarm", now, dev="sem1", code="journal.tamper")
    assert len(told()) == 2 * 3


def test_an_alarm_of_an_unknown_controller_is_heard_by_the_school(they: People, now: datetime) -> None:
    alarm("devices.alarm", now, dev="gone1", code="journal.refused")
    assert told() == [("", "system.device_alarm")]


def test_alarms_of_rules_and_charges_are_heard_by_the_equipment_office(they: People, now: datetime) -> None:
    alarm("decisions.alarm", now, point="access.unlock", code="decisions.disagree", decision="01abc")
    alarm("billing.alarm", now, charge="01abc", record="01abc", code="billing.no_price")
    assert told() == [
        ("office", "system.decision_alarm"),
        ("", "system.decision_alarm"),
        ("office", "system.billing_alarm"),
        ("", "system.billing_alarm"),
    ]
    assert Notice.objects.filter(kind="system.decision_alarm").first().url == "/decisions/01abc/"  # type: ignore[union-attr]
