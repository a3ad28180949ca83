from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "apps.standing"
    label = "standing"
