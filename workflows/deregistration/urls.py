"""Addresses of leaving and being suspended."""

from django.urls import path

from workflows.deregistration import views

urlpatterns = [
    path("me/leave/", views.leave, name="leave"),
    path("people/", views.person_list, name="person_list"),
    path("people/<slug:ulid>/leave/", views.person_leave, name="person_leave"),
    path("people/<slug:ulid>/suspend/", views.person_suspend, name="person_suspend"),
]
