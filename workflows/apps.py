from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from apps.people.processes import register_process
from workflows import registry


class WorkflowsConfig(AppConfig):
    name = "workflows"
    label = "workflows"

    def ready(self) -> None:
        """Every process is known by its key from the start, jobs know their worker, and absences what they
        may be declared for.
        """
        registry.load()
        import_module("workflows.tasks")
        for flow in registry.all_flows():
            if not flow.retired:
                title = vars(flow).get("process_title") or (flow.__doc__ or flow.key).strip().splitlines()[0]
                register_process(flow.key, gettext_lazy(title))
