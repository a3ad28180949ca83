"""Addresses of the hosting room."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
