"""What every installation shares. demo, test and production add the environment's part; nothing here is a
secret.
"""

import shlex
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from settings import env

BASE_DIR = Path(__file__).resolve().parent.parent
RUN_DIR = Path(env.read("RUN_DIR", str(BASE_DIR / "var")))
DOCUMENTS_DIR = Path(env.read("DOCUMENTS_DIR", str(RUN_DIR / "documents")))  # sealed files, private
DOCUMENTS_SEAL = env.read("DOCUMENTS_SEAL")  # path of the seal's picture, PNG or SVG
# The institution's key and certificate (PEM, with its chain) for signatures in papers; empty: none are made.
DOCUMENTS_SIGNING_KEY = env.read("DOCUMENTS_SIGNING_KEY")
DOCUMENTS_SIGNING_CERTIFICATE = env.read("DOCUMENTS_SIGNING_CERTIFICATE")
DOCUMENTS_SIGNING_PASSPHRASE = env.read("DOCUMENTS_SIGNING_PASSPHRASE")

DEBUG = False
DEMO = False  # settings.demo says otherwise; the demo's own commands and pages exist only there
SOURCE_URL = env.read("SOURCE_URL")  # this installation's source (AGPL section 13), linked in every footer
PRODUCTION = False  # settings.production says otherwise; settings.checks then refuses weak values
SECRET_KEY = env.read("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.read(
    "SECRET_KEY_FALLBACKS"
).split()  # former ones, while they still open what they closed
ALLOWED_HOSTS = [h for h in env.read("ALLOWED_HOSTS").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in env.read("CSRF_TRUSTED_ORIGINS").split(",") if o]

INSTALLED_APPS = [
    "apps.core",
    "documents",
    "apps.people",
    "apps.tokens",
    "apps.notices",
    "apps.files",
    "apps.decisions",
    "apps.panels",
    "apps.instruments",
    "apps.library",
    "apps.ledger",
    "apps.training",
    "apps.fees",
    "apps.funding",
    "apps.standing",
    "apps.bookings",
    "apps.samples",
    "apps.usage",
    "apps.billing",
    "apps.hosting",
    "apps.evaluation",
    "apps.clearances",
    "apps.reports",
    "apps.webhooks",
    "workflows",
    "devices",
    "apps.portal",
    "settings",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "guardian",
    "viewflow",
    "viewflow.workflow",
]
VIEWFLOW = {"AUTOREGISTER": False}  # headless: our own views drive the engine; its middleware stays out
ANONYMOUS_USER_NAME = None  # guardian: nobody unnamed holds a right
GUARDIAN_MONKEY_PATCH_USER = False

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "settings.headers.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.portal.pocket.PocketMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.navigation.frame",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(env.read("DATABASE_URL", f"sqlite:///{RUN_DIR / 'clearbench.sqlite3'}"))
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, taken when the transaction begins; a committed decision survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "apps.portal.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = False  # a laboratory's computer is shared: closing the browser signs out
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "apps.portal.passkeys.MFAAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # finger, face or PIN: a passkey that was found opens nothing
# As many sign-ins a minute from one address as passwords have; each takes a challenge and an answer.
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip", "webauthn_challenge": "60/m/ip"}
MFA_FORMS = {
    "add_webauthn": "apps.portal.passkeys.AddForm",
    "edit_webauthn": "apps.portal.passkeys.RenameForm",
    "authenticate_webauthn": "apps.portal.passkeys.AuthenticateForm",
    "login_webauthn": "apps.portal.passkeys.LoginForm",
    "reauthenticate_webauthn": "apps.portal.passkeys.ReauthenticateForm",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = RUN_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

ATTACHMENTS_DIR = env.read(
    "ATTACHMENTS_DIR", str(RUN_DIR / "attachments")
)  # files of cases, never served directly

FILES_DIR = env.read(
    "FILES_DIR", str(RUN_DIR / "files")
)  # large files, whole and in parts; never served directly
FILES_RESERVE_BYTES = int(env.read("FILES_RESERVE_MB", "1024")) * 1024 * 1024  # what uploads leave free there
# Whom to ask whether a file is harmless: exit status 0 clean, 1 not; the path is appended. Empty: nobody.
FILES_SCAN_COMMAND = shlex.split(env.read("FILES_SCAN_COMMAND"))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}
# A fee sheet of a hundred items is one form with some forty cells a row; a request of 500 samples, each with
# every hazard and as many questions as a service may ask, has some thirty-five.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True

