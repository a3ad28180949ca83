"""Addresses of this room's pages. `/check/` is printed on paper: it never moves."""

from django.urls import path

from documents import views

urlpatterns = [
    path("check/", views.document_check_form, name="document_check_form"),
    path("check/<slug:code>/", views.document_check, name="document_check"),
    path("documents/<slug:ulid>/", views.document_detail, name="document_detail"),
]
