"""Addresses of the hosting room."""

from django.urls import path

from apps.hosting.views import agreement, lists, statements, terms

urlpatterns = [
    path("hosting/", lists.hosting_list, name="hosting_list"),
    path("hosting/board/", lists.hosting_board, name="hosting_board"),
    path("hosting/board/excel/", lists.hosting_export, name="hosting_export"),
    path("hosting/photos/<slug:ulid>/", agreement.hosting_photo, name="hosting_photo"),
    path("hosting/statements/<slug:ulid>/", statements.hosting_statement, name="hosting_statement"),
    path("hosting/<slug:ulid>/", agreement.hosting_agreement, name="hosting_agreement"),
    path("hosting/<slug:ulid>/terms/", terms.hosting_terms, name="hosting_terms"),
    path("hosting/<slug:ulid>/accept/", terms.hosting_accept, name="hosting_accept"),
    path("hosting/<slug:ulid>/differences/", terms.hosting_differences, name="hosting_differences"),
    path("hosting/<slug:ulid>/photos/", agreement.hosting_photo_add, name="hosting_photo_add"),
    path("hosting/<slug:ulid>/repairs/<slug:order>/", agreement.hosting_cost, name="hosting_cost"),
]
