"""Who runs an instrument, what they may change, and how instruments are found."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.importing import import_instruments
from apps.instruments.layout import DATA
from apps.instruments.models import Instrument
from apps.instruments.operations import (
    appoint_crew,
    change_instrument,
    dismiss_crew,
    retire_instrument,
)
from apps.instruments.queries import (
    SORTABLE,
    crew_of,
    crew_roles,
    managed_by,
    manages,
    may_manage,
    scopes_of,
    search,
    with_scopes,
)
from apps.people.operations import register_user, suspend_user
from tests import people
from tests.factories.facts import audited, told
from tests.factories.instruments import sister
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_manager_appoints_and_dismisses_and_an_operator_does_not(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "instruments.not_manager"):
        appoint_crew(instrument=they.sem, user=they.wang, role="operator", by=they.olga, now=now)
    member = appoint_crew(instrument=they.sem, user=they.wang, role="service", by=they.teng, now=now)
    assert crew_roles(they.wang, they.sem, now) == {"service"}
    assert not may_manage(they.wang, they.sem, now)
    with refused(NotPermitted, "instruments.not_manager"):
        dismiss_crew(member=member, by=they.olga, now=now)
    dismiss_crew(member=member, by=they.wang, now=now)  # giving up one's own role
    assert crew_roles(they.wang, they.sem, now) == frozenset()
    with refused(WrongState, "instruments.not_in_crew"):
        dismiss_crew(member=member, by=they.teng, now=now)
    assert told("instruments.crew_changed")[-1] == {"instrument": they.sem.ulid, "user": they.wang.ulid}


def test_nobody_appoints_themselves_and_a_student_only_operates(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "instruments.own_case"):
        appoint_crew(instrument=they.sem, user=they.office, role="manager", by=they.office, now=now)
    for role in ("manager", "trainer", "service"):
        with refused(Invalid, "instruments.student_role"):
            appoint_crew(instrument=they.sem, user=they.alice, role=role, by=they.teng, now=now)
    appoint_crew(instrument=they.sem, user=they.alice, role="operator", by=they.teng, now=now)
    with refused(WrongState, "instruments.in_crew"):
        appoint_crew(instrument=they.sem, user=they.alice, role="operator", by=they.teng, now=now)


def test_a_role_needs_a_known_name_a_period_and_a_person_in_force(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "instruments.role"):
        appoint_crew(instrument=they.sem, user=they.wang, role="captain", by=they.teng, now=now)
    with refused(Invalid, "core.period"):
        appoint_crew(
            instrument=they.sem, user=they.wang, role="operator", by=they.teng, now=now, valid_until=now
        )
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        appoint_crew(instrument=they.sem, user=they.wang, role="operator", by=they.teng, now=now)


def test_a_role_with_an_end_ends_by_itself(now: datetime) -> None:
    they = people.gather(now)
    appoint_crew(
        instrument=they.sem, user=they.wang, role="operator", by=they.teng, now=now, valid_until=now + HOUR
    )
    assert may_manage(they.wang, they.sem, now)
    assert not may_manage(they.wang, they.sem, now + HOUR)
    assert they.wang in {member.user for member in crew_of(they.sem, now)}
    assert list(managed_by(they.wang, now)) == [they.sem]
    assert not managed_by(they.wang, now + HOUR).exists()


def test_a_suspended_manager_manages_nothing(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.teng, reason="inquiry", by=None, now=now)
    assert not manages(they.teng, they.sem, now)
    assert not may_manage(they.teng, they.sem, now)


def test_the_manager_sets_the_daily_work_and_the_office_confirms_the_opening(now: datetime) -> None:
    they = people.gather(now)
    changed = change_instrument(
        instrument=they.sem, by=they.teng, now=now, walk_in_allowed=True, max_session_minutes=120
    )
    assert (changed.walk_in_allowed, changed.max_session_minutes) == (True, 120)
    assert audited("instruments.change_instrument")[0].details == {
        "before": {"walk_in_allowed": False, "max_session_minutes": 720},
        "after": {"walk_in_allowed": True, "max_session_minutes": 120},
    }
    for setting in ({"use_charged": False}, {"external_use_registered": True}):
        with refused(NotPermitted, "instruments.not_authorized"):
            change_instrument(instrument=they.sem, by=they.teng, now=now, **setting)
        change_instrument(instrument=they.sem, by=they.office, now=now, **setting)
    with refused(NotPermitted, "instruments.not_manager"):
        change_instrument(instrument=they.sem, by=they.olga, now=now, walk_in_allowed=False)


@pytest.mark.parametrize(
    "setting",
    [
        {"price_fen": 1},
        {"opening_level": 6},
        {"opening_level": 3},
        {"opening_level": 5},
        {"walk_in_allowed": 1},
        {"max_session_minutes": 0},
        {"required_level": "master"},
        {"revocation_class": "explode"},
    ],
)
def test_what_cannot_be_set_or_not_so_is_refused_at_its_name(
    now: datetime, setting: dict[str, object]
) -> None:
    they = people.gather(now)
    with refused(Invalid, "instruments.setting") as met:
        change_instrument(instrument=they.sem, by=they.office, now=now, **setting)
    assert met.field in setting


def test_a_setting_that_changes_nothing_is_neither_told_nor_audited(now: datetime) -> None:
    they = people.gather(now)
    before = len(told("instruments.changed"))
    change_instrument(instrument=they.sem, by=they.teng, now=now, walk_in_allowed=False)
    assert len(told("instruments.changed")) == before
    assert not audited("instruments.change_instrument")


def test_an_instrument_leaves_service_once_and_is_found_no_longer(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "instruments.not_authorized"):
        retire_instrument(instrument=they.sem, reason="old", by=they.teng, now=now)
    retire_instrument(instrument=they.sem, reason="old", by=they.office, now=now)
    assert not search(at=now).exists()
    assert search(at=now - HOUR).exists()
    with refused(WrongState, "instruments.retired"):
        retire_instrument(instrument=they.sem, reason="old", by=they.office, now=now)


def test_the_scopes_around_an_instrument_run_from_itself_to_the_school(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they = people.gather(now)
    [sem] = with_scopes(Instrument.objects.filter(pk=they.sem.pk))
    with django_assert_num_queries(0):
        scopes = scopes_of(sem)
    assert scopes[0] == f"instrument:{they.sem.ulid}"
    assert scopes[1].startswith("facility:")
    assert scopes[2] == f"unit:{they.lab.ulid}"
    assert [scope.split(":")[0] for scope in scopes] == [
        "instrument",
        "facility",
        "unit",
        "unit",
        "unit",
        "school",
    ]


def test_who_may_manage_is_answered_in_three_questions(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    they = people.gather(now)
    with django_assert_num_queries(1):
        assert may_manage(they.olga, they.sem, now)
    with django_assert_num_queries(3):
        assert not may_manage(they.alice, they.sem, now)


def test_instruments_are_found_by_any_of_their_words_in_both_languages(now: datetime) -> None:
    import_instruments(source=DATA / "demo_instruments.csv", now=now)

    def found(**criteria: object) -> list[str]:
        return [i.asset_no for i in search(at=now, **criteria)]  # type: ignore[arg-type]

    assert found(text="QY000004") == ["QY000004"]
    assert (
        found(text="扫描电镜A") == found(text="fe-sem MERLIN") == found(text="merlin zeiss") == ["QY000004"]
    )
    assert found(text="材料表征中心 XRD") == ["QY000006"]
    assert found(text="there is no such thing") == []
    assert len(found()) == 84
    materials = Instrument.objects.select_related("unit__parent", "facility").get(asset_no="QY000004")
    assert materials.unit.parent is not None
    in_school = found(department=materials.unit.parent.ulid)
    in_facility = found(facility=materials.facility.ulid)
    assert set(in_facility) < set(in_school)
    assert set(found(service_mode="T", certificate="none")) < set(found(service_mode="T"))
    assert set(found(opening_level=5)) == set(
        Instrument.objects.filter(opening_level=5).values_list("asset_no", flat=True)
    )
    assert found(class6="010300") == list(
        Instrument.objects.filter(class6="010300").order_by("asset_no").values_list("asset_no", flat=True)
    )


@pytest.mark.parametrize("column", SORTABLE)
def test_a_list_is_sorted_by_any_offered_column_in_both_directions(now: datetime, column: str) -> None:
    they = people.gather(now)
    sister(they.sem, "QY900001", now, name_zh="阿", name_en="Aa", price_fen=1, class6="010100")
    assert len(search(at=now, order=column)) == len(search(at=now, order=f"-{column}")) == 2
    assert [i.asset_no for i in search(at=now, order="price_fen; drop")] == ["QY000004", "QY900001"]


def test_a_stranger_to_the_school_manages_nothing(now: datetime) -> None:
    they = people.gather(now)
    eve = register_user(username="eve", name_zh="伊芙", kind="student", unit=None, now=now)
    assert not may_manage(eve, they.sem, now)
