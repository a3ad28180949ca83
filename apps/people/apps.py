from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PeopleConfig(AppConfig):
    name = "apps.people"
    label = "people"

    def ready(self) -> None:
        """What a right can be about is found like `admin.py`; permissions follow every migrate."""
        autodiscover_modules("scopes")
        import_module("apps.people.repairing")  # connects itself, once there are models
