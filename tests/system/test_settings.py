"""Settings by environment, read the way a real process reads them, and the system checks that refuse weak
ones in production.
"""

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dj_database_url
import pytest
from django.conf import settings as test_settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from scripts.processes import ROOT
from settings import checks, env
from settings.headers import PermissionsPolicyMiddleware
from settings.local_secrets import MAKERS, make_secrets, replace_secret
from tests.system.production import production_environment

pytestmark = pytest.mark.once

SILENT = re.compile(r"no issues")


def loaded(tmp_path: Path, **changes: str) -> SimpleNamespace:
    """What settings.production would hold, without loading it into this process."""
    values = production_environment(tmp_path) | changes
    return SimpleNamespace(
        PRODUCTION=True,
        SECRET_KEY=values["SECRET_KEY"],
        ALLOWED_HOSTS=[host for host in values["ALLOWED_HOSTS"].split(",") if host],
        CSRF_TRUSTED_ORIGINS=[origin for origin in values["CSRF_TRUSTED_ORIGINS"].split(",") if origin],
        DATABASES={"default": dj_database_url.parse(values["DATABASE_URL"])},
        CELERY_BROKER_URL=values["CELERY_BROKER_URL"],
        MQTT_URL=values["MQTT_URL"],
        DEBUG=values.get("DEBUG") == "1",
        CLOCK_OFFSET_SECONDS=float(values.get("CLOCK_OFFSET_SECONDS", "0")),
        SERVER_SIGNING_KEY=values["SERVER_SIGNING_KEY"],
        CARD_KEY=values["CARD_KEY"],
        SOURCE_URL=values["SOURCE_URL"],
        SITE_URL=values["SITE_URL"],
        EMAIL_HOST=values["EMAIL_HOST"],
        EMAIL_USE_TLS=values.get("EMAIL_USE_TLS") == "1",
        EMAIL_USE_SSL=values.get("EMAIL_USE_SSL") == "1",
        DEFAULT_FROM_EMAIL=values["DEFAULT_FROM_EMAIL"],
        NOTICES_SCHOOL_ADDRESSES=values.get("NOTICES_SCHOOL_ADDRESSES", "").split(),
        NOTICES_ALLOW_LOCAL=False,
        NOTICES_ENDPOINTS={},
        DOCUMENTS_SEAL=values.get("DOCUMENTS_SEAL", ""),
        DOCUMENTS_SIGNING_KEY=values.get("DOCUMENTS_SIGNING_KEY", ""),
        DOCUMENTS_SIGNING_CERTIFICATE=values.get("DOCUMENTS_SIGNING_CERTIFICATE", ""),
        DOCUMENTS_SIGNING_PASSPHRASE=values.get("DOCUMENTS_SIGNING_PASSPHRASE", ""),
    )


def identifiers(settings: SimpleNamespace) -> list[str]:
    return [str(problem.id).removeprefix("clearbench.") for problem in checks.production_problems(settings)]


