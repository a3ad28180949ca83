"""The bench panel of the demonstration: hold a card to a simulated controller from the browser, and watch.
There is no such page outside the demo.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.people.views import viewer
from apps.portal.demo import roster
from apps.portal.looks import Shown
from apps.portal.views.wall import tiles_for
from apps.portal.watchers import Reach
from devices.controller.drivers.simulated import send_control
from devices.controller.settings import ConfigurationError, read_config

TAIL_BYTES = 4096
EVERYTHING = Reach(sees=None, acts=frozenset())


@dataclass(frozen=True)
class Stand:
    """One simulated controller: its tile, and what its display says."""

    tile: Shown
    said_zh: str
    said_en: str

    @property
    def key(self) -> str:
        """Which node this is, for forms and the page's own identifiers."""
        return self.tile.key


@require_http_methods(["GET", "HEAD", "POST"])
def demo_bench(request: HttpRequest) -> HttpResponse:
    """The panel; a POST holds a card to a reader."""
    if not settings.DEMO:
        raise Http404
    viewer(request)
    if request.method == "POST":
        _swipe(request)
        return redirect("demo_bench")
    stands = list(_stands())
    part = "portal/stands.html" if request.headers.get("HX-Request") else "portal/bench.html"
    return render(request, part, {"stands": stands, "cards": roster.CARDS})


def _swipe(request: HttpRequest) -> None:
    dev, _sep, node = request.POST.get("stand", "").rpartition("-")
    uid = request.POST.get("card", "")
    folder = _folders().get(dev)
    known = any(card.uid == uid for card in roster.CARDS)
    if folder is None or not known or not node.isdigit():
        raise Http404
    try:
        send_control(folder, {"node": int(node), "swipe": uid})
    except OSError:
        messages.error(request, _("This controller is not running."))
    else:
        messages.success(request, _("The card was held to the reader. The display answers in a moment."))


def _stands() -> Iterator[Stand]:
    folders = _folders()
    for tile in sorted(tiles_for(EVERYTHING, clock.now()), key=_by_asset):
        if tile.dev in folders:
            said = _last_said(folders[tile.dev] / "display.jsonl", tile.node)
            yield Stand(tile, said.get("zh", ""), said.get("en", ""))


def _by_asset(tile: Shown) -> tuple[str, str]:
    return tile.instrument.asset_no, tile.key


def _folders() -> dict[str, Path]:
    """The state directories of the simulated controllers on this machine, by device."""
    found = {}
    for config in sorted((settings.RUN_DIR / "controllers").glob("*/config.json")):
        try:
            found[config.parent.name] = read_config(config).state_dir
        except (ConfigurationError, KeyError, OSError, ValueError):
            continue  # half written, or not a simulated one
    return found


def _last_said(display: Path, node: int) -> dict[str, Any]:
    """The last sentence on a node's display; empty when it said nothing yet."""
    try:
        with display.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        said = _line(line)
        if said.get("node") == node:
            return said
    return {}


def _line(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
