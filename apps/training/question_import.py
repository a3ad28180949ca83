"""Questions from a file: looked at first, then loaded whole or not at all. The same file again changes
nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound
from apps.people.models import User
from apps.training.models import Question, QuestionUpload, Topic
from apps.training.question_rows import NEEDED, Fault, read_row
from apps.training.questions import bank_moved, require_not_sitting, row_of
from apps.training.reach import may_keep_topic
from apps.training.uploads import read_rows
from apps.training.wordings import Wording

_FIRST_ROW = 2  # the heading is row 1, as a spreadsheet shows it
_BATCH = 500
KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Report:
    """What a file would bring: how many questions are new, worded anew and as they were, and every fault.
    With a single fault nothing is loaded.
    """

    new: int
    changed: int
    unchanged: int
    faults: tuple[Fault, ...]

    @property
    def loads(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class _Plan:
    wordings: tuple[Wording, ...]
    topics: Mapping[str, Topic]
    before: Mapping[str, Question]
    faults: tuple[Fault, ...]

    @property
    def report(self) -> Report:
        known = [self.before.get(wording.code) for wording in self.wordings]
        same = sum(
            old is not None and old.digest == new.digest
            for old, new in zip(known, self.wordings, strict=True)
        )
        fresh = sum(old is None for old in known)
        return Report(fresh, len(known) - fresh - same, same, self.faults)


@transaction.atomic
def preview_questions(
    *, name: str, content: bytes, by: User, now: datetime
) -> tuple[QuestionUpload | None, Report]:
    """What the file would bring, and the file kept for a yes (None when it has faults). Nothing is loaded.

    Raises Invalid as `uploads.read_rows`; WrongState `training.exam_running`.
    """
    require_not_sitting(by, now)
    report = _plan(content, by, now).report
    QuestionUpload.objects.filter(by=by).delete()
    QuestionUpload.objects.filter(uploaded_at__lt=now - KEPT).delete()
    if not report.loads:
        return None, report
    upload = QuestionUpload.objects.create(by=by, name=name[:120], content=content, uploaded_at=now)
    return upload, report


@transaction.atomic
def load_questions(*, upload: QuestionUpload, by: User, now: datetime) -> Report:
    """Load the file that was looked at; it is judged once more, because the bank may have moved on.

    Raises as `import_questions`; NotFound `training.upload_gone` when it is loaded or given up already, or
    was uploaded by somebody else.
    """
    row = QuestionUpload.objects.select_for_update().filter(pk=upload.pk, by=by).first()
    if row is None:
        raise NotFound(
            _("This file is not waiting any more. Please upload it again."), code="training.upload_gone"
        )
    report = import_questions(content=bytes(row.content), by=by, now=now)
    row.delete()
    return report


@transaction.atomic
def import_questions(*, content: bytes, by: User | None, now: datetime) -> Report:
    """Every question of a CSV file (UTF-8 or GBK) or an Excel sheet; with a single fault none is taken.

    Raises Invalid `training.import_refused` with `details["faults"]` (row, column, code, message of each),
    and as `uploads.read_rows`; WrongState `training.exam_running`, `training.bank_moved`.
    """
    if by is not None:
        require_not_sitting(by, now)
    plan = _plan(content, by, now, lock=True)
    if plan.faults:
        raise Invalid(
            _("Nothing was loaded: some rows have faults."),
            code="training.import_refused",
            field="file",
            faults=[asdict(fault) for fault in plan.faults],
        )
    differing = [
        wording
        for wording in plan.wordings
        if (old := plan.before.get(wording.code)) is None or old.digest != wording.digest
    ]
    replaced = [plan.before[w.code].pk for w in differing if w.code in plan.before]
    for first in range(0, len(replaced), _BATCH):
        Question.objects.filter(pk__in=replaced[first : first + _BATCH]).update(revoked_at=now)
    rows = [Question(**row_of(wording, plan.topics[wording.topic], by, now)) for wording in differing]
    try:
        with transaction.atomic():
            Question.objects.bulk_create(rows, batch_size=_BATCH)
    except IntegrityError as exc:
        raise bank_moved() from exc
    report = plan.report
    if differing:
        audit.record(
            action="training.import_questions",
            object_ref="questions",
            now=now,
            actor=by,
            new=report.new,
            changed=report.changed,
        )
    return report


def _plan(content: bytes, by: User | None, now: datetime, *, lock: bool = False) -> _Plan:
    wordings: list[Wording] = []
    numbers: dict[str, int] = {}
    faults: list[Fault] = []
    places: list[int] = []
    for number, row in enumerate(read_rows(content, NEEDED), start=_FIRST_ROW):
        read = read_row(number, row)
        if isinstance(read, list):
            faults += read
        elif read.code in numbers:
            twice = _("This code stands in row %(row)d already.") % {"row": numbers[read.code]}
            faults.append(Fault(number, "code", "training.question_twice", str(twice)))
        else:
            numbers[read.code] = number
            wordings.append(read)
            places.append(number)
    topics = _topics({wording.topic for wording in wordings}, lock=lock)
    before = _known([wording.code for wording in wordings])
    faults += _not_theirs(wordings, places, topics, before, by, now)
    return _Plan(tuple(wordings), topics, before, tuple(sorted(faults, key=_by_row)))


def _by_row(fault: Fault) -> tuple[int, str]:
    return fault.row, fault.column


def _topics(codes: set[str], *, lock: bool) -> dict[str, Topic]:
    found: dict[str, Topic] = {}
    ordered = sorted(codes)
    for first in range(0, len(ordered), _BATCH):
        rows = Topic.objects.filter(code__in=ordered[first : first + _BATCH]).order_by("pk")
        if lock:
            rows = rows.select_for_update(no_key=True)
        found |= {topic.code: topic for topic in rows}
    return found


def _known(codes: list[str]) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for first in range(0, len(codes), _BATCH):  # a database takes only so many values in one question
        rows = Question.objects.filter(code__in=codes[first : first + _BATCH], revoked_at__isnull=True)
        found |= {question.code: question for question in rows.select_related("topic__facility")}
    return found


def _not_theirs(
    wordings: list[Wording],
    places: list[int],
    topics: Mapping[str, Topic],
    before: Mapping[str, Question],
    by: User | None,
    now: datetime,
) -> list[Fault]:
    """Rows whose topic there is not, or whose topic (the old one or the new one) somebody else keeps."""
    named = {*topics.values(), *(question.topic for question in before.values())}
    kept = {topic.pk for topic in named if by is None or may_keep_topic(by, topic, now)}
    faults = []
    for number, wording in zip(places, wordings, strict=True):
        topic, old = topics.get(wording.topic), before.get(wording.code)
        if topic is None:
            unknown = _("There is no such topic.")
            faults.append(Fault(number, "topic", "training.topic_unknown", str(unknown)))
        elif topic.pk not in kept or (old is not None and old.topic_id not in kept):
            foreign = _("You do not keep this topic.")
            faults.append(Fault(number, "topic", "training.not_topic_keeper", str(foreign)))
    return faults
