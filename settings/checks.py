"""What a production installation must not start with. Each refusal has an identifier, says what is wrong
without repeating the secret, and how to mend it. The demo and the tests pass untouched: these checks
speak only where PRODUCTION is set.

They run with every management command, and `refuse_to_start` runs them for web and worker, which ask no
system checks themselves.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import Invalid
from apps.notices.addresses import read_address
from documents.seals import picture_problem
from documents.signing import configuration_problem

MAKE_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
MAKE_RAW_KEY = "openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"
SHORTEST_SECRET_KEY = 50  # characters
SHORTEST_PASSWORD = 12  # characters
RAW_KEY_BYTES = 32
# Passwords that stand in tutorials and images. Compared in lower case and without digits at the end.
WELL_KNOWN = frozenset(
    {
        "admin",
        "changeme",
        "change-me",
        "clearbench",
        "default",
        "guest",
        "mosquitto",
        "mqtt",
        "passw",
        "password",
        "postgres",
    }
    | {"public", "qwerty", "rabbitmq", "redis", "root", "secret", "test", "gateway"}
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Complaint = tuple[str, str]  # what is wrong, how it is mended


def check_installation(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The registered system check: nothing outside production, every complaint at once in it."""
    return production_problems(django_settings) if getattr(django_settings, "PRODUCTION", False) else []


def refuse_to_start(settings: Any) -> None:
    """Raise ImproperlyConfigured naming every problem, where these are production settings; otherwise do
    nothing.
    """
    if not getattr(settings, "PRODUCTION", False):
        return
    if problems := production_problems(settings):
        raise ImproperlyConfigured("\n".join(f"{one.id}: {one.msg} {one.hint}" for one in problems))


def production_problems(settings: Any) -> list[CheckMessage]:
    """Every complaint about `settings` as Django errors `clearbench.E001` and so on. The identifiers are
    stable.
    """
    return [
        Error(message, hint=hint, id=f"clearbench.{number}")
        for number, examine in EXAMINERS.items()
        for message, hint in examine(settings)
    ]


def _secret_key(settings: Any) -> Iterator[Complaint]:
    hint = f"Set SECRET_KEY or SECRET_KEY_FILE; make one with: {MAKE_KEY}"
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own answer to an empty one
        key = ""
    if not key:
        yield "SECRET_KEY is missing.", hint
    elif len(key) < SHORTEST_SECRET_KEY or len(set(key)) < 20:
        yield f"SECRET_KEY is weak: under {SHORTEST_SECRET_KEY} characters, or too few different ones.", hint
    elif key.startswith(("django-insecure-", "test-only")):
        yield "SECRET_KEY is one that was made for development or tests.", hint


def _allowed_hosts(settings: Any) -> Iterator[Complaint]:
    hint = "Set ALLOWED_HOSTS to the names people type, separated by commas: bench.example.edu.cn"
    if not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is missing.", hint
    elif "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS lets every name in.", hint


