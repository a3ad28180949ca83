"""Public notices of prices: for everybody to read, also without signing in; whoever is signed in may object
with a reason.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.periods import in_force
from apps.core.refusals import add_refusal
from apps.fees.approving import with_prices
from apps.fees.content import TIERS, Content, Item, prices_from, read_text
from apps.fees.models import FeeItem, Objection, PublicNotice
from apps.fees.noticing import is_open, notices
from apps.fees.price_words import terms_words, unit_words
from apps.instruments.models import Instrument
from apps.people.models import User
from documents.models import Document
from workflows.fee_review import asked
from workflows.fee_review.acts import object_against
from workflows.views.forms import area

PAGE = 20
LONGEST = 4000
Was = dict[tuple[str, str, str], int]


class ObjectionForm(forms.Form):
    """What somebody has against the prices."""

    reason = forms.CharField(
        label=gettext_lazy("What do you object to, and why?"), max_length=LONGEST, widget=area(5)
    )


@dataclass(frozen=True)
class Noticed:
    """One item of an instrument: what it buys in words, and the noticed price of each tier beside the
    submitted one and the one in force, in fen; None where there is none.
    """

    item: Item
    unit: str
    prices: tuple[tuple[str, int | None, int | None, int | None], ...]


@dataclass(frozen=True)
class NoticedSheet:
    """What is noticed of an instrument: its items, the tiers that any of them has, and what holds for every
    price, in words.
    """

    instrument: Instrument
    lines: list[Noticed]
    tiers: tuple[str, ...]
    terms: list[str]
    opening: str


@login_not_required
@require_safe
def fee_notice_list(request: HttpRequest) -> HttpResponse:
    """The notices that are open, and those that are over, newest first."""
    now = clock.now()
    page = Paginator(notices(now, running=False), PAGE).get_page(request.GET.get("page"))
    context = {"running": list(notices(now, running=True)), "page": page, "now": now}
    return render(request, "fee_review/page_notices.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def fee_notice(request: HttpRequest, ulid: str) -> HttpResponse:
    """The prices, until when one may object, and the form to do it."""
    now = clock.now()
    notice = _notice(ulid, now)
    user = request.user if isinstance(request.user, User) else None
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if user is None:
            return redirect_to_login(request.path)
        if form.is_valid() and _object(form, notice, user, now):
            messages.success(request, _("Your objection is taken in. You will be told how it is answered."))
            return redirect("fee_notice", ulid)
    status = 422 if form.errors else 200
    return render(request, "fee_review/page_notice.html", _context(notice, user, form, now), status=status)


def _notice(ulid: str, now: datetime) -> PublicNotice:
    found = PublicNotice.objects.filter(ulid=ulid, opens_at__lte=now)
    notice = found.select_related("submission__proposal").first()
    if notice is None:
        raise NotFound(_("There is no such notice."), code="fees.no_notice")
    return notice


def _object(form: ObjectionForm, notice: PublicNotice, user: User, now: datetime) -> bool:
    try:
        object_against(notice=notice, reason=form.cleaned_data["reason"], by=user, now=now)
    except Refusal as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _context(notice: PublicNotice, user: User | None, form: ObjectionForm, now: datetime) -> dict[str, Any]:
    submitted = read_text(notice.submission.content)
    noticed = with_prices(submitted, prices_from(notice.prices)) if submitted.sheets else submitted
    instruments = asked.instruments_of(notice.submission.proposal)
    objections = list(notice.objections.order_by("raised_at", "id"))
    mine = next((one for one in objections if user is not None and one.by_id == user.pk), None)
    return {
        "notice": notice,
        "proposal": notice.submission.proposal,
        "sheets": _sheets(submitted, noticed, instruments, now),
        "wishes": [
            (one, wish) for wish in noticed.not_open for one in instruments if one.ulid == wish.instrument
        ],
        "paper": Document.objects.filter(ulid=notice.document).defer("content").first(),
        "running": is_open(notice, now),
        "form": form,
        "mine": mine,
        "answered": _told(objections, mine) if user is not None else [],
        "objections": len(objections),
        "now": now,
    }


def _told(objections: list[Objection], mine: Objection | None) -> list[Objection]:
    """What others objected and how it was answered, without names."""
    return [one for one in objections if one.answered_at is not None and one != mine]


def _sheets(
    submitted: Content, noticed: Content, instruments: list[Instrument], now: datetime
) -> list[NoticedSheet]:
    """The sheet of each instrument, beside what was submitted and what is in force."""
    was = _in_force(instruments, now) if noticed.sheets else {}
    made = []
    for instrument in instruments:
        sheet, first = noticed.sheet_of(instrument.ulid), submitted.sheet_of(instrument.ulid)
        if sheet is None or first is None:
            continue
        tiers = tuple(tier for tier in TIERS if any(item.prices.of(tier) is not None for item in sheet.items))
        pairs = zip(sheet.items, first.items, strict=True)
        lines = [
            Noticed(item, unit_words(item), _line(instrument.ulid, item, old, tiers, was))
            for item, old in pairs
        ]
        made.append(NoticedSheet(instrument, lines, tiers, terms_words(sheet.terms), sheet.hours.opening))
    return made


def _line(
    ulid: str, item: Item, submitted: Item, tiers: tuple[str, ...], was: Was
) -> tuple[tuple[str, int | None, int | None, int | None], ...]:
    return tuple(
        (tier, item.prices.of(tier), submitted.prices.of(tier), was.get((ulid, item.code, tier)))
        for tier in tiers
    )


def _in_force(instruments: list[Instrument], now: datetime) -> Was:
    """What is paid today. One query."""
    rows = FeeItem.objects.filter(in_force(now, "version__"), version__instrument__in=instruments)
    said = rows.values_list("version__instrument__ulid", "code", "tier", "price_fen")
    return {(ulid, code, tier): fen for ulid, code, tier, fen in said}
