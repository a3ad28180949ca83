"""An asset of the library is opened: taken in by the office where nobody runs it yet, completed, priced,
commissioned, confirmed; refused; and followed when it is approved not to be open.
"""

from datetime import datetime, timedelta

import pytest

from apps.bookings.arranging import set_windows
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import WORKER, relay
from apps.fees.models import NotOpenApproval
from apps.instruments.ladder import Standing, checklist, highest, unmet
from apps.instruments.models import Instrument, OpeningChange
from apps.instruments.opening import note_self_test, open_level
from apps.instruments.operations import change_instrument
from apps.library.describing import describe_instrument
from apps.notices.models import Notice
from bench.timetables import HOURS
from tests.factories.assets import mirrored
from tests.factories.opening import at_level
from tests.factories.refusals import refused
from tests.people import FE_SEM_A, People
from tests.workflows.toys import waiting, yes
from workflows import services
from workflows.beginning import begin
from workflows.models import Case
from workflows.onboarding.standing import standing_of
from workflows.onboarding.tasks import follow_not_open
from workflows.onboarding.tending import close_approved, remind_of_ends, reopen_ended

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LONG = "一段足够长的说明文字"
TOLD = dict.fromkeys(("technical", "function", "services", "terms", "subjects"), LONG)


@pytest.fixture
def library(they: People, now: datetime) -> People:
    """The FE-SEM A, not open, with an asset; and an asset that nobody runs."""
    at_level(they.sem, 0, now - DAY, by=they.office)
    change_instrument(instrument=they.sem, by=they.office, now=now - DAY, use_charged=False)
    assets = [
        {"asset_no": FE_SEM_A, "place": "B-204", "name_en": "FE-SEM A"},
        {"asset_no": "NEW00001", "name_zh": "共聚焦显微镜", "unit_code": they.lab.code},
    ]
    mirrored(assets, they.office, now - DAY)
    they.sem.refresh_from_db()
    return they


def asked(they: People, now: datetime, level: int = 1, asset_no: str = FE_SEM_A) -> Case:
    return begin("onboarding", by=they.teng, now=now, raw={"asset_no": asset_no, "level": level})


def told(now: datetime) -> None:
    """What has happened reaches the flow."""
    while relay(channel=WORKER, now=now, limit=10_000):
        pass


def test_a_complete_instrument_is_listed_by_the_offices_word(library: People, now: datetime) -> None:
    case = asked(library, now)
    assert set(waiting(case)) == {"confirm"}
    yes(case, library.office, now)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "opened")
    library.sem.refresh_from_db()
    assert library.sem.opening_level == 1
    change = OpeningChange.objects.latest("id")
    assert (change.before, change.after, change.source_case) == (0, 1, f"case:{case.ulid}")


def test_the_highest_level_goes_through_every_step(library: People, now: datetime) -> None:
    sem = library.sem
    change_instrument(instrument=sem, by=library.office, now=now, use_charged=True)
    case = asked(library, now, level=5)
    assert set(waiting(case)) == {"complete"}
    describe_instrument(instrument=sem, by=library.teng, now=now, email="a@b.example", **TOLD)
    told(now)
    assert set(waiting(case)) == {"price"}
    change_instrument(instrument=sem, by=library.office, now=now, use_charged=False)
    told(now)
    assert set(waiting(case)) == {"commission"}
    note_self_test(instrument=sem, dev="websem1", node=1, ok=False, now=now)
    told(now)
    assert set(waiting(case)) == {"commission"}
    note_self_test(instrument=sem, dev="websem1", node=1, ok=True, now=now)
    told(now)
    assert set(waiting(case)) == {"confirm"}
    step = waiting(case)["confirm"]
    with refused(WrongState, "instruments.ladder") as met:
        services.answer(step=step, by=library.office, now=now, outcome="approve")
    assert met.details == {"missing": ["hours"]}
    set_windows(owner=sem, week=HOURS, since=now.date(), by=None, now=now)
    yes(case, library.office, now)
    sem.refresh_from_db()
    assert sem.opening_level == 5


def test_an_asset_that_nobody_runs_is_taken_in_first(library: People, now: datetime) -> None:
    case = asked(library, now, asset_no="NEW00001")
    step = waiting(case)["enlist"]
    said = {
        "facility": library.sem.facility,
        "unit": library.lab,
        "manager": library.teng,
        "class6": "010100",
        "service_modes": "S A",
        "access_node": "qr",
        "required_level": "basic",
    }
    services.answer(step=step, by=library.office, now=now, outcome="approve", data=said)
    made = Instrument.objects.get(asset_no="NEW00001")
    assert (made.opening_level, made.name_zh, made.price_fen) == (0, "共聚焦显微镜", 45_000_000)
    assert made.crew.get().user == library.teng
    assert set(waiting(case)) == {"complete"}


