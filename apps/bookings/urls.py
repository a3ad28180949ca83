"""Addresses of the bookings room."""

from django.urls import path

from apps.bookings.views import (
    arranging,
    detail,
    feed,
    feeds,
    finder,
    mine,
    moving,
    points,
    series,
    timetable,
    waiting,
)

urlpatterns = [
    path("bookings/", mine.booking_list, name="booking_list"),
    path("timetable/", timetable.booking_timetable, name="booking_timetable"),
    path("timetable/find/", finder.slot_finder, name="slot_finder"),
    path("bookings/feed/", feed.booking_feed, name="booking_feed"),
    path("bookings/points/", points.point_list, name="point_list"),
    path("bookings/points/<slug:ulid>/appeal/", points.point_appeal, name="point_appeal"),
    path("bookings/appeals/", points.appeal_list, name="appeal_list"),
    path("bookings/appeals/<slug:ulid>/", points.appeal_decide, name="appeal_decide"),
    path("bookings/calendar/", feeds.booking_calendar, name="booking_calendar"),
    path("bookings/calendar/invitations/", feeds.booking_invitations, name="booking_invitations"),
    path("bookings/calendar/new/", feeds.calendar_feed_create, name="calendar_feed_create"),
    path("bookings/calendar/<slug:ulid>/renew/", feeds.calendar_feed_renew, name="calendar_feed_renew"),
    path("bookings/calendar/<slug:ulid>/revoke/", feeds.calendar_feed_revoke, name="calendar_feed_revoke"),
    path("calendar/<slug:secret>.ics", feeds.calendar_feed, name="calendar_feed"),
    path("bookings/series/", series.series_mine, name="series_mine"),
    path("bookings/series/<slug:ulid>/", series.series_detail, name="series_detail"),
    path("instruments/<slug:asset_no>/series/", series.series_create, name="series_create"),
    path("bookings/waiting/", waiting.waiting_mine, name="waiting_mine"),
    path("bookings/waiting/<slug:ulid>/", waiting.waiting_detail, name="waiting_detail"),
    path("bookings/waiting/<slug:ulid>/leave/", waiting.waiting_leave, name="waiting_leave"),
    path("bookings/hand-overs/<slug:ulid>/", moving.hand_over, name="hand_over"),
    path("bookings/<slug:ulid>/change/", moving.booking_change, name="booking_change"),
    path(
        "bookings/<slug:ulid>/change/verdict/", moving.booking_change_verdict, name="booking_change_verdict"
    ),
    path("bookings/<slug:ulid>/hand-over/", moving.booking_hand_over, name="booking_hand_over"),
    path("instruments/<slug:asset_no>/wait/", waiting.waiting_join, name="waiting_join"),
    path("instruments/<slug:asset_no>/waiting/", waiting.instrument_waiting, name="waiting_list"),
    path("bookings/<slug:ulid>/booking.ics", feeds.booking_ics, name="booking_ics"),
    path("bookings/<slug:ulid>/", detail.booking_detail, name="booking_detail"),
    path("bookings/<slug:ulid>/cancel/", mine.booking_cancel, name="booking_cancel"),
    path("instruments/<slug:asset_no>/book/", mine.booking_create, name="booking_create"),
    path(
        "instruments/<slug:asset_no>/timetable/", timetable.instrument_timetable, name="instrument_timetable"
    ),
    path("instruments/<slug:asset_no>/verdict/", timetable.booking_verdict, name="booking_verdict"),
    path("instruments/<slug:asset_no>/booking-terms/", arranging.of_instrument, name="booking_terms"),
    path("facilities/<slug:ulid>/booking-terms/", arranging.of_facility, name="booking_terms_facility"),
]
