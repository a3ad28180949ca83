from importlib import import_module

from django.apps import AppConfig


class ToyflowsConfig(AppConfig):
    name = "tests.toyflows"
    label = "toyflows"

    def ready(self) -> None:
        """The toy that people begin is offered before the interface is put together."""
        import_module("tests.toyflows.beginning")
