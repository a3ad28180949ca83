"""The question bank: found, written, taken out, and loaded from files. It is closed to whoever sits an exam
at this moment.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.core.workbooks import download
from apps.instruments.models import Facility, Instrument
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import viewer
from apps.training.forms.inputs import ReasonForm
from apps.training.forms.questions import (
    QuestionFilter,
    QuestionForm,
    TopicForm,
    days_of,
    initial_question,
)
from apps.training.models import Question, Topic
from apps.training.question_rows import COLUMNS
from apps.training.questions import create_topic, require_not_sitting, retire_question, write_question
from apps.training.reach import answers_somewhere, instruments_of, topics_kept, within
from apps.training.wordings import LETTERS, Option, wording_of

PAGE = 25


@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    """The questions of the topics that I keep, page by page."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    form = QuestionFilter(request.GET, topics=topics)
    criteria = form.criteria()
    context = {
        "form": form,
        "page": Paginator(found(topics, criteria), PAGE).get_page(request.GET.get("page")),
        "filtered": any(criteria.values()),
        "topics": topics,
    }
    return render(request, "training/questions.html", context)


@require_safe
def question_export(request: HttpRequest) -> FileResponse:
    """The filtered questions as an Excel file in the layout that can be loaded again."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    return download(
        filename=f"questions-{clock.school_time(now):%Y%m%d-%H%M}.xlsx",
        sheet=_("Questions"),
        headings=COLUMNS,
        rows=_rows(found(topics, QuestionFilter(request.GET, topics=topics).criteria())),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def question_new(request: HttpRequest) -> HttpResponse:
    """A new question."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    return _written(request, user, topics, None, now)


@require_http_methods(["GET", "HEAD", "POST"])
def question_edit(request: HttpRequest, ulid: str) -> HttpResponse:
    """Another wording of a question."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    return _written(request, user, topics, _question(topics, ulid), now)


@require_http_methods(["GET", "HEAD", "POST"])
def question_retire(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm with a reason; then it is drawn no more."""
    user, now = viewer(request), clock.now()
    question = _question(kept(user, now), ulid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: retire_question(question=question, reason=said["reason"], by=user, now=now),
        done=_("The question is drawn no more."),
        to=("question_list",),
        template="training/question_retire.html",
        context={"question": question},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def topic_new(request: HttpRequest) -> HttpResponse:
    """A new topic."""
    user, now = viewer(request), clock.now()
    kept(user, now)
    school = is_office(user, now)
    mine = within(Instrument.objects.all(), instruments_of(user, now)).values("facility")
    facilities = Facility.objects.order_by("name_zh")
    facilities = facilities if school else facilities.filter(pk__in=mine)
    form = TopicForm(request.POST if request.method == "POST" else None, facilities=facilities, school=school)
    if request.method == "POST" and form.is_valid():
        names = {name: form.cleaned_data[name] for name in ("code", "name_zh", "name_en")}
        try:
            create_topic(**names, facility=form.chosen_facility, by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The topic is there. Now it wants questions."))
            return redirect("question_list")
    return render(request, "training/topic.html", {"form": form}, status=422 if form.errors else 200)


def kept(user: User, now: datetime) -> list[Topic]:
    """The topics that the person keeps. Raises NotPermitted `training.not_topic_keeper` for who keeps
    questions nowhere, WrongState `training.exam_running` for who sits an exam.
    """
    if not answers_somewhere(user, now):
        raise NotPermitted(_("You do not keep questions."), code="training.not_topic_keeper")
    require_not_sitting(user, now)
    return list(topics_kept(user, now))


def found(topics: list[Topic], criteria: dict[str, str]) -> QuerySet[Question]:
    """The questions of these topics, as worded now, that fit."""
    rows = Question.objects.filter(topic__in=topics, revoked_at__isnull=True).select_related("topic")
    for word in criteria["q"].split():
        rows = rows.filter(Q(code__icontains=word) | Q(text_zh__icontains=word) | Q(text_en__icontains=word))
    if criteria["topic"]:
        rows = rows.filter(topic__code=criteria["topic"])
    if criteria["kind"]:
        rows = rows.filter(kind=criteria["kind"])
    return rows.order_by("topic__code", "code")


def _question(topics: list[Topic], ulid: str) -> Question:
    question = get_object_or_404(Question.objects.select_related("topic"), ulid=ulid)
    if question.topic not in topics:
        raise NotFound(_("There is no such question."), code="training.question_unknown")
    return question


def _written(
    request: HttpRequest, user: User, topics: list[Topic], question: Question | None, now: datetime
) -> HttpResponse:
    if request.method == "POST":
        form = QuestionForm(request.POST, topics=topics)
        if form.is_valid():
            try:
                write_question(wording=form.wording, by=user, now=now)
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("The question is in the bank as you wrote it."))
                return redirect("question_list")
    else:
        form = QuestionForm(initial=initial_question(question) if question else None, topics=topics)
    context = {"form": form, "question": question, "topics": topics}
    return render(request, "training/question.html", context, status=422 if form.errors else 200)


def _rows(questions: QuerySet[Question]) -> Iterator[tuple[Any, ...]]:
    for question in questions.iterator(chunk_size=2000):
        one = wording_of(question)
        options = {option.key: option for option in one.options}
        words = [options[key] if key in options else Option(key, "") for key in LETTERS]
        yield (
            *(one.code, one.topic, one.kind, str(one.points), one.text_zh, one.text_en),
            *(word for option in words for word in (option.zh, option.en)),
            *("".join(one.correct), one.explanation_zh, one.explanation_en),
            *(day.isoformat() if day else "" for day in days_of(one)),
        )
