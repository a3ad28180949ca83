"""The controllers for those who look after them: connection, firmware, configuration, unanswered orders, and
how many frames were refused and why. Reads only.
"""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotPermitted
from apps.people.views import viewer
from apps.portal.forms import ControllerFilter
from apps.portal.machinewords import explain, shown
from apps.portal.watchers import kept_by, offers
from devices.health import health_of, refused_of_strangers, search_controllers

PAGE = 25


@require_safe
def controller_list(request: HttpRequest) -> HttpResponse:
    """A page of the controllers in the viewer's care; strangers' refused frames for the equipment office."""
    user, now = viewer(request), clock.now()
    if not offers(user, now).keeps:
        raise NotPermitted(
            _("The controllers are for the managers of instruments and the equipment office."),
            code="portal.not_keeping",
        )
    kept = kept_by(user, now)
    form = ControllerFilter(request.GET)
    criteria = form.criteria()
    found = search_controllers(at=now, instrument_ids=kept, **criteria)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [shown(health) for health in health_of(list(page.object_list), at=now)],
        "filtered": any(criteria.values()),
        # Nobody's frames: only who answers for the whole school can do something about them.
        "strangers": [explain(one) for one in refused_of_strangers(at=now)] if kept is None else [],
        "is_office": kept is None,
    }
    return render(request, "portal/controllers.html", context)
