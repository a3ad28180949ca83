"""Addresses of what begins while an agreement runs."""

from django.urls import path

from workflows.hosting import views

urlpatterns = [
    path("hosting/<slug:ulid>/leave/", views.hosting_leave, name="hosting_leave"),
    path("hosting/<slug:ulid>/breach/", views.hosting_breach, name="hosting_breach"),
]
