"""The public price list, also without signing in; and for the office what has no price yet."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.workbooks import download
from apps.fees.models import FeeItem, Tier
from apps.fees.models.versions import ServiceMode
from apps.fees.price_forms import PriceFilter
from apps.fees.price_list import SHOWN, item_rows, listed, versions_listed
from apps.fees.price_words import terms_words, unit_words
from apps.fees.proposals import coverage, due_for_review, lapsing_not_open, without_fee
from apps.instruments.models import local_name
from apps.people.views import office_viewer

PAGE = 20
MOST = 100  # rows of each list of the coverage page; the rest is counted
SOON = timedelta(days=60)


@login_not_required
@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    """A page of the list, for everybody."""
    now = clock.now()
    form = PriceFilter(request.GET)
    criteria = form.criteria()
    page = Paginator(versions_listed(at=now, **criteria), PAGE).get_page(request.GET.get("page"))
    tier = criteria["tier"]
    context = {
        "form": form,
        "page": page,
        "rows": [
            (one, terms_words(one.version), [(line, unit_words(line.item)) for line in one.lines])
            for one in listed(page.object_list, tier=tier)
        ],
        "tiers": (Tier(tier),) if tier else SHOWN,
        "filtered": any(criteria.values()),
        "now": now,
    }
    return render(request, "fees/price_list.html", context)


@login_not_required
@require_safe
def price_export(request: HttpRequest) -> FileResponse:
    """The whole filtered list as an Excel file, streamed; a row for each price."""
    now = clock.now()
    criteria = PriceFilter(request.GET).criteria()
    return download(
        filename=f"prices-{clock.school_time(now):%Y%m%d-%H%M}.xlsx",
        sheet=_("Price list"),
        headings=[
            _("Asset number"),
            _("Instrument (Chinese)"),
            _("Instrument (English)"),
            _("Class"),
            _("Facility"),
            _("Item code"),
            _("Item (Chinese)"),
            _("Item (English)"),
            _("Service"),
            _("Unit"),
            _("Who pays"),
            _("Price (yuan)"),
            _("Version"),
            _("In force from"),
            _("Number of the decision"),
            _("Number of the notice"),
            _("What else holds"),
        ],
        rows=_rows(item_rows(versions_listed(at=now, **criteria), tier=criteria["tier"])),
    )


@require_safe
def price_coverage(request: HttpRequest) -> HttpResponse:
    """For the office: how many open instruments have a price in force, which have none, and what is due."""
    now = clock.now()
    office_viewer(request, now)
    missing, due, lapsing = without_fee(now), due_for_review(now), lapsing_not_open(now, now + SOON)
    context = {
        "coverage": coverage(now),
        "missing": list(missing[:MOST]),
        "missing_more": max(0, missing.count() - MOST),
        "due": list(due[:MOST]),
        "lapsing": list(lapsing[:MOST]),
        "now": now,
    }
    return render(request, "fees/price_coverage.html", context)


def _rows(items: Iterator[FeeItem]) -> Iterator[tuple[Any, ...]]:
    for item in items:
        version, instrument = item.version, item.version.instrument
        yield (
            instrument.asset_no,
            instrument.name_zh,
            instrument.name_en,
            instrument.class6,
            local_name(instrument.facility.name_zh, instrument.facility.name_en),
            item.code,
            item.name_zh,
            item.name_en,
            str(ServiceMode(item.service_mode).label),
            unit_words(item),
            str(Tier(item.tier).label),
            Decimal(item.price_fen) / 100,
            version.version,
            clock.school_time(version.valid_from).date(),
            version.approval_no,
            getattr(item, "notice_number", None),
            ", ".join(terms_words(version)),
        )
