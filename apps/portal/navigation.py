"""The frame around every page: the menu by what people do, the version, where the source is. It shows only
what the person can use and protects nothing: every view asks for itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.core import clock
from apps.core.errors import Text
from apps.core.prepared import Prepared
from apps.notices.queries import unread_number
from apps.people.models import User
from apps.portal.menu import ENTRIES, SECTIONS
from apps.portal.watchers import NOTHING, Offers, offers
from workflows.inbox import Counts, claimable_number, mine_number

RELEASE = "0.1.0"
SHORT = 5  # entries of the menu on a phone


@dataclass(frozen=True)
class Entry:
    """One entry of the menu."""

    url: str
    label: Text
    icon: str
    current: bool
    count: int = 0


@dataclass(frozen=True)
class Section:
    """Entries that belong together; the first ones need no title."""

    title: Text
    entries: list[Entry]


@dataclass(frozen=True)
class Frame:
    """What base.html draws around a page. `more`: what the short menu does not hold. `keeps`: whether the
    page of the controllers is for the person. `unread`: how many notices wait at the bell; `tasks`: how many
    steps wait for the person.
    """

    menu: list[Section]
    short_menu: list[Entry]
    more: list[Entry]
    keeps: bool
    unread: int
    tasks: Counts
    version: str
    source_url: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context `frame`; nothing is asked of the database until a template draws the menu."""
    return {"frame": SimpleLazyObject(_build(request))}


def _build(request: HttpRequest) -> Callable[[], Frame]:
    def build() -> Frame:
        user = getattr(request, "user", None)
        known = user if isinstance(user, User) else None
        offered = offers(known, clock.now()) if known else NOTHING
        unread, tasks = _waiting(known) if known else (0, Counts())
        shown = _shown(request, offered, tasks) if known else {}
        order = [name for _title, names in SECTIONS for name in names if name in shown]
        short = [shown[name][1] for name in order]
        fits = len(short) if len(short) <= SHORT else SHORT - 1
        return Frame(
            menu=[
                Section(title, [shown[name][0] for name in names if name in shown])
                for title, names in SECTIONS
                if not shown.keys().isdisjoint(names)
            ],
            short_menu=short[:fits],
            more=[shown[name][0] for name in order[fits:]],
            keeps=offered.keeps,
            unread=unread,
            tasks=tasks,
            version=_version(),
            source_url=settings.SOURCE_URL,
        )

    return build


def _counted(user: int) -> QuerySet[User, Any]:
    rows = User.objects.filter(pk=user).annotate(
        unread=unread_number(user), mine=mine_number(user), claimable=claimable_number(user)
    )
    return rows.values_list("unread", "mine", "claimable")


_COUNTED = Prepared(_counted)


def _waiting(user: User) -> tuple[int, Counts]:
    """What the bell and the inbox count, in one query: every page asks it."""
    for unread, mine, claimable in _COUNTED.rows(user=user.pk):
        return unread, Counts(mine, claimable)
    return 0, Counts()


def _shown(request: HttpRequest, offered: Offers, tasks: Counts) -> dict[str, tuple[Entry, Entry]]:
    """What the person has, by name: as the long menu says it, and the short one."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    hidden = _hidden(offered)
    waiting = {"task_inbox": tasks.waiting}
    return {
        name: (
            Entry(reverse(name), label, icon, here in pages, waiting.get(name, 0)),
            Entry(reverse(name), short, icon, here in pages, waiting.get(name, 0)),
        )
        for name, label, short, icon, pages in ENTRIES
        if name not in hidden
    }


def _hidden(offered: Offers) -> set[str]:
    """What the person has no use for."""
    for_whom: tuple[tuple[bool, tuple[str, ...]], ...] = (
        (settings.DEMO, ("demo_bench",)),
        (offered.watches, ("wall", "figure_list")),
        (offered.runs, ("my_day",)),
        (offered.keeps, ("controller_list", "fee_proposal_list", "evaluation_list")),
        (offered.judges, ("fee_review_list",)),
        (offered.office, ("office_home",)),
        (offered.trains, ("training_desk",)),
        (offered.answers, ("person_list",)),
        (offered.answers or offered.keeps, ("hosting_list",)),
    )
    return {name for useful, names in for_whom if not useful for name in names}


def _version() -> str:
    try:
        return version("clearbench")
    except PackageNotFoundError:
        return RELEASE
