"""The question bank kept by hand: topics, one question at a time. Files are taken over in `question_import`.

A wording is never changed: a new one takes the old one's place under the same code, so that every exam of the
past shows what was asked.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.models import Facility
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.training.models import ExamAttempt, Question, Topic
from apps.training.reach import may_keep_topic, may_keep_topics_of
from apps.training.wordings import Wording, faults_of


@transaction.atomic
def create_topic(
    *, code: str, name_zh: str, name_en: str, facility: Facility | None, by: User | None, now: datetime
) -> Topic:
    """A topic of a facility, or (without one) of the school.

    Raises Invalid `training.topic_name`; NotPermitted `training.not_topic_keeper`; WrongState
    `training.topic_taken`.
    """
    code, name_zh, name_en = code.strip(), name_zh.strip(), name_en.strip()
    if not code or not name_zh or not name_en:
        raise Invalid(_("A topic has a code and both names."), code="training.topic_name", field="code")
    if by is not None and not may_keep_topics_of(by, facility, now):
        raise _not_keeper()
    try:
        with transaction.atomic():
            topic = Topic.objects.create(code=code, name_zh=name_zh, name_en=name_en, facility=facility)
    except IntegrityError as exc:
        raise WrongState(
            _("There is such a topic already."), code="training.topic_taken", field="code"
        ) from exc
    audit.record(action="training.create_topic", object_ref=f"topic:{topic.ulid}", now=now, actor=by)
    return topic


@transaction.atomic
def write_question(*, wording: Wording, by: User | None, now: datetime) -> Question:
    """The question in the bank from now on (or from its own first day); the same wording again changes
    nothing.

    Raises Invalid with the first fault's code (see `wordings`; all of them in `details["also"]`),
    `training.topic_unknown`; NotPermitted `training.not_topic_keeper`; WrongState `training.exam_running`,
    `training.bank_moved`.
    """
    faults = faults_of(wording)
    if faults:
        raise Invalid(
            faults[0].message,
            code=faults[0].code,
            field=faults[0].member,
            also=[
                {"code": fault.code, "message": str(fault.message), "field": fault.member}
                for fault in faults[1:]
            ],
        )
    topic = Topic.objects.select_for_update(no_key=True).filter(code=wording.topic).first()
    if topic is None:
        raise Invalid(_("There is no such topic."), code="training.topic_unknown", field="topic")
    before = Question.objects.filter(code=wording.code, revoked_at__isnull=True).first()
    for one in {topic, before.topic} if before else {topic}:
        require_topic_keeper(one, by, now)
    if before is not None and before.digest == wording.digest:
        return before
    if before is not None:
        Question.objects.filter(pk=before.pk).update(revoked_at=now)
    try:
        with transaction.atomic():
            question = Question.objects.create(**row_of(wording, topic, by, now))
    except IntegrityError as exc:
        raise bank_moved() from exc
    audit.record(action="training.write_question", object_ref=f"question:{question.ulid}", now=now, actor=by)
    return question


@transaction.atomic
def retire_question(*, question: Question, reason: str, by: User | None, now: datetime) -> Question:
    """The question is drawn no more. Raises Invalid `core.reason_required`; NotPermitted
    `training.not_topic_keeper`; WrongState `training.question_retired`, `training.exam_running`.
    """
    reason = require_reason(reason)
    require_topic_keeper(question.topic, by, now)
    if not Question.objects.filter(pk=question.pk, revoked_at__isnull=True).update(revoked_at=now):
        raise WrongState(_("This question is no longer asked."), code="training.question_retired")
    audit.record(
        action="training.retire_question",
        object_ref=f"question:{question.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    question.refresh_from_db()
    return question


def require_topic_keeper(topic: Topic, by: User | None, now: datetime) -> None:
    """Whoever keeps the topic, and does not sit an exam at this moment: NotPermitted
    `training.not_topic_keeper`, WrongState `training.exam_running`.
    """
    if by is None:
        return
    if not may_keep_topic(by, topic, now):
        raise _not_keeper()
    require_not_sitting(by, now)


def require_not_sitting(by: User, now: datetime) -> None:
    """Nobody reads the answers while sitting an exam: WrongState `training.exam_running`."""
    if ExamAttempt.objects.filter(user=by, ended_at__isnull=True, deadline__gt=now).exists():
        raise WrongState(
            _("You are sitting an exam: the question bank is closed to you until it is over."),
            code="training.exam_running",
        )


def row_of(wording: Wording, topic: Topic, by: User | None, now: datetime) -> dict[str, Any]:
    """The columns of a wording."""
    return {
        "code": wording.code,
        "topic": topic,
        "kind": wording.kind,
        "points": wording.points,
        "text_zh": wording.text_zh,
        "text_en": wording.text_en,
        "options": [{"key": o.key, "zh": o.zh, "en": o.en} for o in wording.choices],
        "correct": sorted(wording.correct),
        "explanation_zh": wording.explanation_zh,
        "explanation_en": wording.explanation_en,
        "digest": wording.digest,
        "author": by,
        "valid_from": wording.active_from or now,
        "valid_until": wording.active_until,
    }


def bank_moved() -> WrongState:
    """Somebody else wrote a question under the same code at the same moment."""
    return WrongState(_("The question bank has moved on: please look again."), code="training.bank_moved")


def _not_keeper() -> NotPermitted:
    return NotPermitted(_("You do not keep this topic."), code="training.not_topic_keeper")
