"""Addresses of the samples room."""

from django.urls import path

from apps.samples.views import crew, mine

urlpatterns = [
    path("samples/", mine.sample_list, name="sample_list"),
    path("samples/new/", mine.sample_new, name="sample_new"),
    path("samples/board/", crew.sample_board, name="sample_board"),
    path("samples/board/<slug:asset_no>/", crew.sample_queue, name="sample_queue"),
    path("samples/board/<slug:asset_no>/order/", crew.sample_order, name="sample_order"),
    path("samples/board/<slug:asset_no>/run/", crew.sample_run_start, name="sample_run_start"),
    path("samples/runs/<slug:ulid>/end/", crew.sample_run_end, name="sample_run_end"),
    path("samples/requests/<slug:ulid>/", mine.sample_request, name="sample_request"),
    path("samples/requests/<slug:ulid>/draft/", mine.sample_draft, name="sample_draft"),
    path("samples/requests/<slug:ulid>/discard/", mine.sample_discard, name="sample_discard"),
    path("samples/requests/<slug:ulid>/do/<slug:verb>/", crew.sample_request_act, name="sample_request_act"),
    path("samples/<slug:ulid>/", crew.sample_detail, name="sample_detail"),
    path("samples/<slug:ulid>/do/<slug:verb>/", crew.sample_act, name="sample_act"),
]
