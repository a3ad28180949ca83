"""A file that was read is compared, looked at and taken over: all of it or nothing, and again nothing when it
comes twice; what people changed here stays as a person decided.
"""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.models import AuditEntry
from apps.library.editing import edit_asset, take_back
from apps.library.models import Asset, AssetConflict, AssetEdit, AssetFile
from apps.library.register import deciding
from apps.library.register.deciding import apply_file, confirm_file, decide_conflicts, reject_file
from apps.library.reports import purge_rows
from tests.domain.library.registers import applied, as_csv, as_excel, read, row
from tests.factories.refusals import refused
from tests.people import FE_SEM_A, People

DAY = timedelta(days=1)
TEN = [row(f"A{n:02d}", f"仪器{n}") for n in range(10)]


def _counts(file: AssetFile) -> dict[str, int]:
    return {name: file.counts[name] for name in ("new", "changed", "returning", "gone", "same")}


def test_nothing_changes_before_somebody_confirms(they: People, now: datetime) -> None:
    file = read(as_csv(TEN), they.office, now)
    assert _counts(file) == {"new": 10, "changed": 0, "returning": 0, "gone": 0, "same": 0}
    assert not Asset.objects.exists()
    confirm_file(file=file, by=they.office, now=now)
    assert not Asset.objects.exists()
    assert apply_file(ulid=file.ulid, now=now) is not None
    assert Asset.objects.count() == 10
    assert apply_file(ulid=file.ulid, now=now) is None


def test_the_same_file_again_changes_nothing(they: People, now: datetime) -> None:
    applied(TEN, they.office, now)
    before = list(Asset.objects.order_by("id").values())
    for content in (as_csv(TEN), as_csv(TEN, encoding="gb18030"), as_excel(TEN)):
        file = read(content, they.office, now + DAY)
        assert _counts(file) == {"new": 0, "changed": 0, "returning": 0, "gone": 0, "same": 10}
        confirm_file(file=file, by=they.office, now=now + DAY)
        apply_file(ulid=file.ulid, now=now + DAY)
        assert list(Asset.objects.order_by("id").values()) == before


def test_new_changed_gone_and_returning_assets(they: People, now: datetime) -> None:
    applied(TEN, they.office, now)
    first = Asset.objects.get(asset_no="A00")
    second = [row("A00", "改名"), *TEN[1:9], row("B01")]
    applied(second, they.office, now + DAY, gone=1)
    first.refresh_from_db()
    assert (first.name_zh, "改名" in first.haystack) == ("改名", True)
    assert Asset.objects.get(asset_no="A09").gone_at == now + DAY
    third = read(as_csv([*second, TEN[9]]), they.office, now + 2 * DAY)
    assert _counts(third) == {"new": 0, "changed": 0, "returning": 1, "gone": 0, "same": 10}
    confirm_file(file=third, by=they.office, now=now + 2 * DAY)
    apply_file(ulid=third.ulid, now=now + 2 * DAY)
    assert Asset.objects.filter(gone_at__isnull=True).count() == 11


def test_a_file_that_lacks_many_is_confirmed_by_their_number(they: People, now: datetime) -> None:
    applied(TEN, they.office, now)
    cut = read(as_csv(TEN[:4]), they.office, now + DAY)
    for gone in (None, 5):
        with refused(WrongState, "library.gone_cap") as told:
            confirm_file(file=cut, by=they.office, now=now + DAY, gone=gone)
        assert told.details == {"gone": 6, "known": 10, "percent": 5}
    assert confirm_file(file=cut, by=they.office, now=now + DAY, gone=6).state == "applying"


def test_a_file_with_a_fault_is_not_taken_over(they: People, now: datetime) -> None:
    file = read(as_csv([*TEN, row("A99", price="-1")]), they.office, now)
    with refused(WrongState, "library.faults"):
        confirm_file(file=file, by=they.office, now=now)
    assert reject_file(file=file, reason="faults", by=they.office, now=now).state == "rejected"
    with refused(WrongState, "library.decided"):
        confirm_file(file=file, by=they.office, now=now)


def test_only_the_office_decides(they: People, now: datetime) -> None:
    file = read(as_csv(TEN), they.office, now)
    with refused(NotPermitted, "people.office_only"):
        confirm_file(file=file, by=they.teng, now=now)
    with refused(NotPermitted, "people.office_only"):
        reject_file(file=file, reason="no", by=they.teng, now=now)
    with refused(Invalid, "core.reason_required"):
        reject_file(file=file, reason=" ", by=they.office, now=now)


