"""Addresses of the bookings room."""

from django.urls import path

from apps.bookings import views

urlpatterns = [
    path("bookings/", views.booking_list, name="booking_list"),
    path("bookings/<slug:ulid>/cancel/", views.booking_cancel, name="booking_cancel"),
    path("instruments/<slug:asset_no>/book/", views.booking_create, name="booking_create"),
]
