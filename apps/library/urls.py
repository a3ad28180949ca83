"""Addresses of the library room."""

from django.urls import path

from apps.library.views import assets, quality, register

urlpatterns = [
    path("library/", assets.asset_list, name="asset_list"),
    path("library/export.xlsx", assets.asset_export, name="asset_export"),
    path("library/classes/", assets.asset_classes, name="asset_classes"),
    path("library/lists/", assets.asset_lists, name="asset_lists"),
    path("library/lists/<slug:kind>/", assets.asset_list_by_lab, name="asset_list_by_lab"),
    path("library/lists/<slug:kind>/export.xlsx", assets.asset_list_export, name="asset_list_export"),
    path("library/assets/<slug:ulid>/", assets.asset_detail, name="asset_detail"),
    path("library/assets/<slug:ulid>/edit/<slug:column>/", assets.asset_edit, name="asset_edit"),
    path("library/assets/<slug:ulid>/tag/", assets.asset_tag, name="asset_tag"),
    path("library/edits/<slug:ulid>/back/", assets.asset_edit_back, name="asset_edit_back"),
    path("library/tags/<slug:ulid>/end/", assets.asset_tag_end, name="asset_tag_end"),
    path("library/quality/", quality.quality_list, name="quality_list"),
    path("library/quality/<slug:asset_no>/", quality.quality_detail, name="quality_detail"),
    path("office/quality/", quality.quality_table, name="quality_table"),
    path("office/register/", register.register_list, name="register_list"),
    path("office/register/begin/", register.register_begin, name="register_begin"),
    path("office/register/template/", register.register_template, name="register_template"),
    path("office/register/<slug:ulid>/", register.register_file, name="register_file"),
    path("office/register/<slug:ulid>/progress/", register.register_progress, name="register_progress"),
    path("office/register/<slug:ulid>/conflicts/", register.register_conflicts, name="register_conflicts"),
    path("office/register/<slug:ulid>/confirm/", register.register_confirm, name="register_confirm"),
    path("office/register/<slug:ulid>/reject/", register.register_reject, name="register_reject"),
    path("office/register/<slug:ulid>/faults/", register.register_faults, name="register_faults"),
    path(
        "office/register/<slug:ulid>/differences/", register.register_differences, name="register_differences"
    ),
]
