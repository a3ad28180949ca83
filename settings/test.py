"""The tests' settings: real SQLite by default, real PostgreSQL when DATABASE_URL says so."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _remove(folder: str, maker: int) -> None:
    """The maker removes the data folder; a fork or a worker that inherited its name does not."""
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


os.environ.setdefault("SECRET_KEY", "test-only-" + "k" * 50)
os.environ.setdefault("SERVER_SIGNING_KEY", "A" * 42 + "E")
os.environ.setdefault("CARD_KEY", "dGVzdC1vbmx5LWNhcmQta2V5LWZvci1jbGVhcmJlbmNo")
if "RUN_DIR" not in os.environ:
    os.environ["RUN_DIR"] = tempfile.mkdtemp(prefix="clearbench-test-")
    atexit.register(_remove, os.environ["RUN_DIR"], os.getpid())

from settings.base import *  # noqa: E402, F403
from settings.base import DATABASES, INSTALLED_APPS, RUN_DIR, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.toyflows"]  # flows that only tests run
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
NOTICES_ALLOW_LOCAL = True  # the fakes of the services are on this machine
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: concurrency tests need several real connections.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(RUN_DIR) / "test.sqlite3")}
    # It is thrown away: only what survives a power cut would differ, and every commit waits for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
API_REQUESTS_PER_MINUTE = 0  # the one test that wants a limit sets its own
CELERY_TASK_ALWAYS_EAGER = True
(Path(RUN_DIR) / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where there is none
