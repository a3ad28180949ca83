"""A school does not begin without schemes: they come with its first office, and with every migrate."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models.signals import post_migrate

from apps.core import clock
from apps.evaluation import schemes
from apps.evaluation.models import Scheme, SchemeVersion
from apps.evaluation.shipped import SHIPPED, shipped
from tests.people import PASSWORD, People
from tests.workflows.registering import hear

pytestmark = pytest.mark.django_db


def migrated() -> None:
    """What every migrate tells the room when it is through."""
    room = apps.get_app_config("evaluation")
    post_migrate.send(sender=room, app_config=room, using="default", verbosity=0, interactive=False)


def test_the_first_office_finds_the_schemes_of_the_product(monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("first_office", "first", name_zh="首主任", school_zh="青屿大学", stdout=io.StringIO())
    assert not Scheme.objects.exists()
    hear(clock.now() + timedelta(seconds=1))
    assert set(Scheme.objects.values_list("key", flat=True)) == set(SHIPPED)
    for version in SchemeVersion.objects.select_related("scheme"):
        assert version.tree == shipped(version.scheme.key)
        assert (version.number, version.is_draft) == (1, False)


def test_a_migrate_brings_them_to_a_school_that_is_there(they: People) -> None:
    migrated()
    assert set(Scheme.objects.values_list("key", flat=True)) == set(SHIPPED)
    before = list(SchemeVersion.objects.order_by("pk").values_list("pk", "digest", "adopted_at"))
    migrated()
    assert list(SchemeVersion.objects.order_by("pk").values_list("pk", "digest", "adopted_at")) == before


def test_a_database_without_a_school_stays_empty() -> None:
    migrated()
    assert not Scheme.objects.exists()


def test_what_the_office_made_of_a_scheme_is_left_alone(they: People, now: datetime) -> None:
    schemes.install_shipped(now=now)
    draft = schemes.begin_draft(scheme=Scheme.objects.get(key="ministry"), by=they.office, now=now)
    migrated()
    assert SchemeVersion.objects.filter(scheme=draft.scheme).count() == 2
    assert SchemeVersion.objects.get(pk=draft.pk).is_draft
