"""Addresses of the reports room."""

from django.urls import path

from apps.reports import views
from apps.reports.figures import views as figures

urlpatterns = [
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/what-if/", views.fee_whatif, name="fee_whatif"),
    path(
        "fees/<slug:ulid>/sheets/<slug:asset_no>/what-if/excel/",
        views.fee_whatif_export,
        name="fee_whatif_export",
    ),
    path("figures/", figures.figure_list, name="figure_list"),
    path("figures/excel/", figures.figure_export, name="figure_export"),
    path("figures/csv/", figures.figure_csv, name="figure_csv"),
    path("figures/<slug:key>/records/", figures.figure_records, name="figure_records"),
    path("figures/<slug:key>/records/excel/", figures.figure_records_export, name="figure_records_export"),
]
