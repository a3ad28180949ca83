"""A very large archive of finished cases, copied from one that really ran by statements over series: a
million tasks through the services would take a day.
"""

from collections.abc import Mapping, Sequence

from django.db import connection, models, transaction
from viewflow.workflow.models import Process, Task

from apps.people.models import User
from workflows.models import Candidate, Case, Step


class Archive:
    """Copies of a finished case. Every tenth has `heavy` as its first approver and another tenth as its
    applicant; `others` share the rest. Each copy is a minute older than the one before.
    """

    def __init__(self, case: Case, *, heavy: User, others: Sequence[User]) -> None:
        self.case, self.size = case, 0
        self._bases = dict.fromkeys((Process, Task, Case, Step, Candidate), 1000000000)
        choices = " ".join(f"WHEN {number} THEN {user.pk}" for number, user in enumerate(others))
        self._other = f"CASE s.i % {len(others)} {choices} END"
        self._heavy = heavy.pk

    def grow(self, size: int) -> None:
        """Have so many copies."""
        first, last = self.size + 1, size
        process, steps = self.case.process_id, list(self.case.steps.order_by("id"))
        with transaction.atomic():
            self._copy(Process, process, 0, first, last, {"created": "created", "finished": "created"})
            for number, task in enumerate(Task.objects.filter(process_id=process).order_by("id")):
                owner = self._person(0) if task.owner_id == self._heavy else self._other
                self._copy(
                    Task,
                    task.pk,
                    number,
                    first,
                    last,
                    {
                        "process_id": self._key(Process, 0),
                        "owner_id": owner if task.owner_id else "t.owner_id",
                        "created": "created",
                        "finished": "created",
                    },
                )
            self._copy(
                Case,
                self.case.pk,
                0,
                first,
                last,
                {
                    "process_id": self._key(Process, 0),
                    "applicant_id": self._person(1),
                    "number": "'BNX-' || s.i",
                    "subject_ref": "'bench:x' || s.i",
                },
            )
            tasks = list(Task.objects.filter(process_id=process).order_by("id").values_list("pk", flat=True))
            for number, step in enumerate(steps):
                at = tasks.index(step.task_id)
                self._copy(
                    Step,
                    step.pk,
                    number,
                    first,
                    last,
                    {"task_id": self._key(Task, at), "case_id": self._key(Case, 0)},
                )
                candidate = step.candidates.get()
                mine = self._person(0) if candidate.user_id == self._heavy else self._other
                self._copy(
                    Candidate,
                    candidate.pk,
                    number,
                    first,
                    last,
                    {"step_id": self._key(Step, number), "user_id": mine},
                )
        self.size = last
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _person(self, tenth: int) -> str:
        return f"CASE WHEN s.i % 10 = {tenth} THEN {self._heavy} ELSE {self._other} END"

    def _key(self, model: type[models.Model], number: int) -> str:
        """Keys of copies: far above those that the database gives, ten for each case."""
        return f"{self._bases[model]} + s.i * 10 + {number}"

    def _copy(
        self,
        model: type[models.Model],
        pk: int,
        number: int,
        first: int,
        last: int,
        told: Mapping[str, str],
    ) -> None:
        key, quote = self._key(model, number), connection.ops.quote_name
        cells: dict[str, str] = {}
        for field in model._meta.concrete_fields:
            column = str(field.column)
            cells[column] = told.get(column, f"t.{quote(column)}")
            if column in ("created", "finished") and column in told:
                cells[column] = _older(f"t.{quote(column)}")
        cells["id"] = key
        if "ulid" in cells:
            cells["ulid"] = _padded(key)
        table = quote(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE s(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM s WHERE i < {last})"  # noqa: S608 - numbers and our own names
                f" INSERT INTO {table} ({', '.join(map(quote, cells))})"
                f" SELECT {', '.join(cells.values())} FROM {table} t, s WHERE t.id = {pk}"
            )


def _older(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"{column} - s.i * interval '1 minute'"
    return f"datetime({column}, '-' || s.i || ' minutes')"


def _padded(key: str) -> str:
    zeros = "'" + "0" * 26 + "'"
    if connection.vendor == "postgresql":
        return f"right({zeros} || ({key}), 26)"
    return f"substr({zeros} || ({key}), -26)"
