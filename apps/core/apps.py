from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from apps.core import guards


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        """Subscribers of every app are found like `admin.py`; the database's guards follow every migrate."""
        autodiscover_modules("subscribers")
        post_migrate.connect(guards.install, dispatch_uid="core.guards")
