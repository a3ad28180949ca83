from importlib import import_module

from django.apps import AppConfig

from workflows import registry


class WorkflowsConfig(AppConfig):
    name = "workflows"
    label = "workflows"

    def ready(self) -> None:
        """Every process is known by its key from the start, and jobs know their worker."""
        registry.load()
        import_module("workflows.tasks")
