"""Every address of the site, app by app."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path

from apps.portal.administration import close_door
from apps.portal.views.passkeys import login_with_passkey
from settings import api
from settings.api_docs import api_docs


def closed(request: HttpRequest) -> HttpResponse:
    """What allauth brings and this installation does not offer: accounts are opened, mended and closed by
    registration.
    """
    raise Http404


close_door()

urlpatterns = [
    path("", include("apps.portal.urls")),
    path("", include("apps.instruments.urls")),
    path("", include("apps.library.urls")),
    path("", include("apps.bookings.urls")),
    path("", include("apps.samples.urls")),
    path("", include("apps.billing.urls")),
    path("", include("apps.fees.urls")),
    path("", include("apps.hosting.urls")),
    path("", include("apps.evaluation.urls")),
    path("", include("apps.reports.urls")),
    path("", include("apps.people.urls")),
    path("", include("apps.fees.price_urls")),
    path("", include("apps.tokens.urls")),
    path("", include("apps.webhooks.urls")),
    path("", include("apps.training.urls")),
    path("", include("apps.notices.urls")),
    path("", include("documents.urls")),
    path("", include("workflows.urls")),
    path("api/v1/docs", api_docs, name="api_docs"),
    path("api/v1/", api.urls()),
    re_path(r"^api/", api.nowhere, name="api_nowhere"),
    re_path(r"^accounts/(?:signup|email|confirm-email|password/(?:reset|set)|login/code)/", closed),
    path("accounts/2fa/webauthn/login/", login_with_passkey, name="mfa_login_webauthn"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
