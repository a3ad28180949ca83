"""The list of instruments: search, filters, sorting, Excel. One instrument's own page crosses rooms and
lives in `portal`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.workbooks import download
from apps.instruments.forms import MODES, InstrumentFilter
from apps.instruments.models import Instrument, local_name
from apps.instruments.queries import search, with_state

PAGE = 25


@require_safe
def instrument_list(request: HttpRequest) -> HttpResponse:
    """A page of the list; with htmx only the part that the filters change."""
    now = clock.now()
    form = InstrumentFilter(request.GET)
    criteria = form.criteria()
    page = Paginator(with_state(search(at=now, **criteria), now), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "search_text": criteria["text"],
        "order": criteria["order"],
        "filtered": any(value for name, value in criteria.items() if name != "order"),
    }
    return render(request, "instruments/list.html", context)


@require_safe
def instrument_export(request: HttpRequest) -> FileResponse:
    """The whole filtered list as an Excel file, streamed."""
    now = clock.now()
    found = search(at=now, **InstrumentFilter(request.GET).criteria())
    return download(
        filename=f"instruments-{clock.school_time(now):%Y%m%d-%H%M}.xlsx",
        sheet=_("Instruments"),
        headings=[
            _("Asset number"),
            _("Name (Chinese)"),
            _("Name (English)"),
            _("Class"),
            _("Class name"),
            _("Model"),
            _("Maker"),
            _("Facility"),
            _("Unit"),
            _("Service"),
            _("Certificate needed"),
            _("Opening level"),
            _("Price (yuan)"),
            _("Commissioned"),
        ],
        rows=_rows(found),
    )


def _rows(found: QuerySet[Instrument]) -> Iterator[tuple[Any, ...]]:
    modes = dict(MODES)
    for one in found.iterator(chunk_size=2000):
        yield (
            one.asset_no,
            one.name_zh,
            one.name_en,
            one.class6,
            one.class_name,
            one.model,
            one.maker,
            str(one.facility),
            local_name(one.unit.name_zh, one.unit.name_en),
            ", ".join(str(modes[mode]) for mode in one.service_modes if mode in modes),
            one.get_required_level_display(),
            one.opening_level,
            Decimal(one.price_fen) / 100,
            one.commissioned,
        )
