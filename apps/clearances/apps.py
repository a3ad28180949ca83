from django.apps import AppConfig


class ClearancesConfig(AppConfig):
    name = "apps.clearances"
    label = "clearances"
