"""Addresses of the fees room: what managers propose."""

from django.urls import path

from apps.fees.views import files, listing, notopen, proposal, sheets, workbook

urlpatterns = [
    path("fees/", listing.fee_proposal_list, name="fee_proposal_list"),
    path("fees/new/", listing.fee_proposal_new, name="fee_proposal_new"),
    path("fees/files/<slug:ulid>/", files.fee_file, name="fee_file"),
    path("fees/files/<slug:ulid>/remove/", files.fee_file_remove, name="fee_file_remove"),
    path("fees/<slug:ulid>/", proposal.fee_proposal, name="fee_proposal"),
    path("fees/<slug:ulid>/discard/", proposal.fee_discard, name="fee_discard"),
    path("fees/<slug:ulid>/files/", files.fee_file_add, name="fee_file_add"),
    path("fees/<slug:ulid>/not-open/", notopen.fee_not_open, name="fee_not_open"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/", sheets.fee_sheet, name="fee_sheet"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/live/", sheets.fee_sheet_live, name="fee_sheet_live"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/figures/", sheets.fee_figures, name="fee_figures"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/copy/", proposal.fee_copy, name="fee_copy"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/excel/", workbook.fee_export, name="fee_export"),
    path("fees/<slug:ulid>/sheets/<slug:asset_no>/import/", workbook.fee_import, name="fee_import"),
    path(
        "fees/<slug:ulid>/sheets/<slug:asset_no>/import/confirm/",
        workbook.fee_import_confirm,
        name="fee_import_confirm",
    ),
    path(
        "fees/<slug:ulid>/sheets/<slug:asset_no>/earlier/<slug:kept>/",
        workbook.fee_earlier,
        name="fee_earlier",
    ),
]
