"""Addresses of the yearly review of facilities."""

from django.urls import path

from workflows.facility_review import figures, views

urlpatterns = [
    path("facility-reviews/", views.facility_review_list, name="facility_review_list"),
    path("facility-reviews/<int:year>/", views.facility_review, name="facility_review"),
    path(
        "facility-reviews/<int:year>/publish/", views.facility_review_publish, name="facility_review_publish"
    ),
    path("facility-reviews/<int:year>/excel/", views.facility_review_export, name="facility_review_export"),
    path("facility-reviews/<int:year>/papers/<slug:ulid>/", views.facility_papers, name="facility_papers"),
    path("facility-tables/<slug:ulid>/", views.facility_table, name="facility_table"),
    path("facility-tables/<slug:ulid>/<slug:key>/", views.facility_cell, name="facility_cell"),
    path("facility-tables/<slug:ulid>/<slug:key>/records/", figures.facility_figure, name="facility_figure"),
]
