"""The schemes: what they say, what differs between versions, and the office's editor with its checks."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.figures import UNIT_WORDS, FigureUnit
from apps.core.refusals import add_refusal, form_page
from apps.evaluation import editing, schemes
from apps.evaluation.checking import Finding, findings, total_weight
from apps.evaluation.comparing import differences
from apps.evaluation.content import ACADEMIC, CALENDAR, INSTRUMENT, LAB, SOURCES, Content, read, written
from apps.evaluation.examples import examples
from apps.evaluation.forms import AdoptForm, NewSchemeForm
from apps.evaluation.models import SchemeVersion
from apps.evaluation.shipped import SHIPPED
from apps.evaluation.views.columns import editing_lists
from apps.evaluation.wording import place_words, source_words
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.views import office_viewer, viewer


@require_safe
def scheme_list(request: HttpRequest) -> HttpResponse:
    """Every scheme with its versions; drafts are the office's."""
    now = clock.now()
    office = is_office(viewer(request), now)
    versions = SchemeVersion.objects.select_related("scheme").order_by("scheme__key", "-number")
    shown = [one for one in versions if office or not one.is_draft]
    missing = set(SHIPPED) - {one.scheme.key for one in shown}
    context = {"versions": shown, "office": office, "missing": office and bool(missing)}
    return render(request, "evaluation/schemes.html", context)


@require_POST
def scheme_install(request: HttpRequest) -> HttpResponse:
    """The schemes that come with the product, those of them that are not here yet."""
    now = clock.now()
    user = office_viewer(request, now)
    made = schemes.install_shipped(by=user, now=now)
    messages.success(request, _("Added: %(number)d.") % {"number": len(made)})
    return redirect("evaluation_scheme_list")


