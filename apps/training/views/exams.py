"""Sitting an exam in the browser: the rules first, then all questions on one page that saves as one goes, a
yes before handing in, and the result. Somebody else's exam does not exist.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal, WrongState
from apps.people.models import User
from apps.people.views import viewer
from apps.training.coverage import version_in_force
from apps.training.exam_papers import by_topic, may_review, paper_of, review_of, standing_of
from apps.training.exams import save_answer, start_exam, submit_exam
from apps.training.models import Course, CourseVersion, ExamAttempt, TrainingRequest

_FIELD = re.compile(r"q([1-9][0-9]{0,3})", re.ASCII)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_start(request: HttpRequest, ulid: str) -> HttpResponse:
    """The rules of a course's exam, and the button that begins it."""
    user, now = viewer(request), clock.now()
    course = get_object_or_404(Course, ulid=ulid)
    version = _terms(course, user, now)
    if version is None:
        raise NotFound(_("This course has no exam for you now."), code="training.no_exam")
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            return redirect("exam_sit", start_exam(user=user, course=course, by=user, now=now).ulid)
        except WrongState as wrong:
            refusal = wrong
    shares = list(version.shares.select_related("topic").order_by("topic__code"))
    context = {
        "course": course,
        "version": version,
        "shares": shares,
        "count": sum(share.questions for share in shares),
        "standing": standing_of(user, course, version, now),
        "refusal": refusal,
        "next_at": _moment(refusal),
        "now": now,
    }
    return render(request, "training/exam_start.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_sit(request: HttpRequest, ulid: str) -> HttpResponse:
    """The paper. Without scripts one saves it by a button; with them every answer is saved as it is given."""
    user, now = viewer(request), clock.now()
    attempt = _own(user, ulid)
    if attempt.ended_at is not None:
        return redirect("exam_result", ulid)
    if attempt.deadline <= now:
        return redirect("exam_submit", ulid)
    if request.method == "POST":
        _save_all(attempt, user, request.POST, now)
        messages.success(request, _("Your answers are saved."))
        return redirect("exam_submit" if "hand_in" in request.POST else "exam_sit", ulid)
    papers = paper_of(attempt)
    context = {
        "attempt": attempt,
        "papers": papers,
        "answered": sum(bool(paper.answer) for paper in papers),
        "now_ms": clock.to_ms(now),
        "deadline_ms": clock.to_ms(attempt.deadline),
    }
    return render(request, "training/exam_sit.html", context)


@require_POST
def exam_answer(request: HttpRequest, ulid: str, position: int) -> HttpResponse:
    """Keep one answer; the words beside the question say that it is kept, or that it came too late."""
    user, now = viewer(request), clock.now()
    attempt = _own(user, ulid)
    try:
        save_answer(
            attempt=attempt,
            position=position,
            answer=request.POST.getlist(f"q{position}"),
            by=user,
            now=now,
        )
    except Refusal as refusal:
        return render(request, "training/exam_saved.html", {"refusal": refusal}, status=refusal.status)
    return render(request, "training/exam_saved.html", {"at": now})


@require_http_methods(["GET", "HEAD", "POST"])
def exam_submit(request: HttpRequest, ulid: str) -> HttpResponse:
    """Asked once more, then handed in. Also where one arrives when the time is up."""
    user, now = viewer(request), clock.now()
    attempt = _own(user, ulid)
    if request.method == "POST" or attempt.ended_at is not None:
        if attempt.ended_at is None:
            submit_exam(attempt=attempt, by=user, now=now)
        return redirect("exam_result", ulid)
    missing = [paper.position for paper in paper_of(attempt) if not paper.answer]
    context = {"attempt": attempt, "missing": missing, "over": attempt.deadline <= now}
    return render(request, "training/exam_submit.html", context)


@require_safe
def exam_result(request: HttpRequest, ulid: str) -> HttpResponse:
    """Passed or not, the points by topic, and (to who may see them) the right answers."""
    user, now = viewer(request), clock.now()
    attempt = _own(user, ulid)
    if attempt.ended_at is None:
        return redirect("exam_sit", ulid)
    context: dict[str, Any] = {
        "attempt": attempt,
        "topics": by_topic(attempt),
        "review": review_of(attempt) if may_review(attempt, now) else [],
        "standing": standing_of(user, attempt.course, attempt.version, now),
        "now": now,
    }
    return render(request, "training/exam_result.html", context)


def _own(user: User, ulid: str) -> ExamAttempt:
    return get_object_or_404(
        ExamAttempt.objects.select_related("course", "version", "user"), ulid=ulid, user=user
    )


def _terms(course: Course, user: User, now: datetime) -> CourseVersion | None:
    """The terms by which this person would sit the exam; None where there is none for them."""
    if course.is_safety:
        return version_in_force(course, now)
    request = TrainingRequest.objects.filter(user=user, course=course, state=TrainingRequest.State.ACCEPTED)
    found = request.select_related("version").first()
    version = found.version if found else None
    return version if version is not None and version.shares.exists() else None


def _save_all(attempt: ExamAttempt, user: User, posted: QueryDict, now: datetime) -> None:
    before = {paper.position: paper.answer for paper in paper_of(attempt)}
    for position in sorted(set(_positions(posted, before))):
        answer = posted.getlist(f"q{position}")
        if tuple(sorted(answer)) != before[position]:
            save_answer(attempt=attempt, position=position, answer=answer, by=user, now=now)


def _positions(posted: QueryDict, known: dict[int, tuple[str, ...]]) -> Iterator[int]:
    """Questions that were on the page: those with an answer, and those whose last tick was taken away."""
    for name in posted:
        found = _FIELD.fullmatch(name.removeprefix("asked_"))
        if found and int(found[1]) in known and (name.startswith("asked_") or name == found[0]):
            yield int(found[1])


def _moment(refusal: Refusal | None) -> datetime | None:
    told = refusal.details.get("next_at") if refusal else None
    return datetime.fromisoformat(told) if told else None
