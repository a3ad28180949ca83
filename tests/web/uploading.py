"""A page with nothing but the place where files are added, and the endpoint behind it: what a room that owns
files offers.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.core.api import error_of
from apps.core.errors import Refusal
from apps.files.operations import begin
from apps.people.views import viewer

PAGE = """{% extends "base.html" %}{% load static %}{% block title %}Files{% endblock %}
{% block scripts %}<script src="{% static 'vendor/tus/tus.min.js' %}" defer></script>
<script src="{% static 'files/upload.js' %}" defer></script>{% endblock %}
{% block content %}<h1>Files</h1><section class="card"><div class="card-body">
{% include "files/upload.html" with begin="/toy/begin/" %}</div></section>{% endblock %}"""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page."""
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


@require_POST
def begun(request: HttpRequest) -> HttpResponse:
    """A file is going to be sent."""
    name, size = request.POST["name"], int(request.POST["size"])
    try:
        file = begin(about="toy:1", name=name, size=size, by=viewer(request), now=clock.now())
    except Refusal as refusal:
        return JsonResponse(error_of(refusal), status=refusal.status)
    return JsonResponse({"upload": f"/api/v1/uploads/{file.ulid}"}, status=201)


urlpatterns = [
    path("toy/", page, name="toy_page"),
    path("toy/begin/", begun, name="toy_begin"),
    path("", include("settings.urls")),
]
