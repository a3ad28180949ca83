"""Assets: finding them, one of them, changing what it says here, putting it on a list; the seven lists. Each
view asks one operation.
"""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.asking import ask_once_more
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.library.editing import edit_asset, may_edit, take_back
from apps.library.forms import AssetFilter, EditForm, ReasonForm, TagForm
from apps.library.lists import LISTS, grouped, list_of, lists_of, members, numbers_of, totals
from apps.library.models import Asset, AssetEdit, AssetTag
from apps.library.register.columns import BY_NAME, COLUMNS, EDITABLE, written
from apps.library.reports import assets_report
from apps.library.rights import may_report, require_report
from apps.library.searching import classes_below, find, instruments_of, page_of
from apps.library.tagging import end_tag, tag_asset, tags_at
from apps.people.queries import is_office
from apps.people.views import office_viewer, viewer

_PAGE = 50
_LONGEST_CLASS = 20
_PERSONAL = ("keeper_no", "keeper", "funding")


@require_safe
def asset_list(request: HttpRequest) -> HttpResponse:
    """A page of the library, filtered; onwards and back by cursor."""
    user, now = viewer(request), clock.now()
    form = AssetFilter(request.GET)
    wanted = form.wanted()
    part = page_of(wanted, now, size=_PAGE, cursor=request.GET.get("cursor", ""))
    ours = instruments_of(part.rows)
    context = {
        "form": form,
        "rows": [(one, ours.get(one.asset_no)) for one in part.rows],
        "part": part,
        "filtered": wanted.is_anything,
        "reports": may_report(user, now),
    }
    return render(request, "library/assets.html", context)


@require_safe
def asset_export(request: HttpRequest) -> FileResponse:
    """Everything that the filters leave, as an Excel file, streamed."""
    now = clock.now()
    require_report(viewer(request), now)
    return assets_report("assets", find(AssetFilter(request.GET).wanted(), now), now)


@require_safe
def asset_classes(request: HttpRequest) -> HttpResponse:
    """The library by class, one step further each time."""
    viewer(request)
    beginning = "".join(sign for sign in request.GET.get("class_code", "") if sign.isalnum())[:_LONGEST_CLASS]
    context = {"beginning": beginning, "classes": classes_below(beginning)}
    return render(request, "library/classes.html", context)


@require_safe
def asset_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """One asset: what the register says, what was changed here, its lists, which of our instruments it is."""
    user, now = viewer(request), clock.now()
    asset = get_object_or_404(Asset.objects.select_related("file"), ulid=ulid)
    whole = may_report(user, now)
    edits = {one.column: one for one in asset.edits.filter(ended_at__isnull=True).select_related("by")}
    context = {
        "asset": asset,
        "columns": [
            (column, _value(asset, column.name), edits.get(column.name))
            for column in COLUMNS
            if whole or column.name not in _PERSONAL
        ],
        "instrument": instruments_of([asset]).get(asset.asset_no),
        "lists": lists_of(asset, now),
        "tags": [(one, list_of(one.kind)) for one in tags_at([asset.pk], now)],
        "edits_it": asset.gone_at is None and may_edit(user, asset, now),
        "office": is_office(user, now),
    }
    return render(request, "library/asset.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def asset_edit(request: HttpRequest, ulid: str, column: str) -> HttpResponse:
    """Change what an asset says in one column here."""
    user, now = viewer(request), clock.now()
    asset = get_object_or_404(Asset, ulid=ulid)
    if column not in EDITABLE:
        raise NotFound(_("There is no such column."), code="library.column")
    if not may_edit(user, asset, now):
        raise NotPermitted(
            _("Only the equipment office, or who manages the instrument, changes this."),
            code="library.not_yours",
        )
    form = EditForm(request.POST or None, initial={"text": written(column, getattr(asset, column))})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            edit_asset(asset=asset, column=column, text=said["text"], reason=said["reason"], by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Changed here. The register still says what it said."))
            return redirect("asset_detail", asset.ulid)
    context = {"asset": asset, "column": BY_NAME[column], "form": form}
    return render(request, "library/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def asset_edit_back(request: HttpRequest, ulid: str) -> HttpResponse:
    """Let the register's word hold again."""
    user, now = viewer(request), clock.now()
    edit = get_object_or_404(AssetEdit.objects.select_related("asset"), ulid=ulid)
    if not may_edit(user, edit.asset, now):
        raise NotPermitted(
            _("Only the equipment office, or who manages the instrument, changes this."),
            code="library.not_yours",
        )
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: take_back(edit=edit, reason=said["reason"], by=user, now=now),
        done=_("The register's word holds again."),
        to=("asset_detail", edit.asset.ulid),
        template="library/edit_back.html",
        context={"edit": edit, "asset": edit.asset, "column": BY_NAME[edit.column]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def asset_tag(request: HttpRequest, ulid: str) -> HttpResponse:
    """Put an asset on a list, or take it off."""
    now = clock.now()
    user = office_viewer(request, now)
    asset = get_object_or_404(Asset, ulid=ulid)
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            tag_asset(
                asset=asset,
                kind=said["kind"],
                included=said["included"],
                reason=said["reason"],
                by=user,
                now=now,
                valid_until=form.valid_until,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The list follows."))
            return redirect("asset_detail", asset.ulid)
    return render(
        request, "library/tag.html", {"asset": asset, "form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def asset_tag_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """End a tag with a reason."""
    now = clock.now()
    user = office_viewer(request, now)
    tag = get_object_or_404(AssetTag.objects.select_related("asset", "by"), ulid=ulid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_once_more(
        request,
        form,
        lambda said: end_tag(tag=tag, reason=said["reason"], by=user, now=now),
        done=_("The tag has ended."),
        to=("asset_detail", tag.asset.ulid),
        template="library/tag_end.html",
        context={"tag": tag, "list": list_of(tag.kind), "asset": tag.asset},
    )


@require_safe
def asset_lists(request: HttpRequest) -> HttpResponse:
    """The seven lists with how many each has and what they cost."""
    now = clock.now()
    require_report(viewer(request), now)
    rows = [(one, *totals(one.key, now)) for one in LISTS.values()]
    return render(request, "library/lists.html", {"rows": rows})


@require_safe
def asset_list_by_lab(request: HttpRequest, kind: str) -> HttpResponse:
    """One list by lab, with counts and totals."""
    now = clock.now()
    require_report(viewer(request), now)
    context = {"list": list_of(kind), "grouped": grouped(kind, now), "numbers": numbers_of(kind, now)}
    return render(request, "library/list.html", context)


@require_safe
def asset_list_export(request: HttpRequest, kind: str) -> FileResponse:
    """One list as an Excel file, streamed."""
    now = clock.now()
    require_report(viewer(request), now)
    return assets_report(f"list-{list_of(kind).key}", members(kind, now), now)


def _value(asset: Asset, column: str) -> object:
    """What a page shows of a column: choices by their words, days and money as they are."""
    display = getattr(asset, f"get_{column}_display", None)
    return display() if display is not None else getattr(asset, column)
