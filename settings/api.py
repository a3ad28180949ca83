"""The HTTP interface `/api/v1`, put together: whose routers, who may ask, how errors are told. Each
endpoint does what a page does: parse, ask one operation or query, answer.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from apps.billing.api import corrections as usage_corrections
from apps.billing.api import router as usage
from apps.bookings.admission_api import router as admissions
from apps.bookings.api import router as bookings
from apps.bookings.arranging_api import router as booking_terms
from apps.bookings.feed_api import router as timetable
from apps.bookings.finder_api import router as free_slots
from apps.bookings.invitations_api import router as invitations
from apps.bookings.moving_api import router as hand_overs
from apps.bookings.points_api import router as points
from apps.bookings.series_api import router as series
from apps.bookings.waiting_api import router as waiting
from apps.clearances.api import router as clearances
from apps.core.api import CleanParser, ErrorTold, require_clean
from apps.core.errors import Refusal
from apps.evaluation.api import router as evaluations
from apps.fees.api import router as fee_proposals
from apps.files.api import router as uploads
from apps.hosting import running_api as hosting_running_api
from apps.hosting.api import router as hosting
from apps.instruments import condition_api
from apps.instruments.api import router as instruments
from apps.library.api import lists as asset_lists
from apps.library.api import router as assets
from apps.portal.api import router as decisions
from apps.reports.figures.api import router as figures
from apps.samples import crew_api, piece_api, sponsor_api
from apps.samples.api import router as samples
from apps.tokens.api import router as me
from apps.tokens.auth import Closed
from apps.tokens.throttling import PerMinute
from apps.training.api import router as certificates
from apps.webhooks.api import router as webhooks
from settings.api_errors import install, method_not_allowed, not_found, told
from workflows.api import acting, files, reading, routers, starting
from workflows.committee.api import router as committees
from workflows.facility_review.api import router as facility_reviews
from workflows.fee_review import api as fee_review
from workflows.hosting import api as hosting_api

View = Callable[..., HttpResponse]
ROUTERS = {
    "/me": me,
    "/instruments": instruments,
    "/evaluations": evaluations,
    "/assets": assets,
    "/asset-lists": asset_lists,
    "/clearances": clearances,
    "/certificates": certificates,
    "/admissions": admissions,
    "/bookings": bookings,
    "/booking-terms": booking_terms,
    "/timetable": timetable,
    "/free-slots": free_slots,
    "/points": points,
    "/waiting": waiting,
    "/hand-overs": hand_overs,
    "/invitations": invitations,
    "/series": series,
    "/usage": usage,
    "/usage-corrections": usage_corrections,
    "/fee-proposals": fee_proposals,
    "/hosting": hosting,
    "/samples": samples,
    "/uploads": uploads,
    "/webhooks": webhooks,
    "/decisions": decisions,
    "/figures": figures,
    "/facility-reviews": facility_reviews,
    "/committees": committees,
    "/processes": routers.processes,
    "/cases": routers.cases,
    "/tasks": routers.tasks,
    "/inbox": routers.inboxes,
}
FILLED_BY = (
    condition_api,
    hosting_running_api,
    hosting_api,
    crew_api,
    piece_api,
    sponsor_api,
    reading,
    acting,
    files,
    starting,
    fee_review,
)  # who puts endpoints into the routers of others


class Interface(NinjaAPI):
    """The interface with its own description: each operation says its scope and its errors."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._described: dict[str, dict[str, Any]] = {}

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name: what a generated client will call it."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description in the reader's language, made once for each."""
        language = get_language() or ""
        if language not in self._described:
            plain = json.loads(json.dumps(super().get_openapi_schema(**options), cls=DjangoJSONEncoder))
            self._described[language] = _completed(plain)
        return self._described[language]  # type: ignore[return-value]  # a dict is all that anybody wants of it


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    schema["components"]["schemas"]["Error"] = ErrorTold.model_json_schema()
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in schema["paths"].values():
        for operation in path.values():
            scope = operation.pop("x-scope", None)
            operation["security"] = [{"Token": [scope]}, {"Session": []}]
            operation["responses"]["default"] = {"description": "An error", "content": error}
    return schema


api = Interface(
    title="Clearbench",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=[Closed()],
    throttle=[PerMinute()],
    parser=CleanParser(),
)
install(api)
starting.offer_all()
for prefix, router in ROUTERS.items():
    api.add_router(prefix, router)


def door(view: View) -> View:
    """What stands before every address of the interface. It asks for no sign-in page, because the endpoints
    ask who it is themselves; answers HEAD; and lets a client ask whether anything has changed.
    """

    @conditional_page
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            for name, value in kwargs.items():
                require_clean(str(value), field=name)
            answer = view(request, *args, **kwargs)
        except Refusal as refusal:
            answer = told(refusal)
        except Http404:
            answer = told(not_found())
        return _finished(answer)

    @csrf_exempt
    @login_not_required
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        try:
            return answered(request, *args, **kwargs)
        finally:
            request.method = asked

    return opened


def _finished(answer: HttpResponse) -> HttpResponse:
    if answer.status_code == 405:
        allow = answer.headers.get("Allow", "")
        answer = told(method_not_allowed())
        answer.headers["Allow"] = allow
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(answer, ("Authorization", "Cookie"))
    return answer


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest) -> HttpResponse:
    """Any other address below /api/."""
    return told(not_found())


def urls() -> tuple[list[URLPattern], str, str]:
    """The interface's addresses, each behind the door."""
    patterns, app, namespace = api.urls
    doors = [URLPattern(one.pattern, door(one.callback), one.default_args, one.name) for one in patterns]  # type: ignore[arg-type, union-attr]
    return doors, app, namespace
