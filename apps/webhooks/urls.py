"""Addresses of the webhooks' pages."""

from django.urls import path

from apps.webhooks import views

urlpatterns = [
    path("account/webhooks/", views.webhook_list, name="webhook_list"),
    path("account/webhooks/new/", views.webhook_create, name="webhook_create"),
    path("account/webhooks/<slug:ulid>/", views.webhook_detail, name="webhook_detail"),
    path("account/webhooks/<slug:ulid>/change/", views.webhook_change, name="webhook_change"),
    path("account/webhooks/<slug:ulid>/secret/", views.webhook_secret, name="webhook_secret"),
    path("account/webhooks/<slug:ulid>/end/", views.webhook_end, name="webhook_end"),
    path("account/webhooks/<slug:ulid>/<slug:act>/", views.webhook_act, name="webhook_act"),
    path("account/webhook-deliveries/<slug:ulid>/again/", views.webhook_again, name="webhook_again"),
]
