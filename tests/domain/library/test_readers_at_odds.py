"""A file has one reader, and a person may put it aside at any moment: whoever lost it changes nothing."""

from datetime import datetime

import pytest

from apps.library.models import AssetFile, AssetRow
from apps.library.register import reading, sheets
from apps.library.register.comparing import compare
from apps.library.register.deciding import reject_file
from apps.library.register.reading import STALLED, arrived_files, read_file
from tests.domain.library.registers import as_csv, as_excel, read, row, sent
from tests.people import People

ROWS = [row("A-001"), row("A-002"), row("A-003")]


def begun(they: People, now: datetime) -> AssetFile:
    """A file whose rows are read and that is not compared yet."""
    file = sent(as_csv(ROWS), they.office, now)
    assert reading._claim(file, now)
    reading._stage(file, now)
    return file


def test_what_was_put_aside_while_it_was_read_stays_aside(they: People, now: datetime) -> None:
    file = begun(they, now)
    reject_file(file=file, reason="the wrong one", by=they.office, now=now)
    other = sent(as_csv(ROWS), they.office, now)
    assert compare(file=file, now=now) is None
    file.refresh_from_db()
    other.refresh_from_db()
    assert (file.state, other.state) == ("rejected", "arriving")
    assert read_file(ulid=other.ulid, now=now) is not None


def test_a_reader_that_goes_on_after_it_was_put_aside_keeps_nothing(they: People, now: datetime) -> None:
    file = sent(as_csv(ROWS), they.office, now)
    assert reading._claim(file, now)
    reject_file(file=file, reason="the wrong one", by=they.office, now=now)
    with pytest.raises(reading.Lost):
        reading._stage(file, now)
    assert not AssetRow.objects.filter(file=file).exists()


def test_a_reader_that_was_taken_for_lost_changes_nothing_when_it_wakes(they: People, now: datetime) -> None:
    slow = begun(they, now)
    later = now + STALLED + STALLED
    assert arrived_files(later) == [slow.ulid]
    next_one = AssetFile.objects.select_related("stored").get(pk=slow.pk)
    assert reading._claim(next_one, later)
    assert compare(file=slow, now=later) is None
    reading._stage(next_one, later)
    done = compare(file=next_one, now=later)
    assert done is not None
    assert (done.state, done.rows_read, done.counts["new"]) == ("previewed", 3, 3)
    assert AssetRow.objects.filter(file=slow).count() == 3


@pytest.mark.parametrize("price", ["1E999999", "1e-999999", "-1E999999", "1e21"])
def test_a_price_of_any_length_is_a_fault_and_stops_no_reader(
    they: People, now: datetime, price: str
) -> None:
    file = read(as_csv([row("A-001", price=price)]), they.office, now)
    assert [one.code for one in file.faults.all()] == ["library.price"]


def test_a_workbook_whose_texts_fill_the_memory_is_not_opened(
    they: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_WHOLE", 1000)
    file = read(as_excel(ROWS), they.office, now, name="register.xlsx")
    assert (file.state, file.refused_code) == ("rejected", "library.bomb")
