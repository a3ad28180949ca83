"""Addresses of the billing room."""

from django.urls import path

from apps.billing import views

urlpatterns = [
    path("usage/", views.usage_list, name="usage_list"),
    path("usage/export.xlsx", views.usage_export, name="usage_export"),
]
