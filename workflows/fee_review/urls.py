"""Addresses of fee reviews that are no step: sending a proposal, and standing aside."""

from django.urls import path

from workflows.fee_review import views

urlpatterns = [
    path("fee-reviews/<slug:ulid>/send/", views.fee_review_start, name="fee_review_start"),
    path("fee-reviews/<slug:ulid>/recuse/", views.fee_review_recuse, name="fee_review_recuse"),
]
