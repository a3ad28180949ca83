"""Addresses of the bookings room."""

from django.urls import path

from apps.bookings.views import arranging, mine, points

urlpatterns = [
    path("bookings/", mine.booking_list, name="booking_list"),
    path("bookings/points/", points.point_list, name="point_list"),
    path("bookings/points/<slug:ulid>/appeal/", points.point_appeal, name="point_appeal"),
    path("bookings/appeals/", points.appeal_list, name="appeal_list"),
    path("bookings/appeals/<slug:ulid>/", points.appeal_decide, name="appeal_decide"),
    path("bookings/<slug:ulid>/cancel/", mine.booking_cancel, name="booking_cancel"),
    path("instruments/<slug:asset_no>/book/", mine.booking_create, name="booking_create"),
    path("instruments/<slug:asset_no>/booking-terms/", arranging.of_instrument, name="booking_terms"),
    path("facilities/<slug:ulid>/booking-terms/", arranging.of_facility, name="booking_terms_facility"),
]
