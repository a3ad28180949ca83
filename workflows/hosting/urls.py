"""Addresses of what begins while an agreement runs, and of what stands behind its statements."""

from django.urls import path

from workflows.hosting import figures, views

urlpatterns = [
    path("hosting/statements/<slug:ulid>/figures/<slug:key>/", figures.hosting_figure, name="hosting_figure"),
    path(
        "hosting/statements/<slug:ulid>/figures/<slug:key>/excel/",
        figures.hosting_figure_export,
        name="hosting_figure_export",
    ),
    path("hosting/<slug:ulid>/leave/", views.hosting_leave, name="hosting_leave"),
    path("hosting/<slug:ulid>/breach/", views.hosting_breach, name="hosting_breach"),
]
