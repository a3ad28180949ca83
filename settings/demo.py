"""One machine, one command: embedded SQLite, local broker, Celery on the file system. Its secrets are
made once under var/secrets; it is for a demonstration or one laboratory's trial on loopback, never for a
network.
"""

import os
from pathlib import Path

from settings import env
from settings.local_secrets import make_secrets

_run_dir = Path(env.read("RUN_DIR", str(Path(__file__).resolve().parent.parent / "var")))
_files = make_secrets(_run_dir / "secrets")
# `make run` leaves the address of its broker here, so that a command typed beside it (enrol_controller) names
# the right port.
_files["MQTT_URL"] = _run_dir / "secrets" / "MQTT_URL"
for _name, _file in _files.items():
    if _name not in os.environ and _file.exists():
        os.environ.setdefault(f"{_name}_FILE", str(_file))

from settings.base import *  # noqa: E402, F403
from settings.base import CELERY_FOLDER, EMAIL_HOST, RUN_DIR, STORAGES, TEMPLATES  # noqa: E402

DEMO = True
if not EMAIL_HOST:  # mails are files that anybody may look at
    EMAIL_BACKEND = "apps.notices.mailfiles.EmailBackend"
TEMPLATES[0]["OPTIONS"]["context_processors"].append("apps.portal.demo.signing.people")  # type: ignore[index]
NOTICES_ALLOW_LOCAL = True  # a webhook on this machine is what a demonstration has
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Static files straight from the apps: a newcomer's change shows without a build step.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
for _folder in (RUN_DIR / "static", RUN_DIR / "mail", CELERY_FOLDER / "queue", CELERY_FOLDER / "control"):
    _folder.mkdir(parents=True, exist_ok=True)
