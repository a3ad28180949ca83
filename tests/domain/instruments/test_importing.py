"""Taking instruments over from a file: all or none, every fault of every row named."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted
from apps.instruments.importing import import_instruments, read_csv
from apps.instruments.layout import DATA, demo_layout
from apps.instruments.models import Facility, Instrument
from apps.instruments.rows import classes, opening_level, read_row
from apps.people.models import OrgUnit
from tests import people
from tests.factories.facts import told
from tests.factories.instruments import demo_rows
from tests.factories.refusals import refused

DEMO = DATA / "demo_instruments.csv"


def _faults(now: datetime, **columns: str) -> list[dict[str, Any]]:
    with refused(Invalid, "instruments.import_refused") as met:
        import_instruments(source=[{**demo_rows()["QY000004"], **columns}], now=now)
    faults = met.details["faults"]
    assert all(fault["message"] for fault in faults)
    return list(faults)


@pytest.mark.django_db
def test_all_84_instruments_of_the_school_come_in_once_each_in_their_lab(now: datetime) -> None:
    made = import_instruments(source=DEMO, now=now)
    assert len(made) == Instrument.objects.count() == 84
    assert Facility.objects.count() == 28  # 23 facilities and the stand-alone crews of 5 departments
    assert OrgUnit.objects.filter(kind="department").count() == 21
    assert OrgUnit.objects.filter(kind="sub_lab").count() == 20
    sem = Instrument.objects.select_related("unit__parent__parent").get(asset_no="QY000004")
    assert sem.price_fen == 3_357_000_00
    assert sem.unit.code == "MSE-MCC"
    assert sem.unit.parent is not None
    assert sem.unit.parent.name_zh == "材料学院"
    cytometer = Instrument.objects.get(asset_no="QY000021")
    assert cytometer.unit.name_zh == "流式细胞室"
    assert cytometer.unit.parent == cytometer.facility.lab
    assert told("instruments.imported") == [{"count": 84, "first": "QY000001", "last": "QY000084"}]


@pytest.mark.django_db
def test_a_gbk_file_gives_the_same_instruments_as_a_utf_8_file(now: datetime) -> None:
    text = DEMO.read_text(encoding="utf-8")
    assert read_csv(text.encode("gbk")) == read_csv(DEMO) == read_csv(text.encode("utf-8-sig"))
    import_instruments(source=text.encode("gbk"), now=now)
    assert Instrument.objects.get(asset_no="QY000004").name_zh == "场发射扫描电镜A"


@pytest.mark.django_db
def test_one_bad_row_keeps_all_out_and_every_bad_row_is_told_with_its_number(now: datetime) -> None:
    rows = [dict(row) for row in demo_rows().values()]
    rows[10]["price_yuan"] = "dear"
    rows[10]["access_node"] = "hatch"
    rows[50]["facility"] = "不存在的平台"
    with refused(Invalid, "instruments.import_refused") as met:
        import_instruments(source=rows, now=now)
    told_of = [(f["row"], f["column"], f["code"]) for f in met.details["faults"]]
    assert told_of == [
        (12, "access_node", "instruments.value_unknown"),
        (12, "price_yuan", "instruments.price"),
        (52, "facility", "instruments.facility_unmapped"),
    ]
    assert not Instrument.objects.exists()
    assert not OrgUnit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("asset_no", "", "instruments.asset_no"),
        ("asset_no", "qy 4", "instruments.asset_no"),
        ("name_zh", " ", "instruments.value_missing"),
        ("name_en", "x" * 121, "instruments.value_too_long"),
        ("nrii_class6", "999999", "instruments.class_unknown"),
        ("nrii_class_name", "质谱仪器", "instruments.class_name"),
        ("price_yuan", "-1", "instruments.price"),
        ("price_yuan", "1.234", "instruments.price"),
        ("price_yuan", "NaN", "instruments.price"),
        ("commissioned", "2023-02-30", "instruments.date"),
        ("commissioned", "2026-11-24", "instruments.commissioned_future"),
        ("facility_level", "department", "instruments.facility_level"),
        ("department", "化学学院", "instruments.facility_unmapped"),
        ("sub_lab", "地下室", "instruments.sub_lab_unmapped"),
        ("management_mode", "pooled", "instruments.value_unknown"),
        ("hosting", "lent", "instruments.value_unknown"),
        ("service_modes", "S,A", "instruments.service_modes"),
        ("min_certificate", "master", "instruments.value_unknown"),
        ("night_self_use", "yes", "instruments.value_unknown"),
        ("customs_supervised", "y", "instruments.customs_until"),
        ("customs_until_synthetic", "2027-01-01", "instruments.customs_until"),
        ("customs_until_synthetic", "soon", "instruments.date"),
        ("quota_hours", "0", "instruments.hours"),
        ("quota_hours", "１４００", "instruments.hours"),  # noqa: RUF001  # full-width digits, as people type them
        ("grade", "gold", "instruments.value_unknown"),
    ],
)
def test_each_wrong_value_is_named_by_column_and_code(
    now: datetime, column: str, value: str, code: str
) -> None:
    faults = _faults(now, **{column: value})
    assert code in {fault["code"] for fault in faults}
    assert faults[0]["row"] == 2


@pytest.mark.django_db
def test_a_value_that_no_other_column_can_judge_gives_one_fault(now: datetime) -> None:
    assert [(f["column"], f["code"]) for f in _faults(now, customs_until_synthetic="soon")] == [
        ("customs_until_synthetic", "instruments.date")
    ]


@pytest.mark.django_db
def test_an_asset_number_comes_in_once(now: datetime) -> None:
    row = demo_rows()["QY000004"]
    with refused(Invalid, "instruments.import_refused") as met:
        import_instruments(source=[row, row], now=now)
    assert [(f["row"], f["code"]) for f in met.details["faults"]] == [(3, "instruments.asset_no_twice")]
    import_instruments(source=[row], now=now)
    with refused(Invalid, "instruments.import_refused") as met:
        import_instruments(source=[row], now=now)
    assert met.details["faults"][0]["code"] == "instruments.asset_no_taken"


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_says_why(now: datetime) -> None:
    with refused(Invalid, "instruments.csv_encoding"):
        import_instruments(source=b"\xff\xfe\x00", now=now)
    with refused(Invalid, "instruments.csv_columns") as met:
        import_instruments(source=b"asset_no,name_zh\nQY1,x\n", now=now)
    assert "price_yuan" in met.details["columns"]
    heading = DEMO.read_text(encoding="utf-8").splitlines()[0]
    with refused(Invalid, "instruments.csv_rows"):
        import_instruments(source=heading.encode(), now=now)


@pytest.mark.django_db
def test_only_the_office_imports(now: datetime) -> None:
    they = people.gather(now)
    row = demo_rows()["QY000006"]
    with refused(NotPermitted, "people.office_only"):
        import_instruments(source=[row], now=now, by=they.teng)
    import_instruments(source=[row], now=now, by=they.office)


def test_every_facility_of_the_demonstration_file_is_mapped_to_a_lab() -> None:
    layout = demo_layout()
    for row in demo_rows().values():
        place = layout.places[(row["facility"], row["department"])]
        assert not row["sub_lab"] or (place.lab_code, row["sub_lab"]) in layout.sub_labs
    used = {(row["facility"], row["department"]) for row in demo_rows().values()}
    assert used == set(layout.places)
    assert len({place.facility_code for place in layout.places.values()}) == len(layout.places)
    assert len({place.lab_code for place in layout.places.values()}) == len(layout.places)


@pytest.mark.parametrize(
    ("node", "modes", "hosting", "level"),
    [
        ("interlock", "S A T", "own", 5),
        ("agent", "S", "hosted", 4),
        ("qr", "A", "own", 3),
        ("interlock", "T", "own", 2),
        ("sensor", "A T", "own", 2),
        ("sensor", "S", "own", 1),
        ("scheduler", "S", "own", 1),
        ("none", "S A", "own", 1),
        ("interlock", "S", "candidate", 1),
    ],
)
def test_the_access_node_sets_how_far_an_instrument_is_open(
    node: str, modes: str, hosting: str, level: int
) -> None:
    assert opening_level(access_node=node, service_modes=modes, hosting=hosting) == level


@given(
    row=st.fixed_dictionaries(
        {
            column: st.sampled_from(["", "y", "own", "S T", "2024-01-01"]) | st.text(max_size=12)
            for column in demo_rows()["QY000004"]
        }
    )
)
def test_any_row_whatever_gives_a_draft_or_faults_and_never_an_accident(row: Mapping[str, str]) -> None:
    read = read_row(2, row, demo_layout(), datetime.fromisoformat("2026-11-23").date())
    assert not isinstance(read, list) or read


def test_any_bytes_whatever_are_refused_by_a_code() -> None:
    for data in (b"", b"\x00" * 40, b'"', ("中" * 50).encode("utf-16"), b"a,b\n1,2,3\n"):
        with pytest.raises(Invalid) as caught:
            read_csv(data)
        assert caught.value.code in ("instruments.csv_columns", "instruments.csv_encoding")


def test_the_classes_of_the_demonstration_file_are_known() -> None:
    buffer = io.StringIO(DEMO.read_text(encoding="utf-8"))
    for row in csv.DictReader(buffer):
        assert classes()[row["nrii_class6"]] == row["nrii_class_name"]
