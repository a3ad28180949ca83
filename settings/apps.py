"""The composition root as a Django app, only so that its system checks are found. It has no models and is
imported by nobody.
"""

from django.apps import AppConfig
from django.core.checks import register

from settings import checks


class SettingsConfig(AppConfig):
    name = "settings"
    label = "settings"

    def ready(self) -> None:
        register(checks.check_installation)
