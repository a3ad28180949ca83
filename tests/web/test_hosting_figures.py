"""The records behind a figure of a statement: both sides and the office open them, people are named to those
who run the instrument, and what has changed since is said beside the frozen number.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.core.clock import school_time
from apps.hosting.models import Statement
from tests.factories.hosting import House, house, running
from tests.factories.usage import Past, past_uses
from tests.people import gather_with_rules
from workflows.hosting.stating import state_all

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000
DAY = timedelta(days=1)
DECEMBER = datetime(2026, 12, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(present: datetime) -> House:
    return house(gather_with_rules(present), present)


@pytest.fixture
def statement(home: House) -> Statement:
    """Of November: Alice used it for three hours, on two days."""
    agreement = running(home)
    assert school_time(home.now + 2 * DAY).month == 11
    past_uses(
        home.machine,
        [
            Past(home.now + DAY, HOUR_MS, home.they.alice),
            Past(home.now + 2 * DAY, 2 * HOUR_MS, home.they.alice),
        ],
    )
    state_all(now=DECEMBER)
    return agreement.statements.get()


def page(client: Client, statement: Statement, key: str) -> str:
    answer = client.get(
        reverse("hosting_figure", args=[statement.ulid, key]), headers={"accept-language": "en"}
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_owner_opens_every_figure_of_the_statement(
    client: Client, home: House, statement: Statement
) -> None:
    client.force_login(home.owner)
    told = client.get(reverse("hosting_statement", args=[statement.ulid])).content.decode()
    for key in ("effective_hours", "open_hours", "use_rate", "users"):
        assert reverse("hosting_figure", args=[statement.ulid, key]) in told
    text = page(client, statement, "effective_hours")
    assert 'Effective hours: <span class="tabular">3 h</span>' in text
    assert "2 records" in text
    assert "Records have changed" not in text
    assert "?of=open_hours" in page(client, statement, "use_rate")
    part = client.get(
        reverse("hosting_figure", args=[statement.ulid, "use_rate"]),
        {"of": "effective_hours"},
        headers={"accept-language": "en"},
    ).content.decode()
    assert "2 records" in part


def test_the_owner_opens_the_uses_of_their_own_people(
    client: Client, home: House, statement: Statement
) -> None:
    client.force_login(home.owner)
    told = client.get(reverse("hosting_statement", args=[statement.ulid])).content.decode()
    assert reverse("hosting_figure", args=[statement.ulid, "kept_hours"]) not in told
    assert reverse("hosting_figure", args=[statement.ulid, "owner_hours"]) in told
    past_uses(home.machine, [Past(home.now + 3 * DAY, 4 * HOUR_MS, home.hugo)])
    text = page(client, statement, "owner_hours")
    assert "Hours of the owner" in text
    assert "2 records" in text
    assert "Records have changed" not in text


def test_people_are_named_to_who_runs_the_instrument_and_not_to_the_owner(
    client: Client, home: House, statement: Statement
) -> None:
    name = home.they.alice.name_en
    for user, named in ((home.owner, False), (home.hana, True), (home.they.office, True)):
        client.force_login(user)
        assert (f'<td data-label="Person">{name}' in page(client, statement, "users")) is named, user
        assert (home.they.alice.name_zh in _book(client, statement, "users")) is named, user


def test_what_changed_since_is_said_and_the_frozen_number_stays(
    client: Client, home: House, statement: Statement
) -> None:
    past_uses(home.machine, [Past(home.now + 3 * DAY, 4 * HOUR_MS, home.they.alice)])
    client.force_login(home.owner)
    text = page(client, statement, "effective_hours")
    assert 'Effective hours: <span class="tabular">3 h</span>' in text
    assert "it is 3 h, the records below make 7 h" in text


def test_a_figure_that_the_statement_does_not_say_is_not_found(
    client: Client, home: House, statement: Statement
) -> None:
    client.force_login(home.owner)
    for name, key in (
        ("hosting_figure", "nothing"),
        ("hosting_figure_export", "nothing"),
        ("hosting_figure_export", "use_rate"),
    ):
        assert client.get(reverse(name, args=[statement.ulid, key])).status_code == 404, (name, key)


def test_a_member_of_the_group_is_no_owner(client: Client, home: House, statement: Statement) -> None:
    client.force_login(home.they.alice)
    address = reverse("hosting_figure", args=[statement.ulid, "effective_hours"])
    assert client.get(address).status_code == 404


def _book(client: Client, statement: Statement, key: str) -> list[object]:
    """Every cell of the records' workbook."""
    answer = client.get(
        reverse("hosting_figure_export", args=[statement.ulid, key]), headers={"accept-language": "zh-hans"}
    )
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)), read_only=True).active  # type: ignore[attr-defined]
    assert sheet is not None
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row]