def test_the_office_refuses_with_a_reason(library: People, now: datetime) -> None:
    case = asked(library, now, asset_no="NEW00001")
    services.answer(
        step=waiting(case)["enlist"], by=library.office, now=now, outcome="reject", opinion="too old"
    )
    case.refresh_from_db()
    assert (case.outcome, Instrument.objects.filter(asset_no="NEW00001").exists()) == ("refused", False)


def test_who_may_ask_and_for_what(library: People, now: datetime) -> None:
    with refused(NotPermitted, "onboarding.not_yours"):
        begin("onboarding", by=library.alice, now=now, raw={"asset_no": FE_SEM_A, "level": 1})
    with refused(NotPermitted, "onboarding.not_yours"):
        begin("onboarding", by=library.alice, now=now, raw={"asset_no": "NEW00001", "level": 1})
    asked(library, now)
    with refused(WrongState, "workflows.case_open"):
        asked(library, now)
    open_level(instrument=library.sem, level=1, by=None, now=now, standing=standing_of(library.sem, now))
    with refused(WrongState, "instruments.same_level"):
        asked(library, now)


def test_a_withdrawn_opening_changes_nothing(library: People, now: datetime) -> None:
    case = asked(library, now)
    services.withdraw(case=case, by=library.teng, now=now, reason="later")
    case.refresh_from_db()
    library.sem.refresh_from_db()
    assert (case.state, library.sem.opening_level) == ("withdrawn", 0)


def test_a_level_is_lowered_with_a_reason_and_every_change_is_kept(they: People, now: datetime) -> None:
    sem = they.sem
    with refused(Invalid, "core.reason_required"):
        open_level(instrument=sem, level=2, by=they.office, now=now)
    with refused(NotPermitted, "instruments.not_authorized"):
        open_level(instrument=sem, level=2, reason="dull", by=they.teng, now=now)
    open_level(instrument=sem, level=2, reason="detector is dull", by=they.office, now=now)
    with refused(WrongState, "instruments.same_level"):
        open_level(instrument=sem, level=2, reason="again", by=they.office, now=now)
    with refused(WrongState, "instruments.ladder"):
        open_level(instrument=sem, level=5, by=they.office, now=now)
    with refused(Invalid, "instruments.level"):
        open_level(instrument=sem, level=6, by=they.office, now=now)
    _taken_over, change = OpeningChange.objects.order_by("id")
    assert (change.before, change.after, change.reason, change.by) == (5, 2, "detector is dull", they.office)


def _standing(**changes: object) -> Standing:
    known = {
        "score": 100,
        "scores": (0, 40, 60, 80, 80, 90),
        "managed": True,
        "in_service": True,
        "not_open": False,
        "service_modes": "S A T",
        "priced": True,
        "hours": True,
        "access_node": "interlock",
        "self_tested": True,
    }
    return Standing(**(known | changes))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, 5),
        ({"score": 89}, 4),
        ({"score": 79}, 2),
        ({"score": 39}, 0),
        ({"managed": False}, 0),
        ({"not_open": True}, 0),
        ({"in_service": False}, 0),
        ({"priced": False}, 1),
        ({"service_modes": ""}, 1),
        ({"service_modes": "T"}, 2),
        ({"hours": False}, 2),
        ({"access_node": "sensor"}, 2),
        ({"access_node": "qr"}, 3),
        ({"access_node": "agent"}, 4),
        ({"self_tested": False}, 3),
    ],
)
def test_the_ladder_says_how_far_an_instrument_could_be_open(changes: dict[str, object], level: int) -> None:
    standing = _standing(**changes)
    assert highest(standing) == level
    assert all(rung.met for rung in checklist(level, standing)) or level == 0
    if level < 5:
        assert unmet(level + 1, standing)


def _not_open(they: People, now: datetime, days: int) -> NotOpenApproval:
    return NotOpenApproval.objects.create(
        instrument=they.sem,
        approval_no="设备免 2026-1",
        cause="teaching",
        reason="used in courses only",
        source_case="case:x",
        valid_from=now - DAY,
        valid_until=now + days * DAY,
    )


def test_an_approval_not_to_be_open_closes_reminds_and_reopens(library: People, now: datetime) -> None:
    open_level(instrument=library.sem, level=1, by=None, now=now, standing=standing_of(library.sem, now))
    _not_open(library, now, 30)
    assert close_approved(now=now) == 1
    library.sem.refresh_from_db()
    assert library.sem.opening_level == 0
    assert "not_closed" in [rung.key for rung in unmet(1, standing_of(library.sem, now))]
    for at in (now, now + DAY):
        remind_of_ends(now=at)
    assert Notice.objects.filter(kind="onboarding.not_open_ends", user=library.teng).count() == 1
    assert reopen_ended(now=now) == []
    [case] = reopen_ended(now=now + 31 * DAY)
    assert (case.applicant, case.started_by) == (library.teng, None)
    assert reopen_ended(now=now + 32 * DAY) == []


def test_the_clock_follows_approvals(library: People, present: datetime) -> None:
    _not_open(library, present, 3)
    assert follow_not_open() == 0  # it stands at 0 already
    assert Notice.objects.filter(kind="onboarding.not_open_ends").count() == 1
