"""Addresses of the samples room."""

from django.urls import path

from apps.samples.views import crew, files, guests, mine, offering, papers, sponsoring

urlpatterns = [
    path("samples/", mine.sample_list, name="sample_list"),
    path("samples/new/", mine.sample_new, name="sample_new"),
    path("samples/sponsor/", sponsoring.sample_sponsor, name="sample_sponsor"),
    path("samples/board/", crew.sample_board, name="sample_board"),
    path("samples/board/<slug:asset_no>/", crew.sample_queue, name="sample_queue"),
    path("samples/board/<slug:asset_no>/order/", crew.sample_order, name="sample_order"),
    path("samples/board/<slug:asset_no>/run/", crew.sample_run_start, name="sample_run_start"),
    path("samples/runs/<slug:ulid>/end/", crew.sample_run_end, name="sample_run_end"),
    path("samples/requests/<slug:ulid>/", mine.sample_request, name="sample_request"),
    path("samples/requests/<slug:ulid>/draft/", mine.sample_draft, name="sample_draft"),
    path("samples/requests/<slug:ulid>/import/", papers.sample_import, name="sample_import"),
    path("samples/requests/<slug:ulid>/list.xlsx", papers.sample_list_form, name="sample_list_form"),
    path("samples/requests/<slug:ulid>/labels.pdf", papers.sample_labels, name="sample_labels"),
    path("samples/requests/<slug:ulid>/link/", sponsoring.sample_link, name="sample_link"),
    path("samples/requests/<slug:ulid>/discard/", mine.sample_discard, name="sample_discard"),
    path("samples/requests/<slug:ulid>/do/<slug:verb>/", crew.sample_request_act, name="sample_request_act"),
    path("samples/classes/", offering.sample_classes, name="sample_classes"),
    path("samples/classes/new/", offering.sample_class_new, name="sample_class_new"),
    path("samples/classes/<slug:ulid>/", offering.sample_class_change, name="sample_class_change"),
    path("samples/classes/<slug:ulid>/end/", offering.sample_class_end, name="sample_class_end"),
    path("samples/services/<slug:asset_no>/", offering.sample_services, name="sample_services"),
    path("samples/services/<slug:asset_no>/new/", offering.sample_service_new, name="sample_service_new"),
    path(
        "samples/services/<slug:asset_no>/<slug:ulid>/",
        offering.sample_service_change,
        name="sample_service_change",
    ),
    path(
        "samples/services/<slug:asset_no>/<slug:ulid>/end/",
        offering.sample_service_end,
        name="sample_service_end",
    ),
    path("samples/files/<slug:ulid>/", files.sample_file, name="sample_file"),
    path("samples/<slug:ulid>/files/<slug:kind>/", files.sample_file_begin, name="sample_file_begin"),
    path("guest/samples/<slug:secret>/", guests.guest_samples, name="guest_samples"),
    path("guest/samples/<slug:secret>/draft/", guests.guest_draft, name="guest_draft"),
    path("guest/samples/<slug:secret>/do/<slug:verb>/", guests.guest_act, name="guest_act"),
    path("guest/samples/<slug:secret>/files/<slug:ulid>/", guests.guest_file, name="guest_file"),
    path("guest/samples/<slug:secret>/labels.pdf", guests.guest_labels, name="guest_labels"),
    path("guest/samples/<slug:secret>/report.pdf", guests.guest_report, name="guest_report"),
    path("samples/<slug:ulid>/", crew.sample_detail, name="sample_detail"),
    path("samples/<slug:ulid>/do/<slug:verb>/", crew.sample_act, name="sample_act"),
]
