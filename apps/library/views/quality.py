"""Data quality: the list for the office and for managers, the guided repair of one record, the table of
checks. Each view asks one operation.
"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by, manages
from apps.library.describing import describe_instrument, set_table
from apps.library.forms import ProfileForm, QualityFilter, TableForm
from apps.library.models import InstrumentQuality, QualityTable
from apps.library.quality import CHECKS, profile_texts, quality_of, records_of, score_of, table_at
from apps.people.queries import is_office
from apps.people.views import office_viewer, viewer

_PAGE = 50


@require_safe
def quality_list(request: HttpRequest) -> HttpResponse:
    """The scores of all instruments for the office, of their own for whoever runs some."""
    user, now = viewer(request), clock.now()
    office = is_office(user, now)
    found = InstrumentQuality.objects.select_related("instrument__facility")
    if not office:
        found = found.filter(instrument__in=managed_by(user, now).order_by())
    form = QualityFilter(request.GET)
    rows = form.narrowed(found)
    labels = {key: check.label for key, check in CHECKS.items()}
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(one, [labels[key] for key in one.missing if key in labels]) for one in page.object_list],
        "office": office,
        "filtered": bool(form.cleaned_data.get("below") or form.cleaned_data.get("facility")),
    }
    return render(request, "library/quality_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def quality_detail(request: HttpRequest, asset_no: str) -> HttpResponse:
    """The record of one instrument: what is missing and where it is mended; telling what only its manager
    knows.
    """
    user, now = viewer(request), clock.now()
    instrument = get_object_or_404(Instrument.objects.select_related("facility"), asset_no=asset_no)
    if not manages(user, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    record = records_of([instrument], now)[0]
    score = score_of(record, table_at(now))
    form = ProfileForm(request.POST or None, initial=profile_texts(record.profile))
    if request.method == "POST" and form.is_valid():
        try:
            describe_instrument(instrument=instrument, by=user, now=now, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            after = quality_of(instrument, now).points
            words = _("Saved. The score was %(before)d and is %(after)d now.")
            messages.success(request, words % {"before": score.points, "after": after})
            return redirect("quality_detail", instrument.asset_no)
    context = {
        "instrument": instrument,
        "asset": record.asset,
        "score": score,
        "form": form,
        "office": is_office(user, now),
    }
    return render(request, "library/quality.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def quality_table(request: HttpRequest) -> HttpResponse:
    """The table of checks and its versions; setting another one."""
    now = clock.now()
    user = office_viewer(request, now)
    table = table_at(now)
    form = TableForm(request.POST or None, weights=table.weights)
    if request.method == "POST" and form.is_valid():
        try:
            set_table(
                weights=form.weights,
                valid_from=form.valid_from or now,
                reason=form.cleaned_data["reason"],
                by=user,
                now=now,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The table is set. Scores follow within a day."))
            return redirect("quality_table")
    context = {
        "form": form,
        "table": table,
        "rows": [(check, table.weights.get(key, 0)) for key, check in CHECKS.items()],
        "versions": QualityTable.objects.select_related("by"),
    }
    return render(request, "library/quality_table.html", context, status=422 if form.errors else 200)
