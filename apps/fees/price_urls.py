"""Addresses of the price list."""

from django.urls import path

from apps.fees import price_views

urlpatterns = [
    path("prices/", price_views.price_list, name="price_list"),
    path("prices/export.xlsx", price_views.price_export, name="price_export"),
    path("prices/coverage/", price_views.price_coverage, name="price_coverage"),
]
