"""The library for programs: the same search and the same lists as on the pages."""

from datetime import date

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.core import clock
from apps.core.api import PageAsked, PageOf, Told
from apps.library.lists import LISTS, grouped, list_of, totals
from apps.library.models import Asset
from apps.library.rights import require_report
from apps.library.searching import Wanted, page_of
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["library"])
lists = Router(tags=["library"])


class AssetsAsked(PageAsked):
    """The filters of the library; empty ones do not count. `class_code` is how a class begins, `unit` the
    code of a unit, `kind` the key of a list.
    """

    q: str = Field("", max_length=80)
    class_code: str = Field("", max_length=20)
    unit: str = Field("", max_length=40)
    kind: str = Field("", max_length=20)
    status: str = Field("", max_length=10)


class AssetTold(Told):
    """An asset as the register has it, overlaid by what was changed here. `in_register` is false when the
    register no longer has it.
    """

    ulid: str
    asset_no: str
    name_zh: str
    name_en: str
    class_code: str
    class_name: str
    model: str
    spec: str
    maker: str
    origin: str
    price_fen: int
    acquired: date | None
    status: str
    purpose: str
    unit_code: str
    unit_name: str
    place: str
    customs: bool
    customs_until: date | None
    in_register: bool


class ListTold(Told):
    """A list: its key, how many assets are on it, what they cost."""

    kind: str
    title: str
    assets: int
    price_fen: int


class GroupTold(Told):
    """The assets of a list in one unit of the register."""

    unit_code: str
    unit_name: str
    assets: int
    price_fen: int


class ListInFull(ListTold):
    """A list by unit."""

    units: list[GroupTold]


class AssetsTold(PageOf[AssetTold]):
    """A part of the library; `previous` is the cursor of the part before, empty at the beginning."""

    previous: str


@router.get("", response=AssetsTold, **scoped("instruments:read", _("Assets of the school, by number")))
def assets(request: HttpRequest, asked: Query[AssetsAsked]) -> AssetsTold:
    """Assets that fit every filter, by number. 404 `library.no_list`; 422 `core.cursor`."""
    viewer(request)
    wanted = Wanted(asked.q, asked.class_code, asked.unit, asked.kind, asked.status)
    part = page_of(wanted, clock.now(), size=asked.limit, cursor=asked.cursor)
    return AssetsTold(items=[_told(one) for one in part.rows], next=part.next, previous=part.previous)


@router.get("/{asset_no}", response=AssetTold, **scoped("instruments:read", _("One asset of the school")))
def asset(request: HttpRequest, asset_no: str) -> AssetTold:
    """One asset by its number. 404 `core.not_found`."""
    viewer(request)
    return _told(get_object_or_404(Asset, asset_no=asset_no))


@lists.get(
    "", response=list[ListTold], **scoped("instruments:read", _("The lists of the library, with totals"))
)
def asset_lists(request: HttpRequest) -> list[ListTold]:
    """The seven lists. 403 `library.report_only`."""
    now = clock.now()
    require_report(viewer(request), now)
    return [_list(one.key, *totals(one.key, now)) for one in LISTS.values()]


@lists.get(
    "/{kind}", response=ListInFull, **scoped("instruments:read", _("One list of the library, by unit"))
)
def asset_list(request: HttpRequest, kind: str) -> ListInFull:
    """One list by unit of the register. 403 `library.report_only`; 404 `library.no_list`."""
    now = clock.now()
    require_report(viewer(request), now)
    found = grouped(list_of(kind).key, now)
    units = [
        GroupTold(unit_code=one.unit_code, unit_name=one.unit_name, assets=one.number, price_fen=one.fen)
        for one in found.groups
    ]
    return ListInFull(**_list(kind, found.number, found.fen).model_dump(), units=units)


def _list(kind: str, number: int, fen: int) -> ListTold:
    return ListTold(kind=kind, title=str(list_of(kind).title), assets=number, price_fen=fen)


def _told(one: Asset) -> AssetTold:
    names = AssetTold.model_fields.keys() - {"in_register"}
    return AssetTold(**{name: getattr(one, name) for name in names}, in_register=one.gone_at is None)
