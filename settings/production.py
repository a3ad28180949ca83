"""A school's installation. Everything particular comes from the environment (each name also as NAME_FILE):

SECRET_KEY ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS DATABASE_URL CELERY_BROKER_URL MQTT_URL SERVER_SIGNING_KEY
CARD_KEY SOURCE_URL SITE_URL EMAIL_HOST DEFAULT_FROM_EMAIL, the other EMAIL_* and NOTICES_* where they are
needed, DOCUMENTS_SIGNING_* and DOCUMENTS_SEAL where papers are signed and sealed, and RUN_DIR,
DOCUMENTS_DIR, CACHE_URL, SERVER_KEY_ID, BROKER_DIR, RULES_ENGINE where the defaults do not fit.
settings.checks refuses to start with a missing or weak one; docs/operations.md shows how each is made.
"""

from settings import env
from settings.base import *  # noqa: F403
from settings.base import CELERY_BROKER_URL

PRODUCTION = True

# nginx ends TLS on the same machine and overwrites this header (docs/operations.md).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# It names the one client in X-Forwarded-For: by that address sign-ins and applications are throttled.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by the machine itself, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Not silently on a browser's preload list: that binds the whole domain of the school, which is not ours to
# decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# The prefix makes browsers refuse a cookie that a neighbouring host or plain HTTP tries to plant.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"

_cache_url = env.read("CACHE_URL") or (CELERY_BROKER_URL if CELERY_BROKER_URL.startswith("redis") else "")
if _cache_url:
    # Shared by all web processes, or each would count login attempts for itself.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": _cache_url,
            "KEY_PREFIX": "clearbench",
        }
    }