# Rules: the engine is chosen here; a difference from the default is announced by a system check.
RULES_ENGINE = env.read("RULES_ENGINE", "durable")
# This part of all decisions is repeated on a second engine; a difference denies and raises an alarm.
RULES_SHADOW_SHARE = float(env.read("RULES_SHADOW_SHARE", "0.01"))

# The HTTP interface: requests a minute for each token, or each person who is signed in; 0 means no limit.
API_REQUESTS_PER_MINUTE = int(env.read("API_REQUESTS_PER_MINUTE", "600"))

# Devices
MQTT_URL = env.read("MQTT_URL", "mqtt://127.0.0.1:1883")
SERVER_KEY_ID = env.read("SERVER_KEY_ID", "s1")
SERVER_SIGNING_KEY = env.read("SERVER_SIGNING_KEY")  # base64url raw Ed25519 private key
CARD_KEY = env.read("CARD_KEY")  # base64url secret of the school's card digests
BROKER_DIR = env.read(
    "BROKER_DIR", str(RUN_DIR / "mosquitto")
)  # where password and ACL files of a local mosquitto are kept

# Celery: the truth is in database rows; tasks carry identifiers only.
CELERY_BROKER_URL = env.read("CELERY_BROKER_URL", "filesystem://localhost/")
CELERY_FOLDER = RUN_DIR / "celery"
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(CELERY_FOLDER / "queue"),
        "data_folder_out": str(CELERY_FOLDER / "queue"),
        "control_folder": str(CELERY_FOLDER / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING below holds for worker and beat too
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_ENABLE_UTC = True

# Notices: the mail host, the address of this site in mails, and messengers of the school
SITE_URL = env.read("SITE_URL", "http://127.0.0.1:8000/")
EMAIL_HOST = env.read("EMAIL_HOST")
EMAIL_PORT = int(env.read("EMAIL_PORT", "25"))
EMAIL_HOST_USER = env.read("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.read("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.read("EMAIL_USE_TLS") == "1"  # STARTTLS, usually on port 587
EMAIL_USE_SSL = env.read("EMAIL_USE_SSL") == "1"  # TLS from the first byte, usually on port 465
EMAIL_TIMEOUT = 10  # seconds
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_FILE_PATH = str(RUN_DIR / "mail")  # where the demo's mails go
DEFAULT_FROM_EMAIL = env.read("DEFAULT_FROM_EMAIL", "Clearbench <clearbench@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Robots and webhooks that hear the alarms of the whole school, separated by blanks; they hold secrets.
NOTICES_SCHOOL_ADDRESSES = env.read("NOTICES_SCHOOL_ADDRESSES").split()
# Machines inside the school's network that webhooks may name all the same, comma separated.
NOTICES_LOCAL_HOSTS = {h.strip().lower() for h in env.read("NOTICES_LOCAL_HOSTS").split(",") if h.strip()}
NOTICES_ALLOW_LOCAL = False  # any machine of the school's network; demo and tests only
NOTICES_ENDPOINTS: dict[str, str] = {}  # services of our own in the place of real ones; tests only

# Seconds by which the product's clock is ahead, for demonstrations and fault tests; production refuses any.
CLOCK_OFFSET_SECONDS = float(env.read("CLOCK_OFFSET_SECONDS", "0"))

# Reports of errors name places and no values: what was posted, or how somebody voted, is not theirs to tell.
DEFAULT_EXCEPTION_REPORTER_FILTER = "apps.core.errorreports.SilentReporterFilter"
# Everything to standard error: systemd's journal, or the supervisor's prefixed lines, keep it. No secrets and
# no card digests.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secrets": {"()": "apps.core.logs.HideSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {room: {"level": "INFO"} for room in ("apps", "devices", "documents", "rules", "workflows")}
    # Django's own handler for this one mails administrators; lines are enough, and one line each.
    | {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
