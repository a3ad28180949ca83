"""Rubrics, and the practical assessments that trainers fill in at the instrument. A submitted assessment is
never changed; a failed one may be followed by another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.instruments.queries import manages
from apps.people.models import User
from apps.training.coverage import covers
from apps.training.models import Assessment, Criterion, Finding, Rubric, TrainingRequest
from apps.training.places import require_stranger
from apps.training.progress import ASSESSMENT, EXAM, MINUTES, progress_of
from apps.training.queries import may_train
from apps.training.requests import locked, moved
from apps.training.scoring import Marked, assess

MOST_CRITERIA = 60
MOST_POINTS = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """One criterion as somebody writes it. For one that is passed or not, both points are 1."""

    text_zh: str
    kind: str = Criterion.Kind.PASS_FAIL
    text_en: str = ""
    critical: bool = False
    max_points: int = 1
    pass_points: int = 1


@dataclass(frozen=True)
class Answer:
    """What the trainer saw for one criterion: its points, and a note."""

    points: int
    note: str = ""


@transaction.atomic
def publish_rubric(
    *,
    instrument: Instrument,
    lines: Sequence[Line],
    pass_mark: int,
    by: User | None,
    now: datetime,
) -> Rubric:
    """The rubric of the instrument from now on; the one before ends.

    Raises Invalid `training.rubric` (`field` names the line, or the mark); NotPermitted
    `instruments.not_manager`.
    """
    if by is not None and not manages(by, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    if not 1 <= len(lines) <= MOST_CRITERIA:
        raise _wrong("lines")
    if not 0 <= pass_mark <= 100:
        raise _wrong("pass_mark")
    for number, line in enumerate(lines, start=1):
        _check_line(line, number)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    before = Rubric.objects.filter(instrument=instrument)
    before.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now)).update(valid_until=now)
    rubric = Rubric.objects.create(
        instrument=instrument,
        number=before.count() + 1,
        pass_mark=pass_mark,
        author=by,
        valid_from=now,
    )
    Criterion.objects.bulk_create(
        Criterion(
            rubric=rubric,
            position=number,
            kind=line.kind,
            max_points=line.max_points,
            pass_points=line.pass_points,
            critical=line.critical,
            text_zh=line.text_zh.strip(),
            text_en=line.text_en.strip(),
        )
        for number, line in enumerate(lines, start=1)
    )
    audit.record(
        action="training.publish_rubric",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        number=rubric.number,
    )
    return rubric


def rubric_in_force(instrument: Instrument, at: datetime) -> Rubric | None:
    """The rubric of an instrument at a moment. One query."""
    return Rubric.objects.filter(in_force(at), instrument=instrument).order_by("-number").first()


@transaction.atomic
def submit_assessment(
    *,
    request: TrainingRequest,
    instrument: Instrument,
    rubric: Rubric,
    answers: Mapping[str, Answer],
    by: User,
    now: datetime,
    nonce: str,
    remark: str = "",
) -> Assessment:
    """What the trainer saw, for good: an answer for every criterion of the rubric, by its ulid. The same
    `nonce` again gets the same assessment.

    Raises Invalid `training.unanswered` (with the criteria), `training.points`, `training.other_instrument`;
    NotPermitted `training.not_crew`, `training.own_trainer`; WrongState `training.request_moved`,
    `training.same_group`, `training.rubric_over`, `training.exam_missing`, `training.minutes_missing`,
    `training.nothing_to_assess`.
    """
    row = locked(request)
    again = Assessment.objects.filter(nonce=nonce, request=row, assessor=by).first()
    if again is not None:
        return again
    _require_assessor(row, instrument, by, now)
    _require_due(row, instrument, rubric, now)
    criteria = list(rubric.criteria.all())
    marks = _marks(criteria, answers)
    outcome = assess([marks[criterion.pk] for criterion in criteria], rubric.pass_mark)
    assessment = Assessment.objects.create(
        request=row,
        user=row.user,
        instrument=instrument,
        rubric=rubric,
        assessor=by,
        nonce=nonce,
        submitted_at=now,
        score=outcome.score,
        max_score=outcome.max_score,
        critical_failed=outcome.critical_failed,
        passed=outcome.passed,
        remark=remark.strip(),
    )
    Finding.objects.bulk_create(
        Finding(
            assessment=assessment,
            criterion=criterion,
            points=marks[criterion.pk].points,
            passed=marks[criterion.pk].passed,
            note=answers[criterion.ulid].note.strip()[:200],
        )
        for criterion in criteria
    )
    if row.instrument_id is None:  # 'any of this class' is settled where it was shown
        row.instrument = instrument
        row.save(update_fields=["instrument"])
    audit.record(
        action="training.submit_assessment",
        object_ref=f"training_request:{row.ulid}",
        now=now,
        actor=by,
        assessment=assessment.ulid,
        passed=outcome.passed,
    )
    publish(
        "training.assessed",
        now=now,
        user=row.user.ulid,
        request=row.ulid,
        assessment=assessment.ulid,
        passed=outcome.passed,
    )
    return assessment


def _check_line(line: Line, number: int) -> None:
    name = f"lines.{number}"
    if not line.text_zh.strip() or max(len(line.text_zh), len(line.text_en)) > 200:
        raise _wrong(name)
    if line.kind not in Criterion.Kind.values:
        raise _wrong(name)
    if not 1 <= line.max_points <= MOST_POINTS or not 0 <= line.pass_points <= line.max_points:
        raise _wrong(name)
    if line.kind == Criterion.Kind.PASS_FAIL and (line.max_points, line.pass_points) != (1, 1):
        raise _wrong(name)


def _wrong(field: str) -> Invalid:
    return Invalid(
        _("Each criterion has a Chinese text, and points that can be reached."),
        code="training.rubric",
        field=field,
    )


def _require_assessor(request: TrainingRequest, instrument: Instrument, by: User, now: datetime) -> None:
    if by.pk == request.user_id:
        raise NotPermitted(_("Nobody trains themselves."), code="training.own_trainer")
    if not may_train(by, instrument, now):
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
    require_stranger(request.user, by, now)


def _require_due(request: TrainingRequest, instrument: Instrument, rubric: Rubric, now: datetime) -> None:
    progress = progress_of(request)
    if request.state != TrainingRequest.State.ACCEPTED or progress is None:
        raise moved()
    own = request.instrument_id in (None, instrument.pk)
    if not own or not covers(request.course, instrument):
        raise Invalid(
            _("The course is not about this instrument."),
            code="training.other_instrument",
            field="instrument",
        )
    in_use = rubric_in_force(instrument, now)
    if in_use is None or in_use.pk != rubric.pk:
        raise WrongState(
            _("The rubric was changed meanwhile. Please assess by the new one."), code="training.rubric_over"
        )
    if EXAM in progress.missing:
        raise WrongState(_("The theory exam is not passed yet."), code="training.exam_missing")
    if MINUTES in progress.missing:
        raise WrongState(
            _("Supervised time is missing."),
            code="training.minutes_missing",
            minutes=progress.minutes_missing,
        )
    if ASSESSMENT not in progress.missing:
        raise WrongState(_("There is nothing to assess."), code="training.nothing_to_assess")


def _marks(criteria: Sequence[Criterion], answers: Mapping[str, Answer]) -> dict[int, Marked]:
    missing = [criterion.ulid for criterion in criteria if criterion.ulid not in answers]
    if missing or len(answers) != len(criteria):
        raise Invalid(
            _("Every criterion needs an answer."),
            code="training.unanswered",
            field="answers",
            criteria=missing,
        )
    marks = {}
    for criterion in criteria:
        points = answers[criterion.ulid].points
        if type(points) is not int or not 0 <= points <= criterion.max_points:
            raise Invalid(_("These points cannot be given."), code="training.points", field=criterion.ulid)
        marks[criterion.pk] = Marked(points, criterion.max_points, criterion.pass_points, criterion.critical)
    return marks
