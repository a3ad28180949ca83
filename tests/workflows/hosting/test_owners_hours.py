"""What the owner is told of the hours that are theirs: how long the instrument was kept for them in a month,
by the clause as it was in force, and how long their people used it.
"""

from datetime import UTC, datetime, timedelta

from apps.bookings.priority import Hours, kept_between
from apps.core.clock import school_midnight
from apps.hosting.models import Agreement
from apps.hosting.papers import statement_sheet
from apps.hosting.running import resume, suspend
from apps.people.models import Membership
from tests.factories.hosting import House, running
from tests.factories.usage import Past, past_uses
from workflows.hosting.measured import figures_of
from workflows.hosting.stating import state_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOUR_MS = 3_600_000
MONDAYS = (Hours("1", 8 * 60, 12 * 60, 24),)
DECEMBER = datetime(2026, 12, 1, 1, tzinfo=UTC)


def hours(agreement: Agreement, key: str) -> tuple[int, int]:
    """A figure of November 2026 in whole hours, and its records."""
    found = figures_of(agreement, "2026-11", DECEMBER)[key]
    assert found.value % HOUR_MS == 0
    return found.value // HOUR_MS, found.records


def test_the_hours_that_were_kept_are_those_in_force(home: House) -> None:
    """It is handed over on Monday, 23 November, at ten: two hours of that day, four of the 30th."""
    assert home.now == datetime(2026, 11, 23, 2, tzinfo=UTC)
    agreement = running(home, windows=MONDAYS)
    assert hours(agreement, "kept_hours") == (6, 2)


def test_hours_that_overlap_count_once_and_a_suspension_takes_them_away(home: House) -> None:
    agreement = running(home, windows=(*MONDAYS, Hours("1", 11 * 60, 13 * 60, 0)))
    assert hours(agreement, "kept_hours") == (3 + 5, 2)
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    suspend(agreement=agreement, by=None, now=monday + HOUR, reason="not kept")  # nine o'clock there
    resume(agreement=agreement, by=None, now=monday + 3 * HOUR)
    assert hours(agreement, "kept_hours") == (3 + 3, 3)
    day = school_midnight(monday.date())
    assert kept_between(agreement.source, day + 9 * HOUR, day + 11 * HOUR) == []


def test_the_owners_people_are_those_of_the_group_when_they_began(home: House) -> None:
    agreement = running(home, windows=())
    member = home.they.alice
    assert Membership.objects.filter(user=member, group=home.they.group).exists()
    past_uses(
        home.machine,
        [
            Past(home.now + DAY, 3 * HOUR_MS, member),
            Past(home.now + 2 * DAY, HOUR_MS, home.hugo),
            Past(home.now + 3 * DAY, 5 * HOUR_MS, member),
            Past(home.now + DAY, HOUR_MS, member, purpose="maintenance"),
        ],
    )
    assert hours(agreement, "owner_hours") == (8, 2)
    Membership.objects.filter(user=member).update(revoked_at=home.now + 2 * DAY)
    assert hours(agreement, "owner_hours") == (3, 1)
    assert hours(agreement, "kept_hours") == (0, 0)


def test_the_statement_and_its_paper_say_them(home: House) -> None:
    agreement = running(home, windows=MONDAYS)
    past_uses(home.machine, [Past(home.now + DAY, 3 * HOUR_MS, home.they.alice)])
    state_all(now=DECEMBER)
    sheet = statement_sheet(agreement.statements.get())
    said = {one.name.en: (one.value, one.records) for one in sheet.figures}
    assert said["Hours kept for the owner"] == ("6 h", 2)
    assert said["Hours of the owner's group"] == ("3 h", 1)
