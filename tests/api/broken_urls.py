"""An interface one of whose endpoints breaks: for the test of what a client hears then."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path

from settings.api import Interface, door
from settings.api_errors import install

SECRET = "postgresql://clearbench:hunter2@db/clearbench"
broken = Interface(title="Broken", version="1", urls_namespace="broken", docs_url=None)
install(broken)


@broken.get("/boom")
def boom(request: HttpRequest) -> Any:
    raise RuntimeError(SECRET)


_patterns, _app, _namespace = broken.urls
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("settings.urls")),
    path(
        "broken/",
        ([URLPattern(one.pattern, door(one.callback)) for one in _patterns], _app, _namespace),  # type: ignore[arg-type]
    ),
]
