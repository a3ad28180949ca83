"""One file confirmed twice at once, two files beside one another, one upload twice: exactly one wins."""

from datetime import datetime
from functools import partial

import pytest

from apps.people.hr.deciding import confirm_hr_file, reject_hr_file
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import HrFile, HrPerson, HrRow
from tests import people
from tests.domain.people.hrfiles import as_csv, read, row
from tests.domain.people.racing import race
from tests.factories.facts import told

pytestmark = pytest.mark.django_db(transaction=True)
SOME = [row(f"N{n:04d}", f"姓名{n}") for n in range(40)]


def test_a_file_is_confirmed_once(now: datetime) -> None:
    they = people.gather(now)
    file = read(as_csv(SOME), now)
    confirm = partial(confirm_hr_file, file=file, digest=file.digest, by=they.office, now=now)
    assert race([confirm, confirm, confirm]) == {"done": 1, "people.hr_decided": 2}
    assert HrPerson.objects.count() == 40
    assert len(told("people.hr_file_confirmed")) == 1


def test_a_file_is_confirmed_or_rejected(now: datetime) -> None:
    they = people.gather(now)
    file = read(as_csv(SOME), now)
    met = race(
        [
            partial(confirm_hr_file, file=file, digest=file.digest, by=they.office, now=now),
            partial(reject_hr_file, file=file, reason="x", by=they.office, now=now),
        ]
    )
    assert met == {"done": 1, "people.hr_decided": 1}
    file.refresh_from_db()
    assert HrPerson.objects.exists() is (file.state == "confirmed")


def test_of_two_files_one_is_confirmed_and_the_other_is_stale(now: datetime) -> None:
    they = people.gather(now)
    files = [read(as_csv(SOME[first:]), now) for first in (0, 1)]
    met = race(
        [partial(confirm_hr_file, file=file, digest=file.digest, by=they.office, now=now) for file in files]
    )
    assert met == {"done": 1, "people.hr_stale": 1}
    assert HrFile.objects.filter(state="confirmed").count() == 1


def test_one_upload_sent_twice_is_one_file_and_is_read_once(now: datetime) -> None:
    they = people.gather(now)
    upload = partial(upload_hr_file, name="hr.csv", content=as_csv(SOME), by=they.office, now=now)
    assert race([upload, upload]) == {"done": 2}
    ulid = HrFile.objects.get().ulid
    assert race([partial(read_hr_file, ulid=ulid, now=now)] * 3) == {"done": 3}
    assert HrRow.objects.count() == 40
