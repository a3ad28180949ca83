"""The first person of the office: how a school begins, and only then."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.people.models import OrgUnit, User
from apps.people.operations import suspend_user
from apps.people.queries import is_office
from tests.people import PASSWORD, gather

pytestmark = pytest.mark.django_db


def _first(monkeypatch: Any, login: str = "first", password: str = PASSWORD, school: str = "青屿大学") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    out = io.StringIO()
    call_command("first_office", login, name_zh="首主任", school_zh=school, stdout=out)
    return out.getvalue()


def test_the_first_person_signs_in_and_manages_the_school(monkeypatch: Any, present: datetime) -> None:
    assert "first manages the school" in _first(monkeypatch)
    assert is_office(User.objects.get(username="first"), present + timedelta(hours=1))
    assert Client().login(username="first", password=PASSWORD)
    with pytest.raises(CommandError, match=r"people\.office_there: first"):
        _first(monkeypatch, "second")


def test_a_new_school_needs_its_name(monkeypatch: Any, present: datetime) -> None:
    with pytest.raises(CommandError, match=r"people\.school"):
        _first(monkeypatch, school="")
    _first(monkeypatch)
    assert OrgUnit.objects.get().name_zh == "青屿大学"


def test_a_weak_password_leaves_nobody_behind(monkeypatch: Any, present: datetime) -> None:
    with pytest.raises(CommandError, match=r"people\.weak_password"):
        _first(monkeypatch, password="12345")
    assert not User.objects.filter(username="first").exists()
    assert not OrgUnit.objects.exists()


def test_a_school_whose_office_is_gone_gets_a_new_one(monkeypatch: Any, present: datetime) -> None:
    they = gather(present)
    with pytest.raises(CommandError, match=r"people\.office_there: office"):
        _first(monkeypatch)
    suspend_user(user=they.office, reason="x", by=None, now=present)
    assert "first" in _first(monkeypatch)
