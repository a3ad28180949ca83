from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules

from apps.decisions.checks import check_engine
from rules.points import register_all
from rules.registry import close_registry


class DecisionsConfig(AppConfig):
    name = "apps.decisions"
    label = "decisions"

    def ready(self) -> None:
        """The product's points first, then every app's `rulepoints.py`; after that no key is given away any
        more.
        """
        register(check_engine)
        register_all()
        autodiscover_modules("rulepoints")
        close_registry()
