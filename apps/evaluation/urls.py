"""Addresses of the evaluation room."""

from django.urls import path

from apps.evaluation.views import schemes, simulator

urlpatterns = [
    path("evaluation/schemes/", schemes.scheme_list, name="evaluation_scheme_list"),
    path("evaluation/schemes/new/", schemes.scheme_new, name="evaluation_scheme_new"),
    path("evaluation/schemes/install/", schemes.scheme_install, name="evaluation_scheme_install"),
    path("evaluation/schemes/<slug:ulid>/", schemes.scheme_detail, name="evaluation_scheme"),
    path("evaluation/schemes/<slug:ulid>/draft/", schemes.scheme_draft, name="evaluation_scheme_draft"),
    path("evaluation/schemes/<slug:ulid>/edit/", schemes.scheme_edit, name="evaluation_scheme_edit"),
    path("evaluation/schemes/<slug:ulid>/check/", schemes.scheme_check, name="evaluation_scheme_check"),
    path("evaluation/schemes/<slug:ulid>/adopt/", schemes.scheme_adopt, name="evaluation_scheme_adopt"),
    path("evaluation/schemes/<slug:ulid>/discard/", schemes.scheme_discard, name="evaluation_scheme_discard"),
    path("evaluation/schemes/<slug:ulid>/what-if/", simulator.simulator, name="evaluation_simulator"),
]
