"""My hosted instruments, and the office's board."""

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.workbooks import download
from apps.hosting.forms import BoardForm
from apps.hosting.models import Agreement, Statement
from apps.hosting.queries import board, facilities_of, hosted_by, owned_by
from apps.people.models import ResearchGroup
from apps.people.queries import is_office
from apps.people.requirements import require_office
from apps.people.views import viewer

PAGE = 20
MOST = 60


@require_safe
def hosting_list(request: HttpRequest) -> HttpResponse:
    """What I have given to be hosted, and what my facilities host; the last statement of each."""
    user, now = viewer(request), clock.now()
    owned, hosted = list(owned_by(user)[:MOST]), list(hosted_by(user, now)[:MOST])
    rows = Statement.objects.filter(agreement__in=[*owned, *hosted]).order_by("month")
    last = {one.agreement_id: one for one in rows}
    context = {
        "owned": [{"agreement": one, "statement": last.get(one.pk)} for one in owned],
        "hosted": [{"agreement": one, "statement": last.get(one.pk)} for one in hosted],
        "leads": ResearchGroup.objects.filter(pi=user).exists(),
        "hosts": bool(hosted) or facilities_of(user, now).exists(),
        "office": is_office(user, now),
    }
    return render(request, "hosting/list.html", context)


@require_safe
def hosting_board(request: HttpRequest) -> HttpResponse:
    """Every agreement of the school, for the office."""
    require_office(viewer(request), clock.now())
    form = BoardForm(request.GET)
    asked = form.asked()
    order = request.GET.get("order", "-offered_at")
    page = Paginator(board(**asked, order=order), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "filtered": any(asked.values())}
    return render(request, "hosting/board.html", context)


@require_safe
def hosting_export(request: HttpRequest) -> FileResponse:
    """The same as an Excel file."""
    require_office(viewer(request), clock.now())
    rows = board(**BoardForm(request.GET).asked())
    return download(
        filename="hosting.xlsx",
        sheet=_("Hosting"),
        headings=[
            *(_("Asset number"), _("Instrument"), _("Owner"), _("Principal investigator"), _("Host")),
            *(_("State"), _("Offered for hosting"), _("Running since"), _("Agreement ended")),
        ],
        rows=(_line(one) for one in rows.iterator(chunk_size=500)),
    )


def _line(one: Agreement) -> list[Any]:
    return [
        one.asset_no,
        one.name_zh,
        one.group.name_zh,
        one.group.pi.name_zh,
        one.facility.name_zh,
        str(one.get_state_display()),
        one.offered_at,
        one.started_at,
        one.ended_at,
    ]
