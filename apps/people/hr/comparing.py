"""What a file that was read would change: new, changed, returning and left people, and the accounts of those
who left. Statements over whole tables, so that fifty thousand rows cost as little memory as five.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from apps.core import parameters
from apps.core.statistics import refresh_statistics
from apps.people.identities import IN_SCHOOL
from apps.people.models import HrFault, HrFile, HrLeaver, HrPerson, HrRow, HrStatus, User
from apps.people.queries import registered

Change = HrRow.Change
TWICE = "people.hr_number_twice"
_COMPARED = ("name_zh", "name_en", "kind", "unit_code", "status", "email")


@dataclass(frozen=True)
class Cap:
    """How many accounts would leave, of how many, and how many percent stop a file."""

    leaving: int
    active: int
    percent: int

    @property
    def exceeded(self) -> bool:
        return self.leaving * 100 > self.active * self.percent


def last_confirmed() -> HrFile | None:
    """The file from which the register is."""
    return HrFile.objects.filter(state=HrFile.State.CONFIRMED).order_by("-decided_at", "-id").first()


@transaction.atomic
def compare(*, file: HrFile, now: datetime) -> HrFile:
    """The file is read whole: what it would change is written beside its rows, and it may be looked at."""
    refresh_statistics(HrRow, HrPerson, HrFault)
    _find_twice(file)
    _classify(file)
    HrLeaver.objects.filter(file=file).delete()
    HrLeaver.objects.bulk_create(
        [HrLeaver(file=file, user=user, number=user.username) for user in leaving(file, now)], batch_size=500
    )
    fresh = HrFile.objects.select_for_update(no_key=True, of=("self",)).get(pk=file.pk)
    fresh.base = last_confirmed()
    fresh.counts = _counts(file)
    fresh.fault_count = max(fresh.fault_count, 0) + file.faults.filter(code=TWICE).count()
    fresh.digest = digest_of(fresh, now)
    fresh.compared_at, fresh.state, fresh.content = now, HrFile.State.PREVIEWED, None
    fresh.save()
    return fresh


def digest_of(file: HrFile, now: datetime) -> str:
    """What the comparison says now: the file it stands on, its counts, and whose accounts would leave.
    Another digest is another comparison.
    """
    base = file.base.ulid if file.base is not None else ""
    users = ",".join(leaving(file, now).order_by("ulid").values_list("ulid", flat=True))
    counts = ",".join(f"{name}={number}" for name, number in sorted(file.counts.items()))
    return hashlib.sha256(f"{base}|{counts}|{users}".encode()).hexdigest()


def leaving(file: HrFile, at: datetime) -> QuerySet[User]:
    """Accounts in force of people of the school whom the register has and the file has not, or has as left.
    The login of such an account is its school number.
    """
    left = HrRow.objects.filter(file=file, number=OuterRef("username"), change=Change.LEFT)
    there = HrPerson.objects.filter(number=OuterRef("username"), left_at__isnull=True)
    named = HrRow.objects.filter(file=file, number=OuterRef("username"))
    gone = Exists(left) | (Exists(there.filter(status=HrStatus.ACTIVE)) & ~Exists(named))
    return User.objects.filter(registered(at), gone, kind__in=IN_SCHOOL).order_by("id")


def cap_of(file: HrFile, at: datetime) -> Cap:
    """Whether the file lacks too many. Two queries."""
    active = User.objects.filter(registered(at), kind__in=IN_SCHOOL).count()
    return Cap(file.leavers.count(), active, parameters.value("people.hr_leave_cap_percent", at=at))


def absent(file: HrFile) -> QuerySet[HrPerson]:
    """People whom the register counts among the school's and the file does not name at all."""
    named = HrRow.objects.filter(file=file, number=OuterRef("number"))
    return HrPerson.objects.filter(~Exists(named), left_at__isnull=True, status=HrStatus.ACTIVE)


def _find_twice(file: HrFile) -> None:
    """A number that stands in several rows is a fault of each but the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO people_hrfault (file_id, "row", "column", code, value, other_row)'
            " SELECT r.file_id, r.\"row\", 'number', %s, r.number, o.first_row FROM people_hrrow r JOIN"
            ' (SELECT number, MIN("row") AS first_row FROM people_hrrow WHERE file_id = %s'
            " GROUP BY number HAVING COUNT(*) > 1) o ON o.number = r.number"
            ' WHERE r.file_id = %s AND r."row" <> o.first_row',
            [TWICE, file.pk, file.pk],
        )


def _classify(file: HrFile) -> None:
    person = HrPerson.objects.filter(number=OuterRef("number"))
    there = person.filter(left_at__isnull=True, status=HrStatus.ACTIVE)
    same = person.filter(**{name: OuterRef(name) for name in _COMPARED})
    HrRow.objects.filter(file=file).update(
        change=Case(
            When(~Exists(person), then=Value(Change.NEW)),
            When(Q(status=HrStatus.LEFT) & Exists(there), then=Value(Change.LEFT)),
            When(Q(status=HrStatus.ACTIVE) & ~Exists(there), then=Value(Change.RETURNING)),
            When(Exists(same.filter(valid_until=OuterRef("valid_until"))), then=Value(Change.SAME)),
            When(  # no end here and none there: NULL equals nothing in SQL
                Q(valid_until__isnull=True) & Exists(same.filter(valid_until__isnull=True)),
                then=Value(Change.SAME),
            ),
            default=Value(Change.CHANGED),
        )
    )


def _counts(file: HrFile) -> dict[str, int]:
    found = dict.fromkeys(Change.values, 0)
    rows = HrRow.objects.filter(file=file).values_list("change").annotate(number=Count("pk"))
    found.update(dict(rows))
    found["rows"] = HrFile.objects.values_list("rows_read", flat=True).get(pk=file.pk)
    found["absent"] = absent(file).count()
    found["leaving"] = HrLeaver.objects.filter(file=file).count()
    return found