def raw(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


WEAK = [
    ("E001", "SECRET_KEY", ""),
    ("E001", "SECRET_KEY", "Ab3" * 16),
    ("E001", "SECRET_KEY", "ab" * 40),
    ("E001", "SECRET_KEY", "django-insecure-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2),
    ("E001", "SECRET_KEY", "test-only-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2),
    ("E002", "ALLOWED_HOSTS", ""),
    ("E002", "ALLOWED_HOSTS", "bench.example.edu.cn,*"),
    ("E003", "CSRF_TRUSTED_ORIGINS", "http://bench.example.edu.cn"),
    ("E003", "CSRF_TRUSTED_ORIGINS", "https://*.example.edu.cn"),
    ("E004", "DATABASE_URL", "sqlite:///clearbench.sqlite3"),
    ("E004", "DATABASE_URL", "postgresql://clearbench@db.example.edu.cn/clearbench"),
    ("E004", "DATABASE_URL", "postgresql://clearbench:Postgres123@db.example.edu.cn/clearbench"),
    ("E004", "DATABASE_URL", "postgresql://clearbench:k3J9x@db.example.edu.cn/clearbench"),
    ("E005", "CELERY_BROKER_URL", "filesystem://"),
    ("E005", "CELERY_BROKER_URL", "memory://"),
    ("E005", "CELERY_BROKER_URL", ""),
    ("E005", "CELERY_BROKER_URL", "redis://127.0.0.1:6379/0"),
    ("E005", "CELERY_BROKER_URL", "amqp://guest:guest@127.0.0.1//"),
    ("E006", "MQTT_URL", ""),
    ("E006", "MQTT_URL", "http://gateway-1:aB3dE5fG7hJ9@127.0.0.1"),
    ("E006", "MQTT_URL", "mqtt://127.0.0.1:1883"),
    ("E006", "MQTT_URL", "mqtt://gateway-1@127.0.0.1:1883"),
    ("E006", "MQTT_URL", "mqtt://gateway-1:changeme1@127.0.0.1:1883"),
    ("E006", "MQTT_URL", "mqtt://gateway-1:aaaaaaaaaaaaaaaaaaaa@127.0.0.1:1883"),
    ("E007", "MQTT_URL", "mqtt://gateway-1:aB3dE5fG7hJ9@mqtt.example.edu.cn:1883"),
    ("E008", "DEBUG", "1"),
    ("E009", "CLOCK_OFFSET_SECONDS", "-3600"),
    ("E010", "SERVER_SIGNING_KEY", ""),
    ("E010", "SERVER_SIGNING_KEY", "A" * 42 + "E"),
    ("E010", "SERVER_SIGNING_KEY", "not base64url!"),
    ("E010", "SERVER_SIGNING_KEY", raw(bytes(range(31)))),
    ("E011", "CARD_KEY", ""),
    ("E011", "CARD_KEY", raw(b"test-only-card-key-for-clearbench")),
    ("E012", "SOURCE_URL", ""),
    ("E012", "SOURCE_URL", "git.example.edu.cn/clearbench"),
    ("E012", "SOURCE_URL", "javascript:alert(1)"),
    ("E013", "EMAIL_HOST", ""),
    ("E013", "DEFAULT_FROM_EMAIL", "Clearbench <clearbench@localhost>"),
    ("E013", "DEFAULT_FROM_EMAIL", "Clearbench"),
    ("E014", "SITE_URL", ""),
    ("E014", "SITE_URL", "http://bench.example.edu.cn/"),
    ("E014", "SITE_URL", "https://127.0.0.1/"),
    ("E015", "NOTICES_SCHOOL_ADDRESSES", "mailto://somebody@example.edu.cn"),
    ("E016", "DOCUMENTS_SIGNING_KEY", "a key that no certificate belongs to"),
    ("E016", "DOCUMENTS_SIGNING_CERTIFICATE", "a certificate without its key"),
    ("E016", "DOCUMENTS_SEAL", "/etc/hostname"),
]


@pytest.mark.parametrize(("identifier", "name", "value"), WEAK)
def test_a_missing_or_weak_value_is_refused_by_its_own_check_with_a_hint(
    tmp_path: Path, identifier: str, name: str, value: str
) -> None:
    settings = loaded(tmp_path, **{name: value})
    assert identifiers(settings) == [identifier]
    [problem] = checks.production_problems(settings)
    assert problem.hint
    assert name.partition("_")[0] in problem.msg or name in str(problem.hint)


def test_sound_values_and_a_peer_authenticated_socket_are_accepted(tmp_path: Path) -> None:
    assert identifiers(loaded(tmp_path)) == []
    socket = loaded(tmp_path, DATABASE_URL="postgresql:///clearbench?host=/run/postgresql")
    socket.DATABASES["default"]["HOST"] = "/run/postgresql"
    assert identifiers(socket) == []
    assert identifiers(loaded(tmp_path, CELERY_BROKER_URL="redis+socket:///run/redis/redis.sock")) == []
    assert identifiers(loaded(tmp_path, MQTT_URL="mqtt://gateway-1:aB3dE5fG7hJ9@127.0.0.1:1883")) == []


def test_no_complaint_repeats_the_secret_it_complains_about(tmp_path: Path) -> None:
    for _, name, value in WEAK:
        if len(value) >= 20 and name in ("SECRET_KEY", "SERVER_SIGNING_KEY", "CARD_KEY"):
            told = "".join(
                str(problem) for problem in checks.production_problems(loaded(tmp_path, **{name: value}))
            )
            assert value not in told
    password = "s3cr3tword"
    url = f"postgresql://clearbench:{password}@db.example.edu.cn/x"
    assert password not in "".join(map(str, checks.production_problems(loaded(tmp_path, DATABASE_URL=url))))


def test_switches_of_the_demo_and_the_tests_are_refused(tmp_path: Path) -> None:
    for change in ({"NOTICES_ALLOW_LOCAL": True}, {"NOTICES_ENDPOINTS": {"https://a": "http://b"}}):
        settings = loaded(tmp_path)
        vars(settings).update(change)
        assert identifiers(settings) == ["E015"]
    both = loaded(tmp_path, EMAIL_USE_TLS="1", EMAIL_USE_SSL="1")
    assert identifiers(both) == ["E013"]


def test_every_identifier_is_proven_by_a_weak_value() -> None:
    assert set(checks.EXAMINERS) == {identifier for identifier, _, _ in WEAK}


def test_web_and_worker_refuse_to_start_and_name_every_problem_at_once(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        checks.refuse_to_start(loaded(tmp_path, MQTT_URL="", CARD_KEY=""))
    assert "clearbench.E006" in str(refused.value)
    assert "clearbench.E011" in str(refused.value)
    checks.refuse_to_start(loaded(tmp_path))


def test_demo_and_tests_are_left_alone() -> None:
    assert checks.check_installation(None) == []
    checks.refuse_to_start(test_settings)


def run(command: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, *command.split()]
    return subprocess.run(arguments, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_production_passes_djangos_own_deploy_checks(tmp_path: Path) -> None:
    checked = run("manage.py check --deploy --fail-level WARNING", production_environment(tmp_path))
    assert checked.returncode == 0, checked.stderr
    assert SILENT.search(checked.stdout)


def test_production_with_an_empty_environment_is_refused_and_nothing_starts(tmp_path: Path) -> None:
    bare = {
        name: value
        for name, value in production_environment(tmp_path).items()
        if name in ("PATH", "DJANGO_SETTINGS_MODULE")
    }
    bare["RUN_DIR"] = str(tmp_path)
    refused = run("manage.py check", bare | {"SECRET_KEY": "x" * 60})
    assert refused.returncode != 0
    for identifier in ("E001", "E002", "E004", "E005", "E006", "E010", "E011"):
        assert f"clearbench.{identifier}" in refused.stderr
    served = run("-m settings.wsgi", bare | {"SECRET_KEY": "x" * 60})
    assert served.returncode != 0
    assert "clearbench.E004" in served.stderr


@pytest.mark.parametrize("door", ["settings.wsgi", "manage"])
def test_what_a_page_or_a_command_leaves_to_a_worker_goes_to_the_worker_s_queue(
    tmp_path: Path, door: str
) -> None:
    """A process that does not load the Celery application would send to a broker that is not there."""
    program = (
        f"import django, {door}; django.setup(); from workflows import tasks; print(tasks.run_job.app.main)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=production_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.strip() == "clearbench", asked.stderr


def test_a_shifted_clock_from_the_environment_is_refused_in_production(tmp_path: Path) -> None:
    refused = run("manage.py check", production_environment(tmp_path) | {"CLOCK_OFFSET_SECONDS": "0.5"})
    assert refused.returncode != 0
    assert "clearbench.E009" in refused.stderr


def test_each_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    monkeypatch.setenv("CLEARBENCH_PROBE", "from the environment")
    assert env.read("CLEARBENCH_PROBE") == "from the environment"
    monkeypatch.setenv("CLEARBENCH_PROBE_FILE", str(file))
    assert env.read("CLEARBENCH_PROBE") == "from the file"
    variables = production_environment(tmp_path)
    for name in (
        "SECRET_KEY",
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "MQTT_URL",
        "SERVER_SIGNING_KEY",
        "CARD_KEY",
        "ALLOWED_HOSTS",
    ):
        (tmp_path / name).write_text(variables.pop(name) + "\n")
        variables[f"{name}_FILE"] = str(tmp_path / name)
    checked = run("manage.py check --deploy --fail-level WARNING", variables)
    assert checked.returncode == 0, checked.stderr


def test_a_named_file_that_is_missing_is_an_error_not_an_empty_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLEARBENCH_PROBE_FILE", "/nowhere/secret")
    with pytest.raises(FileNotFoundError):
        env.read("CLEARBENCH_PROBE", "default")


def test_the_demos_secrets_are_made_once_private_and_strong(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = {name: path.read_text() for name, path in make_secrets(folder).items()}
    again = {name: path.read_text() for name, path in make_secrets(folder).items()}
    assert first == again
    assert set(first) == set(MAKERS)
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600] * len(MAKERS), (
        "and no leftovers beside them"
    )
    assert folder.stat().st_mode & 0o777 == 0o700
    assert checks.raw_key_complaint(first["SERVER_SIGNING_KEY"]) == ""
    assert checks.raw_key_complaint(first["CARD_KEY"]) == ""
    replace_secret(folder / "MQTT_URL", "mqtt://127.0.0.1:1884")
    replace_secret(folder / "MQTT_URL", "mqtt://127.0.0.1:1885")
    assert (folder / "MQTT_URL").read_text() == "mqtt://127.0.0.1:1885"


def test_processes_that_start_together_agree_on_one_set_of_secrets(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from settings.local_secrets import make_secrets;"
        "print({k: v.read_text() for k, v in make_secrets(pathlib.Path(sys.argv[1])).items()})"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "secrets")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    seen = {process.communicate()[0] for process in started}
    assert len(seen) == 1


def embedded_pragma(name: str, tmp_path: Path) -> str:
    script = (
        "import django; django.setup(); from django.db import connection; c = connection.cursor();"
        f"print(c.execute('PRAGMA {name}').fetchone()[0], connection.transaction_mode)"
    )
    variables = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "settings.demo", "RUN_DIR": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "20000")],
)
def test_the_embedded_database_is_durable_and_takes_one_writer_at_a_time(
    tmp_path: Path, pragma: str, value: str
) -> None:
    assert embedded_pragma(pragma, tmp_path) == f"{value} IMMEDIATE"


def test_a_page_may_use_no_device_feature_unless_its_view_says_so() -> None:
    def view_of(headers: dict[str, str]) -> Callable[[HttpRequest], HttpResponse]:
        return lambda _request: HttpResponse(headers=headers)

    policy = PermissionsPolicyMiddleware(view_of({}))(HttpRequest()).headers["Permissions-Policy"]
    assert "camera=()" in policy
    own: Any = PermissionsPolicyMiddleware(view_of({"Permissions-Policy": "camera=(self)"}))(HttpRequest())
    assert own.headers["Permissions-Policy"] == "camera=(self)"


def test_scripts_and_styles_come_only_from_ourselves() -> None:
    directives = test_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["script-src"] == ["'self'"]
    assert directives["style-src"] == ["'self'"]
    assert directives["img-src"] == ["'self'", "data:"]
    assert "unsafe" not in str(directives)
