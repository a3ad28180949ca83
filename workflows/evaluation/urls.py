"""Addresses of rounds of evaluation: where they begin, and what stands behind their figures."""

from django.urls import path

from workflows.evaluation import figures, views

urlpatterns = [
    path("evaluation/open/", views.evaluation_open, name="evaluation_open"),
    path(
        "evaluation/sheets/<slug:ulid>/figures/<slug:key>/",
        figures.evaluation_figure,
        name="evaluation_figure",
    ),
]
