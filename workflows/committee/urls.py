"""Addresses of committees."""

from django.urls import path

from workflows.committee import views

urlpatterns = [
    path("committees/", views.committee_list, name="committee_list"),
    path("me/expertise/", views.expertise, name="expertise"),
]
