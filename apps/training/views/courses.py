"""Courses: the list that everybody sees, and for who keeps them their making, terms, end, and one more
attempt for somebody. What a course asks of oneself is shown by `portal`, which knows about money too.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import NotPermitted, Refusal
from apps.core.periods import in_force
from apps.core.refusals import add_refusal
from apps.people.models import User
from apps.people.queries import find_people, is_office
from apps.people.views import viewer
from apps.training.courses import allow_another_attempt, create_course, publish_version, retire_course
from apps.training.coverage import version_in_force, versions_in_force
from apps.training.forms.courses import AttemptForm, CourseFilter, CourseForm, TermsForm, initial_terms
from apps.training.forms.inputs import ReasonForm
from apps.training.models import Course, CourseVersion, Topic
from apps.training.reach import answers_somewhere, may_keep_course, may_train_on_any, topics_kept

PAGE = 25


@require_safe
def course_list(request: HttpRequest) -> HttpResponse:
    """The courses that are given, found by their name or their instrument's."""
    user, now = viewer(request), clock.now()
    form = CourseFilter(request.GET)
    rows = Course.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=now))
    for word in form.words().split():
        rows = rows.filter(
            Q(code__icontains=word)
            | Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(instrument__name_zh__icontains=word)
            | Q(instrument__name_en__icontains=word)
            | Q(instrument__asset_no__icontains=word)
            | Q(model__icontains=word)
        )
    page = Paginator(rows.select_related("instrument__facility").order_by("kind", "code"), PAGE).get_page(
        request.GET.get("page")
    )
    versions = versions_in_force(page.object_list, now)
    context = {
        "form": form,
        "page": page,
        "rows": [(course, versions.get(course.pk)) for course in page.object_list],
        "keeps": answers_somewhere(user, now),
        "filtered": bool(form.words()),
    }
    return render(request, "training/courses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: HttpRequest) -> HttpResponse:
    """A new course; its terms come next."""
    user, now = viewer(request), clock.now()
    if not answers_somewhere(user, now):
        raise _not_keeper()
    school = is_office(user, now)
    form = CourseForm(request.POST if request.method == "POST" else None, school=school)
    if request.method == "POST" and form.is_valid():
        try:
            course = create_course(**form.wanted(), by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The course is there. Now it wants its terms."))
            return redirect("course_terms", course.ulid)
    return render(request, "training/course_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def course_terms(request: HttpRequest, ulid: str) -> HttpResponse:
    """The next terms of a course, filled in with those of now."""
    user, now = viewer(request), clock.now()
    course = _kept(user, ulid, now)
    version = version_in_force(course, now)
    options: dict[str, Any] = {"topics": _topics(user, course, now), "courses": _others(course, version)}
    if request.method == "POST":
        form = TermsForm(request.POST, **options)
        if form.is_valid():
            try:
                publish_version(
                    course=course, terms=form.terms(), valid_from=form.begins(now), by=user, now=now
                )
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("The terms are kept. Who is in training keeps those of before."))
                return redirect("course_detail", course.ulid)
    else:
        form = TermsForm(initial=initial_terms(version) if version else None, **options)
    context = {"course": course, "form": form, "versions": course.versions.order_by("-number")}
    return render(request, "training/course_terms.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def course_retire(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm with a reason; nobody begins it any more."""
    user, now = viewer(request), clock.now()
    course = _kept(user, ulid, now)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: retire_course(course=course, reason=said["reason"], by=user, now=now),
        done=_("The course is given no more. Who is in training finishes it."),
        to=("course_list",),
        template="training/course_retire.html",
        context={"course": course},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def course_attempt(request: HttpRequest, ulid: str) -> HttpResponse:
    """One more attempt at the exam for somebody who has none left."""
    user, now = viewer(request), clock.now()
    course = get_object_or_404(Course, ulid=ulid)
    if not may_keep_course(user, course, now) and not may_train_on_any(user, course, now):
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
    form = AttemptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = (
            find_people(form.cleaned_data["login"], now).filter(username=form.cleaned_data["login"]).first()
        )
        if person is None:
            form.add_error("login", _("Nobody who may act has this login."))
        else:
            try:
                allow_another_attempt(
                    user=person, course=course, reason=form.cleaned_data["reason"], by=user, now=now
                )
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("They may sit the exam once more."))
                return redirect("course_detail", ulid)
    context = {"course": course, "form": form}
    return render(request, "training/course_attempt.html", context, status=422 if form.errors else 200)


def _kept(user: User, ulid: str, now: datetime) -> Course:
    course = get_object_or_404(Course.objects.select_related("instrument"), ulid=ulid)
    if not may_keep_course(user, course, now):
        raise _not_keeper()
    return course


def _not_keeper() -> NotPermitted:
    return NotPermitted(_("You may not set the terms of this course."), code="training.not_course_keeper")


def _topics(user: User, course: Course, now: datetime) -> list[tuple[Topic, int]]:
    """The topics that the exam may draw from, with how many questions each has now: those that the person
    keeps, and those that are drawn already.
    """
    drawn = Topic.objects.filter(shares__version__course=course)
    every = Topic.objects.filter(Q(pk__in=topics_kept(user, now)) | Q(pk__in=drawn))
    counted = every.annotate(active=Count("questions", filter=in_force(now, "questions__")))
    return [(topic, topic.active) for topic in counted.order_by("code")]


def _others(course: Course, version: CourseVersion | None) -> list[Course]:
    """The courses that may be asked for first: of the same class, or of the same facility; and those that are
    asked for already, so that new terms drop none unasked.
    """
    asked = list(version.required_courses.order_by("code")) if version else []
    rows = Course.objects.filter(retired_at__isnull=True).exclude(pk=course.pk).exclude(level="")
    if course.instrument is not None:
        near = Q(instrument__facility=course.instrument.facility_id) | Q(class6=course.instrument.class6)
        rows = rows.filter(near)
    else:
        rows = rows.filter(Q(class6=course.class6) | Q(instrument__class6=course.class6))
    return asked + list(rows.exclude(pk__in=[one.pk for one in asked]).order_by("code")[:100])
