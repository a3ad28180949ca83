from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from apps.notices.kinds import close_registry


class NoticesConfig(AppConfig):
    name = "apps.notices"
    label = "notices"

    def ready(self) -> None:
        """Kinds of every room are found like `admin.py`; then the register is closed."""
        autodiscover_modules("noticekinds")
        close_registry()
