"""Addresses of the tokens' pages."""

from django.urls import path

from apps.tokens import views

urlpatterns = [
    path("account/tokens/", views.token_list, name="token_list"),
    path("account/tokens/new/", views.token_create, name="token_create"),
    path("account/tokens/<slug:ulid>/revoke/", views.token_revoke, name="token_revoke"),
]
