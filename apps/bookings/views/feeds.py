"""Bookings in one's own calendar: the page of addresses, the calendars behind them, one booking as a file."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.bookings.diary import Diary, invitation
from apps.bookings.feeds import (
    count_read,
    create_feed,
    feed_of,
    note_read,
    own_feed,
    places_of,
    renew_feed,
    revoke_feed,
)
from apps.bookings.inviting import end_invitations, want_invitations, wish_of
from apps.bookings.models import CalendarFeed
from apps.bookings.queries import booking_for
from apps.core import clock, ics
from apps.core.errors import NotFound, TooMany
from apps.instruments.models import Instrument
from apps.notices.queries import site
from apps.people.views import viewer


@require_safe
def booking_calendar(request: HttpRequest) -> HttpResponse:
    """The addresses that a person has, and may have."""
    user, now = viewer(request), clock.now()
    own, *run = places_of(user, now)
    context = {"own": own, "run": run, "invited": wish_of(user), "mail": user.email}
    return render(request, "bookings/calendar.html", context)


@require_POST
def booking_invitations(request: HttpRequest) -> HttpResponse:
    """Invitations by mail, or no more of them."""
    user, now = viewer(request), clock.now()
    if request.POST.get("wanted") == "yes":
        want_invitations(user=user, now=now)
        messages.success(request, _("From now on each new booking comes by mail, as an invitation."))
    else:
        end_invitations(user=user, now=now)
        messages.success(
            request, _("No more invitations. What was sent is still taken back when it is cancelled.")
        )
    return redirect("booking_calendar")


@never_cache
@require_POST
def calendar_feed_create(request: HttpRequest) -> HttpResponse:
    """A new address, shown in the answer itself: the secret is written into no session and no table."""
    user, now = viewer(request), clock.now()
    asset_no = request.POST.get("instrument")
    instrument = get_object_or_404(Instrument, asset_no=asset_no.replace("\0", "")) if asset_no else None
    feed, secret = create_feed(user=user, instrument=instrument, language=_language(), by=user, now=now)
    return _shown(request, feed, secret)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feed_renew(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then another address."""
    user, now = viewer(request), clock.now()
    feed = own_feed(user, ulid)
    if request.method != "POST":
        return render(request, "bookings/calendar_renew.html", {"feed": feed})
    return _shown(request, *renew_feed(feed=feed, language=_language(), by=user, now=now))


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feed_revoke(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then no address any more."""
    user, now = viewer(request), clock.now()
    feed = own_feed(user, ulid)
    if request.method != "POST":
        return render(request, "bookings/calendar_revoke.html", {"feed": feed})
    revoke_feed(feed=feed, by=user, now=now)
    messages.success(request, _("Revoked. Whoever has the address reads nothing any more."))
    return redirect("booking_calendar")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The calendar behind an address, for programs that sign in nowhere: the secret is the key."""
    now = clock.now()
    try:
        feed = feed_of(secret, now)
        count_read(feed)
    except (NotFound, TooMany) as refusal:
        return _refused(refusal)
    diary = Diary(feed, now)
    note_read(feed, now)
    unchanged = get_conditional_response(
        request, etag=diary.etag, last_modified=int(diary.modified.timestamp())
    )
    answer = unchanged or _file(diary.written(), "clearbench.ics", language=diary.language)
    answer.headers["ETag"] = diary.etag
    answer.headers["Last-Modified"] = http_date(diary.modified.timestamp())
    return _private(answer)


@require_safe
def booking_ics(request: HttpRequest, ulid: str) -> HttpResponseBase:
    """One booking as a file, for its person or the crew. Whoever may not know of it is told that there is
    none.
    """
    user, now = viewer(request), clock.now()
    booking = booking_for(user, ulid, now)
    language = _language()
    whole = invitation(booking, to_crew=booking.user_id != user.pk, language=language)
    answer = _file(whole, f"{booking.ulid}.ics", language=language)
    answer.headers["Content-Disposition"] = f'attachment; filename="{booking.ulid}.ics"'
    return _private(answer)


def _shown(request: HttpRequest, feed: CalendarFeed, secret: str) -> HttpResponse:
    context = {"feed": feed, "address": f"{site()}{_path(secret)}"}
    return render(request, "bookings/calendar_created.html", context, status=HTTPStatus.CREATED)


def _path(secret: str) -> str:
    return reverse("calendar_feed", args=[secret])


def _language() -> str:
    return get_language() or "zh-hans"


def _file(whole: bytes, name: str, *, language: str) -> HttpResponse:
    return HttpResponse(
        whole,
        content_type=ics.MEDIA_TYPE,
        headers={"Content-Disposition": f'inline; filename="{name}"', "Content-Language": language},
    )


def _refused(refusal: NotFound | TooMany) -> HttpResponseBase:
    """A program reads it: a line without the frame of a page, and nothing that tells cases apart."""
    answer = HttpResponse(
        f"{refusal.code}\n", status=refusal.status, content_type="text/plain; charset=utf-8"
    )
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return _private(answer)


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    """For this reader only, and asked again each time, so that a revoked address is gone at once."""
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
