"""Addresses of rounds of evaluation, where they begin."""

from django.urls import path

from workflows.evaluation import views

urlpatterns = [path("evaluation/open/", views.evaluation_open, name="evaluation_open")]
