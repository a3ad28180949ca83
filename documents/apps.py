from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DocumentsConfig(AppConfig):
    name = "documents"
    label = "documents"

    def ready(self) -> None:
        """Every app's answers about its own documents are found like `admin.py`."""
        autodiscover_modules("papers")
