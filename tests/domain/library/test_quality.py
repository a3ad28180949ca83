"""How complete records are: the table of checks and its versions, scores, telling, reminders once a month."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted
from apps.core.models import Fact
from apps.instruments.models import Instrument
from apps.library.describing import describe_instrument, remind_managers, score_all, set_table
from apps.library.editing import edit_asset
from apps.library.models import InstrumentQuality, QualityTable
from apps.library.quality import BROUGHT, CHECKS, WHOLE, Record, Table, quality_of, score_of, table_at
from apps.notices.models import Notice
from tests.factories.assets import mirrored
from tests.factories.refusals import refused
from tests.people import FE_SEM_A, People

DAY = timedelta(days=1)
LONG = "一段足够长的说明文字"


def test_the_table_that_the_product_brings_is_a_hundred_together() -> None:
    assert sum(BROUGHT.values()) == WHOLE
    assert BROUGHT.keys() == CHECKS.keys()


def test_a_record_is_scored_step_by_step(they: People, now: datetime) -> None:
    sem = they.sem
    assert quality_of(sem, now).points == 10  # it has a manager
    asset = mirrored([{"asset_no": FE_SEM_A, "name_en": ""}], they.office, now)[FE_SEM_A]
    assert quality_of(sem, now).points == 10 + 15
    edit_asset(asset=asset, column="name_en", text="FE-SEM A", reason="plate", by=they.teng, now=now)
    edit_asset(asset=asset, column="place", text="B-204", reason="seen", by=they.teng, now=now)
    assert quality_of(sem, now).points == 25 + 10 + 10
    describe_instrument(instrument=sem, by=they.teng, now=now, technical=LONG, function=LONG, services="短")
    score = quality_of(sem, now)
    assert score.points == 45 + 15 + 15
    assert [one.check.key for one in score.missing] == ["services", "terms", "subjects", "contact"]
    describe_instrument(
        instrument=sem, by=they.teng, now=now, services=LONG, terms=LONG, subjects="材料", email="a@b.example"
    )
    assert quality_of(sem, now).points == 100
    assert InstrumentQuality.objects.get(instrument=sem).score == 100


def test_only_its_manager_tells_of_an_instrument(they: People, now: datetime) -> None:
    with refused(NotPermitted, "instruments.not_manager"):
        describe_instrument(instrument=they.sem, by=they.olga, now=now, technical=LONG)
    for wrong in ({"technical": "x" * 501}, {"price": "1"}):
        with refused(Invalid, "library.text"):
            describe_instrument(instrument=they.sem, by=they.teng, now=now, **wrong)
    describe_instrument(instrument=they.sem, by=they.office, now=now, technical=LONG)


def test_a_table_is_a_hundred_together_or_refused(they: People, now: datetime) -> None:
    weights = {"registered": 60, "manager": 41}
    with refused(Invalid, "library.weights") as told:
        set_table(weights=weights, valid_from=now, reason="new", by=they.office, now=now)
    assert told.details == {"sum": 101}
    for wrong in ({"unknown": 100}, {"manager": -1, "registered": 101}):
        with refused(Invalid, "library.check"):
            set_table(weights=wrong, valid_from=now, reason="new", by=they.office, now=now)
    with refused(Invalid, "library.past"):
        set_table(weights={"manager": 100}, valid_from=now - DAY, reason="x", by=they.office, now=now)
    with refused(NotPermitted, "people.office_only"):
        set_table(weights={"manager": 100}, valid_from=now, reason="x", by=they.teng, now=now)
    assert not QualityTable.objects.exists()


def test_a_table_holds_from_its_day_on(they: People, now: datetime) -> None:
    set_table(weights={"manager": 100}, valid_from=now + DAY, reason="only that", by=they.office, now=now)
    assert (table_at(now).number, table_at(now + DAY).number) == (0, 1)
    assert quality_of(they.sem, now).points == 10
    assert quality_of(they.sem, now + DAY).points == 100
    set_table(weights={"registered": 100}, valid_from=now + DAY, reason="no, that", by=they.office, now=now)
    assert table_at(now + DAY).number == 2


# A machine that is busy with other tests makes lists slowly.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 100), min_size=len(CHECKS), max_size=len(CHECKS)), st.booleans())
def test_a_score_is_the_points_of_what_is_met_and_never_more(
    points: list[int],
    managed: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    weights = dict(zip(CHECKS, points, strict=True))
    score = score_of(Record(Instrument(), None, None, managed), Table(1, weights))
    assert score.points == (weights["manager"] if managed else 0)
    assert score.points + sum(one.points for one in score.missing) == sum(points)


def test_scores_are_kept_for_lists_and_told_once(they: People, now: datetime) -> None:
    number = Instrument.objects.count()
    assert score_all(now=now) == number
    told = Fact.objects.filter(name="library.record_changed").count()
    assert told == number
    score_all(now=now + DAY)
    assert Fact.objects.filter(name="library.record_changed").count() == told
    assert InstrumentQuality.objects.get(instrument=they.sem).missing[0] in ("registered", "technical")


@pytest.mark.usefixtures("they")
def test_managers_are_reminded_once_a_month(they: People, now: datetime) -> None:
    score_all(now=now)
    for at in (now, now + DAY):
        remind_managers(now=at)
    assert Notice.objects.filter(kind="library.record_incomplete", user=they.teng).count() == 1
    remind_managers(now=now + 10 * DAY)  # December
    assert Notice.objects.filter(kind="library.record_incomplete", user=they.teng).count() == 2


def test_nobody_is_reminded_of_a_good_record(they: People, now: datetime) -> None:
    mirrored([{"asset_no": FE_SEM_A, "place": "B-204"}], they.office, now)
    told = dict.fromkeys(("technical", "function", "services", "terms", "subjects"), LONG)
    describe_instrument(instrument=they.sem, by=they.teng, now=now, **told)
    score_all(now=now)
    assert InstrumentQuality.objects.get(instrument=they.sem).score == 95
    assert remind_managers(now=now) == 0
