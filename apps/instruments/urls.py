"""Addresses of the instruments room."""

from django.urls import path

from apps.instruments import views

urlpatterns = [
    path("instruments/", views.instrument_list, name="instrument_list"),
    path("instruments/export.xlsx", views.instrument_export, name="instrument_export"),
]