def test_a_worker_that_dies_has_changed_nothing_and_the_next_one_does_it(
    they: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = read(as_csv(TEN), they.office, now)
    confirm_file(file=file, by=they.office, now=now)

    def dies(*_: object) -> None:
        assert Asset.objects.count() == 10
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(deciding, "_settle_edits", dies)
        with pytest.raises(MemoryError):
            apply_file(ulid=file.ulid, now=now)
    assert not Asset.objects.exists()
    assert deciding.confirmed_files() == [file.ulid]
    assert apply_file(ulid=file.ulid, now=now) is not None
    assert Asset.objects.count() == 10


def _edited(they: People, now: datetime, text: str = "我们的型号") -> Asset:
    applied(TEN, they.office, now)
    asset = Asset.objects.get(asset_no="A00")
    return edit_asset(
        asset=asset, column="model", text=text, reason="the plate says so", by=they.office, now=now
    )


def test_what_was_changed_here_stays_while_the_register_does_not_change_it(
    they: People, now: datetime
) -> None:
    asset = _edited(they, now)
    applied([row("A00", "别的名字"), *TEN[1:]], they.office, now + DAY)
    asset.refresh_from_db()
    assert (asset.name_zh, asset.model) == ("别的名字", "我们的型号")
    assert "我们的型号" in asset.haystack
    assert AssetEdit.objects.get().ended_at is None


@pytest.mark.parametrize(("choice", "model"), [("ours", "我们的型号"), ("theirs", "JSM-9000")])
def test_a_column_that_both_changed_is_decided_by_a_person(
    they: People, now: datetime, choice: str, model: str
) -> None:
    asset = _edited(they, now)
    file = read(as_csv([row("A00", "仪器0", model="JSM-9000"), *TEN[1:]]), they.office, now + DAY)
    conflict = AssetConflict.objects.get()
    assert (conflict.before, conflict.ours, conflict.theirs) == ("JSM-7800F", "我们的型号", "JSM-9000")
    with refused(WrongState, "library.conflicts"):
        confirm_file(file=file, by=they.office, now=now + DAY)
    with refused(NotFound, "library.no_conflict"):
        decide_conflicts(file=file, conflicts=["x"], choice=choice, by=they.office, now=now)
    with refused(Invalid, "library.choice"):
        decide_conflicts(file=file, conflicts=[conflict.ulid], choice="both", by=they.office, now=now)
    with refused(Invalid, "library.none_chosen"):
        decide_conflicts(file=file, conflicts=[], choice=choice, by=they.office, now=now)
    decide_conflicts(file=file, conflicts=[conflict.ulid], choice=choice, by=they.office, now=now)
    confirm_file(file=file, by=they.office, now=now + DAY)
    apply_file(ulid=file.ulid, now=now + DAY)
    asset.refresh_from_db()
    assert asset.model == model
    edit = AssetEdit.objects.get()
    assert edit.theirs == "JSM-9000"
    assert (edit.ended_at is None) is (choice == "ours")
    # And the file again asks nothing any more.
    again = read(as_csv([row("A00", "仪器0", model="JSM-9000"), *TEN[1:]]), they.office, now + 2 * DAY)
    assert (again.counts["same"], again.counts["conflicts"]) == (10, 0)


def test_many_conflicts_are_decided_together(they: People, now: datetime) -> None:
    applied(TEN, they.office, now)
    for asset in Asset.objects.all():
        edit_asset(asset=asset, column="place", text="B-204", reason="seen", by=they.office, now=now)
    heading = ("仪器编号", "仪器名称", "单价", "单位编号", "存放地")
    moved = [(f"A{n:02d}", f"仪器{n}", "1", "MSE", "C-1") for n in range(10)]
    file = read(as_csv(moved, heading=heading), they.office, now + DAY)
    ulids = list(file.conflicts.values_list("ulid", flat=True))
    assert decide_conflicts(file=file, conflicts=ulids, choice="theirs", by=they.office, now=now) == 10
    confirm_file(file=file, by=they.office, now=now + DAY)
    apply_file(ulid=file.ulid, now=now + DAY)
    assert set(Asset.objects.values_list("place", flat=True)) == {"C-1"}


def test_an_edit_ends_when_the_register_says_the_same(they: People, now: datetime) -> None:
    _edited(they, now, "JSM-9000")
    file = read(as_csv([row("A00", "仪器0", model="JSM-9000"), *TEN[1:]]), they.office, now + DAY)
    assert not file.conflicts.exists()
    confirm_file(file=file, by=they.office, now=now + DAY)
    apply_file(ulid=file.ulid, now=now + DAY)
    assert AssetEdit.objects.get().ended_at == now + DAY


def test_a_change_made_while_the_file_is_looked_at_is_a_conflict_too(they: People, now: datetime) -> None:
    applied(TEN, they.office, now)
    file = read(as_csv([row("A00", "仪器0", model="JSM-9000"), *TEN[1:]]), they.office, now + DAY)
    asset = Asset.objects.get(asset_no="A00")
    edit_asset(asset=asset, column="model", text="ours", reason="seen", by=they.office, now=now + DAY)
    with refused(WrongState, "library.conflicts"):
        confirm_file(file=file, by=they.office, now=now + DAY)


def test_who_may_change_an_asset_here(they: People, now: datetime) -> None:
    applied([*TEN, row(FE_SEM_A)], they.office, now)
    sem, other = Asset.objects.get(asset_no=FE_SEM_A), Asset.objects.get(asset_no="A00")
    edit_asset(asset=sem, column="place", text="B-204", reason="moved", by=they.teng, now=now)
    with refused(NotPermitted, "library.not_yours"):
        edit_asset(asset=other, column="place", text="B-204", reason="moved", by=they.teng, now=now)
    with refused(Invalid, "library.column"):
        edit_asset(asset=sem, column="asset_no", text="X", reason="moved", by=they.office, now=now)
    with refused(Invalid, "library.price_negative"):
        edit_asset(asset=sem, column="price_fen", text="-3", reason="moved", by=they.office, now=now)
    edit = AssetEdit.objects.get()
    assert (edit.ours, edit.theirs) == ("B-204", "")
    assert take_back(edit=edit, reason="wrong", by=they.teng, now=now).place == ""
    with refused(WrongState, "library.edit_ended"):
        take_back(edit=edit, reason="wrong", by=they.teng, now=now)
    assert AuditEntry.objects.filter(action="library.edit_asset").count() == 2


def test_rows_of_decided_files_go_and_the_mirror_stays(they: People, now: datetime) -> None:
    applied(TEN, they.office, now - 31 * DAY)
    read(as_csv(TEN), they.office, now)
    assert purge_rows(now=now) == 10
    assert Asset.objects.count() == 10
