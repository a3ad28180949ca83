"""Addresses of the library room."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
