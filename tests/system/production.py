"""An environment that production accepts: what the tests spoil one value at a time, and what `make check`
runs the deploy checks with.
"""

import base64
import hashlib
import os
from pathlib import Path


def _invented(name: str) -> bytes:
    """32 bytes that look random and are the same every time. Never use them anywhere."""
    return hashlib.sha256(f"clearbench tests: {name}".encode()).digest()


def _raw_key(name: str) -> str:
    return base64.urlsafe_b64encode(_invented(name)).rstrip(b"=").decode()


def production_environment(run_dir: Path) -> dict[str, str]:
    """Every variable of settings.production with a value that its checks accept, and nothing of the
    caller's own configuration.
    """
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
    }
    password = _invented("password").hex()
    return kept | {
        "DJANGO_SETTINGS_MODULE": "settings.production",
        "RUN_DIR": str(run_dir),
        "SECRET_KEY": _raw_key("secret key") + _raw_key("more of it"),
        "ALLOWED_HOSTS": "bench.example.edu.cn",
        "CSRF_TRUSTED_ORIGINS": "https://bench.example.edu.cn",
        "DATABASE_URL": f"postgresql://clearbench:{password}@127.0.0.1:5432/clearbench",
        "CELERY_BROKER_URL": f"redis://:{password}@127.0.0.1:6379/0",
        "MQTT_URL": f"mqtts://gateway-1:{password}@mqtt.example.edu.cn:8883",
        "SERVER_SIGNING_KEY": _raw_key("signing key"),
        "CARD_KEY": _raw_key("card key"),
        "SITE_URL": "https://bench.example.edu.cn/",
        "EMAIL_HOST": "mail.example.edu.cn",
        "DEFAULT_FROM_EMAIL": "Clearbench <clearbench@example.edu.cn>",
        "SOURCE_URL": "https://git.example.edu.cn/clearbench",
    }
