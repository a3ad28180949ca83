"""Addresses of the flow of samples."""

from django.urls import path

from workflows.sample import views

urlpatterns = [
    path("samples/requests/<slug:ulid>/hand-in/", views.sample_hand_in, name="sample_hand_in"),
]
