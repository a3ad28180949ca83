from importlib import import_module

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "apps.portal"
    label = "portal"

    def ready(self) -> None:
        """Receivers of allauth's signals; they want its tables, so not before."""
        import_module("apps.portal.factors")
