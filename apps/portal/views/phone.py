"""What makes the site an application on a phone: its manifest, its service worker, and the one page of a
person's own that is kept for when there is no network.
"""

import hashlib
import json
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.bookings.queries import upcoming
from apps.core import clock
from apps.people.views import viewer
from apps.portal.pocket import HEADER
from apps.training.queries import certificates_of

AHEAD = timedelta(days=60)
KEPT = 50
COLOUR = "#0b4a8f"
# What the kept page needs to look as it should.
ASSETS = (
    "vendor/tabler/tabler.min.css",
    "core/app.css",
    "core/app.js",
    "core/theme.js",
    "core/icons.svg",
    "core/favicon.svg",
)


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The manifest of the application, in the reader's language."""
    shortcuts = (
        (_("Scan a code"), "scan"),
        (_("My bookings"), "booking_list"),
        (_("Find an instrument"), "instrument_list"),
        (_("Inbox"), "task_inbox"),
    )
    told = {
        "id": "/",
        "name": _("Clearbench: shared instruments"),
        "short_name": "Clearbench",
        "lang": "zh-Hans" if get_language() == "zh-hans" else get_language(),
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": COLOUR,
        "icons": [
            _icon("core/icon-192.png", 192),
            _icon("core/icon-512.png", 512),
            {**_icon("core/icon-maskable-512.png", 512), "purpose": "maskable"},
        ],
        "shortcuts": [{"name": name, "url": reverse(route)} for name, route in shortcuts],
    }
    return JsonResponse(told, content_type="application/manifest+json; charset=utf-8")


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its text changes with every asset: so a browser knows of a new release."""
    told = {
        "version": hashlib.sha256(" ".join(map(_marked, ASSETS)).encode()).hexdigest()[:16],
        "assets": [static(name) for name in ASSETS],
        "pocket": reverse("pocket"),
        "offline": reverse("offline"),
        "header": HEADER,
    }
    text = render_to_string("portal/sw.js", {"settings": json.dumps(told)})
    return HttpResponse(
        text, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@require_safe
def pocket(request: HttpRequest) -> HttpResponse:
    """My coming bookings and my certificates, as they are known at this moment. Five queries at most beside
    the frame.
    """
    user, now = viewer(request), clock.now()
    bookings = upcoming(user, now).filter(start__lt=now + AHEAD)
    counting = [one for one in certificates_of(user)[:KEPT] if one.revoked_at is None]
    context = {"now": now, "bookings": list(bookings[:KEPT]), "certificates": counting}
    return render(request, "portal/pocket.html", context)


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without network to somebody of whom nothing is kept. The same for everybody."""
    return render(request, "portal/offline.html")


def _icon(name: str, size: int) -> dict[str, str]:
    return {"src": static(name), "sizes": f"{size}x{size}", "type": "image/png"}


def _marked(name: str) -> str:
    """An asset with what tells its versions apart: its hashed name, or its time where names are plain."""
    address = static(name)
    if address.endswith(name):
        path = staticfiles_storage.path(name) if staticfiles_storage.exists(name) else ""
        return f"{address}:{staticfiles_storage.get_modified_time(name) if path else ''}"
    return address
