"""Addresses of the bookings room."""

from django.urls import path

from apps.bookings.views import arranging, mine

urlpatterns = [
    path("bookings/", mine.booking_list, name="booking_list"),
    path("bookings/<slug:ulid>/cancel/", mine.booking_cancel, name="booking_cancel"),
    path("instruments/<slug:asset_no>/book/", mine.booking_create, name="booking_create"),
    path("instruments/<slug:asset_no>/booking-terms/", arranging.of_instrument, name="booking_terms"),
    path("facilities/<slug:ulid>/booking-terms/", arranging.of_facility, name="booking_terms_facility"),
]
