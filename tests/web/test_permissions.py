"""Who may open what: every named route of the site for everybody. A route that is not listed here fails."""

from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from apps.clearances import gate
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, Scene

SIGN_IN = 302
WHO = ("anonymous", "charlie", "alice", "teng", "office")
Statuses = tuple[int, int, int, int, int]
EVERYBODY: Statuses = (200, 200, 200, 200, 200)
SIGNED_IN: Statuses = (SIGN_IN, 200, 200, 200, 200)
NOWHERE: Statuses = (SIGN_IN, 404, 404, 404, 404)
CREW: Statuses = (SIGN_IN, 403, 403, 200, 200)
HIDDEN: Statuses = (SIGN_IN, 404, 404, 200, 200)
PASSWORD: Statuses = (SIGN_IN, 404, 404, 302, 302)  # the step-up before acting on a machine

MATRIX: dict[str, Statuses] = {
    "home": SIGNED_IN,
    "healthz": EVERYBODY,
    "set_language": (405, 405, 405, 405, 405),
    "instrument_list": SIGNED_IN,
    "instrument_export": SIGNED_IN,
    "instrument_detail": SIGNED_IN,
    "instrument_lock": CREW,
    "instrument_release": (SIGN_IN, 403, 403, 302, 302),
    "booking_list": SIGNED_IN,
    "booking_create": SIGNED_IN,
    "booking_cancel": (SIGN_IN, 404, 200, 200, 200),
    "usage_list": SIGNED_IN,
    "usage_export": SIGNED_IN,
    "wall": CREW,
    "wall_tiles": CREW,
    "wall_lock": HIDDEN,
    "wall_stop": PASSWORD,
    "wall_unlock": PASSWORD,
    "controller_list": CREW,
    "decision_detail": (SIGN_IN, 404, 200, 200, 200),
    "demo_bench": NOWHERE,
    # allauth: signing in and out, the password, two-step sign-in
    "account_login": (200, 302, 302, 302, 302),
    "account_logout": (302, 200, 200, 200, 200),
    "account_inactive": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": (302, 302, 302, 302, 302),
    "mfa_reauthenticate": (302, 302, 302, 302, 302),
    "mfa_activate_totp": (302, 302, 302, 302, 302),
    "mfa_deactivate_totp": (302, 404, 404, 404, 404),
    "mfa_view_recovery_codes": (302, 404, 404, 404, 404),
    "mfa_generate_recovery_codes": (302, 302, 302, 302, 302),
    "mfa_download_recovery_codes": (302, 404, 404, 404, 404),
}
# allauth's routes that this school does not offer: settings.urls closes their addresses for everybody.
CLOSED = frozenset(
    {
        "account_signup",
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_confirm_login_code",
    }
)


def _named(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":  # Django's own; nobody of the school gets a staff account
                yield from _named(entry)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name


def test_every_named_route_is_listed() -> None:
    assert set(_named(get_resolver())) == MATRIX.keys() | CLOSED


def test_a_route_opens_for_those_who_may_and_for_nobody_else(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    verdict = gate.check(
        user=people.alice, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test"
    )
    viewers = {"anonymous": None, **{who: getattr(people, who) for who in WHO[1:]}}
    answers = {}
    for name in MATRIX:
        address = reverse(name, kwargs=_arguments(name, scene, verdict.decision))
        answers[name] = tuple(
            _status(signed_in(user) if user else Client(), address) for user in viewers.values()
        )
    assert answers == MATRIX


def test_a_route_that_is_not_offered_is_nowhere(scene: Scene, signed_in: SignedIn) -> None:
    known = {
        "account_confirm_email": {"key": "x"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "x"},
    }
    client = signed_in(scene.people.alice)
    answers = {name: client.get(reverse(name, kwargs=known.get(name))).status_code for name in CLOSED}
    assert answers == dict.fromkeys(CLOSED, 404)


def test_the_administration_is_for_staff_accounts_only(scene: Scene, signed_in: SignedIn) -> None:
    for user in (scene.people.alice, scene.people.teng, scene.people.office):
        assert signed_in(user).get(reverse("admin:index")).status_code == 302


def test_a_booking_is_hidden_from_a_fellow_student(scene: Scene, signed_in: SignedIn) -> None:
    answer = signed_in(scene.people.bob).post(reverse("booking_cancel", args=[scene.booking.ulid]))
    assert answer.status_code == 404
    scene.booking.refresh_from_db()
    assert scene.booking.state == "confirmed"


def test_the_bench_panel_exists_in_the_demo_only(
    scene: Scene, signed_in: SignedIn, settings: Settings
) -> None:
    client = signed_in(scene.people.alice)
    assert client.get(reverse("demo_bench")).status_code == 404
    settings.DEMO = True
    assert client.get(reverse("demo_bench")).status_code == 200


def _arguments(name: str, scene: Scene, decision: str) -> dict[str, object]:
    if name == "booking_cancel":
        return {"ulid": scene.booking.ulid}
    if name == "decision_detail":
        return {"ulid": decision}
    if name.startswith("wall_") and name != "wall_tiles":
        return {"dev": DEV, "node": 1}
    if name in ("instrument_detail", "instrument_lock", "instrument_release", "booking_create"):
        return {"asset_no": scene.people.sem.asset_no}
    return {}


def _status(client: Client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:  # a download holds its file until it is sent
        b"".join(answer)
    return answer.status_code
