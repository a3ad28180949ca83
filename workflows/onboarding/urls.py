"""Addresses of opening instruments."""

from django.urls import path

from workflows.onboarding import views

urlpatterns = [
    path("instruments/<slug:asset_no>/opening/", views.instrument_opening, name="instrument_opening"),
    path("instruments/<slug:asset_no>/opening/lower/", views.instrument_lower, name="instrument_lower"),
]
