"""Questions from files: the layout to fill in, a look at what a file would bring, the yes that loads it."""

from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import Invalid
from apps.core.refusals import add_refusal
from apps.core.workbooks import download
from apps.people.models import User
from apps.people.views import viewer
from apps.training.forms.questions import UploadForm
from apps.training.models import QuestionUpload
from apps.training.question_import import Report, load_questions, preview_questions
from apps.training.question_rows import COLUMNS
from apps.training.uploads import MOST_BYTES
from apps.training.views.bank import kept

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def question_import(request: HttpRequest) -> HttpResponse:
    """A file is looked at: what it would bring, or every fault. Nothing is loaded yet."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    upload: QuestionUpload | None = None
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        upload, report = _look(form, user, now)
    context = {
        "form": form,
        "upload": upload,
        "report": report,
        "faults": report.faults[:SHOWN] if report else [],
        "more": max(len(report.faults) - SHOWN, 0) if report else 0,
        "topics": topics,
        "columns": COLUMNS,
    }
    wrong = bool(form.errors) or (report is not None and not report.loads)
    return render(request, "training/question_import.html", context, status=422 if wrong else 200)


@require_POST
def question_load(request: HttpRequest, ulid: str) -> HttpResponse:
    """The yes to a file that was looked at."""
    user, now = viewer(request), clock.now()
    kept(user, now)
    upload = get_object_or_404(QuestionUpload, ulid=ulid, by=user)
    report = load_questions(upload=upload, by=user, now=now)
    count = report.new + report.changed
    loaded = ngettext("%(n)d question was loaded.", "%(n)d questions were loaded.", count) % {"n": count}
    messages.success(request, loaded if count else _("Everything in the file was known already."))
    return redirect("question_list")


@require_safe
def question_template(request: HttpRequest) -> FileResponse:
    """An Excel file with the headings and one example of each kind, to fill in."""
    user, now = viewer(request), clock.now()
    topics = kept(user, now)
    code = topics[0].code if topics else "TOPIC"
    return download(
        filename="questions-template.xlsx", sheet=_("Questions"), headings=COLUMNS, rows=_examples(code)
    )


def _look(form: UploadForm, user: User, now: datetime) -> tuple[QuestionUpload | None, Report | None]:
    file = form.cleaned_data["file"]
    content = file.read(MOST_BYTES + 1)
    try:
        return preview_questions(name=file.name, content=content, by=user, now=now)
    except Invalid as refusal:
        add_refusal(form, refusal)
        return None, None


def _examples(topic: str) -> list[tuple[str, ...]]:
    empty = ("",) * 6
    return [
        (
            *("DEMO-001", topic, "single", "1", "装样前先做什么？", "What comes before loading?"),  # noqa: RUF001
            *("关闭高压", "Switch the high tension off", "打开样品室", "Open the chamber"),
            *("直接推杆", "Push the rod in", *empty),
            *("A", "先关高压再放气", "High tension off first, then vent", "", ""),
        ),
        (
            *("DEMO-002", topic, "multiple", "2", "哪些要登记？", "What is written down?"),  # noqa: RUF001
            *("样品名称", "Name of the sample", "使用时间", "Time of use"),
            *("天气", "The weather", *empty),
            *("AB", "", "", "", ""),
        ),
        (
            *("DEMO-003", topic, "true_false", "1", "可以带水样品进样品室。", "Wet samples may be loaded."),
            *("",) * 12,
            *("false", "含水样品会破坏真空", "Water spoils the vacuum", "", ""),
        ),
    ]
