"""Addresses of the reports room."""

from django.urls import path

from apps.reports import views

urlpatterns = [
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/what-if/", views.fee_whatif, name="fee_whatif"),
    path(
        "fees/<slug:ulid>/sheets/<slug:asset_no>/what-if/excel/",
        views.fee_whatif_export,
        name="fee_whatif_export",
    ),
]
