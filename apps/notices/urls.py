"""Addresses of the notices room."""

from django.urls import path

from apps.notices import views

urlpatterns = [
    path("notices/", views.notice_list, name="notice_list"),
    path("notices/read/", views.notice_read_all, name="notice_read_all"),
    path("notices/preferences/", views.notice_preferences, name="notice_preferences"),
    path("notices/preferences/messenger/", views.notice_messenger, name="notice_messenger"),
    path("notices/preferences/mailbox/", views.notice_mailbox, name="notice_mailbox"),
    path("notices/<slug:ulid>/", views.notice_open, name="notice_open"),
    path("notices/<slug:ulid>/read/", views.notice_read, name="notice_read"),
]