@require_safe
def scheme_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """One version: its parts in words, worked examples, and what differs from the one before."""
    now = clock.now()
    version, office = _version(request, ulid, now)
    against = version.scheme.versions.filter(number=version.number - 1).first()
    faults = findings(version.tree) if version.is_draft else []
    context = {
        "version": version,
        "content": version.tree,
        "office": office,
        "total": written(total_weight(version.tree)),
        "before": against,
        "changes": differences(against.tree, version.tree) if against else [],
        "findings": _placed(faults),
        "examples": [] if faults else examples(version.tree),
    }
    return render(request, "evaluation/scheme.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def scheme_new(request: HttpRequest) -> HttpResponse:
    """A scheme of the school's own, as a copy of one that there is."""
    now = clock.now()
    user = office_viewer(request, now)
    versions = SchemeVersion.objects.select_related("scheme").filter(adopted_at__isnull=False)
    choices = [(one.ulid, f"{one.tree.title} · {one.number}") for one in versions]
    form = NewSchemeForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        like = versions.get(ulid=form.cleaned_data["like"])
        try:
            made = schemes.create_scheme(key=form.cleaned_data["key"], content=like.tree, by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("evaluation_scheme_edit", made.ulid)
    return form_page(request, "evaluation/scheme_new.html", {"form": form}, form)


@require_POST
def scheme_draft(request: HttpRequest, ulid: str) -> HttpResponse:
    """The next version of a scheme, or the draft that there is."""
    now = clock.now()
    user = office_viewer(request, now)
    version = get_object_or_404(SchemeVersion.objects.select_related("scheme"), ulid=ulid)
    draft = schemes.begin_draft(scheme=version.scheme, by=user, now=now)
    return redirect("evaluation_scheme_edit", draft.ulid)


@require_http_methods(["GET", "HEAD", "POST"])
def scheme_edit(request: HttpRequest, ulid: str) -> HttpResponse:
    """The editor of a draft. What was typed is kept, also where it cannot be saved."""
    now = clock.now()
    user = office_viewer(request, now)
    version = get_object_or_404(SchemeVersion.objects.select_related("scheme"), ulid=ulid)
    if not version.is_draft:
        return redirect("evaluation_scheme", version.ulid)
    if request.method != "POST":
        return _editor(request, version, json.loads(version.content), version.revision)
    kept = editing.typed(request.POST.dict())
    revision = _revision(request)
    try:
        content = read(kept)
        schemes.save_draft(version=version, revision=revision, content=content, by=user, now=now)
    except Refusal as refusal:
        return _editor(request, version, kept, revision, refusal)
    messages.success(request, _("Saved."))
    return redirect("evaluation_scheme_edit", version.ulid)


@require_POST
def scheme_check(request: HttpRequest, ulid: str) -> HttpResponse:
    """The checks and examples of what is typed at this moment, for the page; nothing is saved."""
    office_viewer(request, clock.now())
    get_object_or_404(SchemeVersion, ulid=ulid)
    return render(request, "evaluation/checks.html", _checked(editing.typed(request.POST.dict())))


@require_http_methods(["GET", "HEAD", "POST"])
def scheme_adopt(request: HttpRequest, ulid: str) -> HttpResponse:
    """The draft becomes a version that never changes."""
    now = clock.now()
    user = office_viewer(request, now)
    version = get_object_or_404(SchemeVersion.objects.select_related("scheme"), ulid=ulid)
    form = AdoptForm(request.POST if request.method == "POST" else None, today=school_time(now).date())
    if request.method == "POST" and form.is_valid():
        try:
            _adopt(version, _revision(request), form, user, now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Adopted."))
            return redirect("evaluation_scheme", version.ulid)
    context = {
        "form": form,
        "version": version,
        "content": version.tree,
        "findings": _placed(findings(version.tree)),
    }
    return form_page(request, "evaluation/adopt.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def scheme_discard(request: HttpRequest, ulid: str) -> HttpResponse:
    """The draft is given up, after a question."""
    now = clock.now()
    user = office_viewer(request, now)
    version = get_object_or_404(SchemeVersion.objects.select_related("scheme"), ulid=ulid)
    if request.method != "POST":
        return render(request, "evaluation/discard.html", {"version": version})
    schemes.discard_draft(version=version, by=user, now=now)
    messages.success(request, _("The draft was given up."))
    return redirect("evaluation_scheme_list")


def _adopt(version: SchemeVersion, revision: int, form: AdoptForm, by: User, now: datetime) -> None:
    schemes.adopt(version=version, revision=revision, by=by, now=now, **form.cleaned_data)


def _version(request: HttpRequest, ulid: str, now: datetime) -> tuple[SchemeVersion, bool]:
    office = is_office(viewer(request), now)
    shown = SchemeVersion.objects.select_related("scheme")
    if not office:
        shown = shown.filter(adopted_at__isnull=False)
    return get_object_or_404(shown, ulid=ulid), office


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _editor(
    request: HttpRequest,
    version: SchemeVersion,
    kept: dict[str, Any],
    revision: int,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = {
        "version": version,
        "revision": revision,
        "kept": kept,
        "refusal": refusal,
        "texts": [
            ("title_zh", _("Title (Chinese)"), kept["title"]["zh"]),
            ("title_en", _("Title (English)"), kept["title"]["en"]),
            ("note_zh", _("Remark (Chinese)"), kept["note"]["zh"]),
            ("note_en", _("Remark (English)"), kept["note"]["en"]),
        ],
        "lists": editing_lists(editing.rows(kept)),
        "units": [(unit.value, UNIT_WORDS[unit]) for unit in FigureUnit],
        "sources": [(key, source_words(key)) for key in SOURCES],
        "subjects": ((INSTRUMENT, _("Instruments")), (LAB, _("Laboratories"))),
        "periods": ((ACADEMIC, _("Academic year")), (CALENDAR, _("Calendar year"))),
        **_checked(kept),
    }
    return render(request, "evaluation/edit.html", context, status=refusal.status if refusal else 200)


def _checked(kept: dict[str, Any]) -> dict[str, Any]:
    """What the checks say of a scheme as it was typed; its examples where it has no fault."""
    try:
        content: Content = read(kept)
    except Refusal as refusal:
        return {"findings": [(Finding(refusal.code, str(refusal.message), "content"), "")], "total": ""}
    found = findings(content)
    return {
        "findings": _placed(found),
        "total": written(total_weight(content)),
        "examples": [] if found else examples(content),
        "content": content,
    }


def _placed(found: list[Finding]) -> list[tuple[Finding, str]]:
    return [(one, place_words(one.where)) for one in found]
