from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules

from apps.core import guards


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        """Subscribers of every app are found like `admin.py`; the database's guards follow every migrate."""
        autodiscover_modules("subscribers")
        # At this app's turn, which is the first: every table is there, and what others then write is guarded.
        pre_migrate.connect(guards.lift, sender=self, dispatch_uid="core.guards")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="core.guards")