def _trusted_origins(settings: Any) -> Iterator[Complaint]:
    if any(not origin.startswith("https://") or "*" in origin for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield (
            "CSRF_TRUSTED_ORIGINS has an entry that is not one https:// address.",
            "Write whole addresses: https://bench.example.edu.cn",
        )


def _database(settings: Any) -> Iterator[Complaint]:
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.postgresql":
        yield (
            "The database is not PostgreSQL (DATABASE_URL is missing or names another).",
            "Set DATABASE_URL or DATABASE_URL_FILE: postgresql://clearbench:PASSWORD@host:5432/clearbench",
        )
        return
    over_network = bool(database.get("HOST")) and not database["HOST"].startswith("/")
    complaint = password_complaint(database.get("PASSWORD") or "")
    if complaint and (over_network or database.get("PASSWORD")):
        yield (
            f"The database password in DATABASE_URL {complaint}.",
            "Choose a random one, or use the Unix socket and peer: postgresql:///clearbench?host=/run/postgresql",
        )


def _celery_broker(settings: Any) -> Iterator[Complaint]:
    hint = "Set CELERY_BROKER_URL or CELERY_BROKER_URL_FILE: redis://:PASSWORD@host:6379/0, or amqps://user:PASSWORD@host/"
    url = urlsplit(settings.CELERY_BROKER_URL)
    if url.scheme in ("", "filesystem", "memory"):
        yield (
            "Celery has no real broker: filesystem:// and memory:// serve one machine only and lose tasks.",
            hint,
        )
    elif not url.scheme.endswith("+socket") and (complaint := password_complaint(_password(url))):
        yield f"The password in CELERY_BROKER_URL {complaint}.", hint


def _mqtt_credentials(settings: Any) -> Iterator[Complaint]:
    hint = "Set MQTT_URL or MQTT_URL_FILE: mqtts://gateway-1:PASSWORD@broker.example.edu.cn:8883"
    url = urlsplit(settings.MQTT_URL)
    if url.scheme not in ("mqtt", "mqtts") or not url.hostname:
        yield "MQTT_URL is not an address of the kind mqtt:// or mqtts://.", hint
    elif not url.username:
        yield "MQTT_URL carries no user name: the gateway would connect as nobody.", hint
    elif complaint := password_complaint(_password(url)):
        yield f"The password in MQTT_URL {complaint}.", hint


def _mqtt_encryption(settings: Any) -> Iterator[Complaint]:
    url = urlsplit(settings.MQTT_URL)
    if url.scheme == "mqtt" and url.hostname not in LOOPBACK:
        yield (
            "MQTT_URL crosses the network without TLS.",
            "Use mqtts:// (docs/operations.md, mosquitto), or a broker on this machine at 127.0.0.1.",
        )


def _debug(settings: Any) -> Iterator[Complaint]:
    if settings.DEBUG:
        yield (
            "DEBUG is on: error pages would show settings and personal data.",
            "Leave DEBUG alone in production.",
        )


def _clock(settings: Any) -> Iterator[Complaint]:
    if settings.CLOCK_OFFSET_SECONDS:
        yield (
            f"The clock is shifted by {settings.CLOCK_OFFSET_SECONDS} s: grants would hold at wrong times.",
            "Remove CLOCK_OFFSET_SECONDS; it is for demonstrations and tests.",
        )


def _signing_key(settings: Any) -> Iterator[Complaint]:
    if complaint := raw_key_complaint(settings.SERVER_SIGNING_KEY):
        yield (
            f"SERVER_SIGNING_KEY {complaint}: anyone could sign unlock grants.",
            f"Make one with: {MAKE_RAW_KEY}",
        )


def _card_key(settings: Any) -> Iterator[Complaint]:
    if complaint := raw_key_complaint(settings.CARD_KEY):
        yield (
            f"CARD_KEY {complaint}: card numbers could be guessed from their digests.",
            f"Make one with: {MAKE_RAW_KEY}",
        )


def _source(settings: Any) -> Iterator[Complaint]:
    hint = "Set SOURCE_URL to the source of exactly this version: https://git.example.edu.cn/clearbench"
    url = urlsplit(settings.SOURCE_URL)
    if not settings.SOURCE_URL:
        yield "SOURCE_URL is missing: AGPL section 13 owes every user of this site its source.", hint
    elif url.scheme not in ("http", "https") or not url.hostname:
        yield "SOURCE_URL is not an address of the kind https://.", hint


def _mail(settings: Any) -> Iterator[Complaint]:
    if not settings.EMAIL_HOST:
        yield (
            "EMAIL_HOST is missing: nobody would hear by mail that something waits for them.",
            "Set EMAIL_HOST, and EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS as wanted.",
        )
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        yield "EMAIL_USE_TLS and EMAIL_USE_SSL exclude each other.", "Set one of them to 1."
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if "@" not in address or address.rpartition("@")[2] in ("", *LOOPBACK):
        yield (
            "DEFAULT_FROM_EMAIL is missing: mail hosts refuse what comes from nowhere.",
            "Set DEFAULT_FROM_EMAIL: Clearbench <clearbench@example.edu.cn>",
        )


def _site(settings: Any) -> Iterator[Complaint]:
    url = urlsplit(settings.SITE_URL)
    if url.scheme != "https" or not url.hostname or url.hostname in LOOPBACK:
        yield (
            "SITE_URL is not the https:// address of this site: links in mails would lead nowhere.",
            "Set SITE_URL: https://bench.example.edu.cn/",
        )


def _messengers(settings: Any) -> Iterator[Complaint]:
    for position, written in enumerate(settings.NOTICES_SCHOOL_ADDRESSES, 1):
        try:
            read_address(written)
        except Invalid:
            yield (
                f"Entry {position} of NOTICES_SCHOOL_ADDRESSES is no address of a messenger.",
                "Write wecombot://KEY, dingtalk://SECRET@KEY, feishu://KEY, lark://KEY or https://host/path.",
            )
    if settings.NOTICES_ALLOW_LOCAL or settings.NOTICES_ENDPOINTS:
        yield (
            "NOTICES_ALLOW_LOCAL or NOTICES_ENDPOINTS is set: webhooks could reach inside the school.",
            "Remove them; name single machines in NOTICES_LOCAL_HOSTS.",
        )


def _papers(settings: Any) -> Iterator[Complaint]:
    if problem := configuration_problem(settings):
        yield (
            f"Papers cannot be signed: {problem}.",
            "Set DOCUMENTS_SIGNING_KEY, DOCUMENTS_SIGNING_CERTIFICATE and, where the key has one, "
            "DOCUMENTS_SIGNING_PASSPHRASE (each also as NAME_FILE), or none of them.",
        )
    if settings.DOCUMENTS_SEAL and (problem := picture_problem(Path(settings.DOCUMENTS_SEAL))):
        yield (
            f"The picture of the seal cannot be used: {problem}.",
            "Let DOCUMENTS_SEAL name a PNG or SVG file of at most 2 MB that this user can read, or nothing.",
        )


EXAMINERS: dict[str, Callable[[Any], Iterator[Complaint]]] = {
    "E001": _secret_key,
    "E002": _allowed_hosts,
    "E003": _trusted_origins,
    "E004": _database,
    "E005": _celery_broker,
    "E006": _mqtt_credentials,
    "E007": _mqtt_encryption,
    "E008": _debug,
    "E009": _clock,
    "E010": _signing_key,
    "E011": _card_key,
    "E012": _source,
    "E013": _mail,
    "E014": _site,
    "E015": _messengers,
    "E016": _papers,
}


def password_complaint(password: str) -> str:
    """What is wrong with a service's password, in words that follow 'the password ...'; empty when
    nothing is.
    """
    if not password:
        return "is missing"
    if password.lower().rstrip("0123456789!") in WELL_KNOWN or len(set(password)) < 5:
        return "is one that everybody tries first"
    if len(password) < SHORTEST_PASSWORD:
        return f"has fewer than {SHORTEST_PASSWORD} characters"
    return ""


def raw_key_complaint(key: str) -> str:
    """What is wrong with a base64url key of 32 random bytes; empty when nothing is. 32 random bytes have
    20 different ones at the least in all but one of a billion cases; the keys of tests and examples have
    a handful.
    """
    if not key:
        return "is missing"
    try:
        raw = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return "is not base64url"
    if len(raw) < RAW_KEY_BYTES:
        return f"has fewer than {RAW_KEY_BYTES} bytes"
    if len(set(raw)) < 20 or raw.startswith(b"test-only"):
        return "is not random"
    return ""


def _password(url: SplitResult) -> str:
    return unquote(url.password or "")
