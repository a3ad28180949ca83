"""Rows of allauth: signing in and out, the password, two-step sign-in, passkeys; and what it brings that this
school does not offer.
"""

from tests.web.matrix.rows import EVERYBODY, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene


def passkey(scene: Scene) -> dict[str, object]:
    """Any: the step-up comes first, whoever asks. That somebody else's is nowhere is told by
    tests/web/passkeys/test_passkeys.py.
    """
    return {"pk": 1}


ROUTES: dict[str, Statuses] = {
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
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": (302, 302, 302, 302, 302),
    "mfa_edit_webauthn": (302, 302, 302, 302, 302),
    "mfa_remove_webauthn": (302, 302, 302, 302, 302),
    "mfa_login_webauthn": (302, 302, 302, 302, 302),
    "mfa_reauthenticate_webauthn": (302, 302, 302, 302, 302),
}
ARGUMENTS: dict[str, Arguments] = {"mfa_edit_webauthn": passkey, "mfa_remove_webauthn": passkey}
# settings.urls closes their addresses for everybody.
CLOSED: dict[str, dict[str, str]] = {
    "account_signup": {},
    "account_email": {},
    "account_email_verification_sent": {},
    "account_confirm_email": {"key": "x"},
    "account_set_password": {},
    "account_reset_password": {},
    "account_reset_password_done": {},
    "account_reset_password_from_key": {"uidb36": "1", "key": "x"},
    "account_reset_password_from_key_done": {},
    "account_confirm_login_code": {},
}
# One pattern for ten addresses cannot be reversed, so it has no name; it answers 404 whoever asks.
UNNAMED: dict[str, tuple[str, Statuses]] = {
    "^accounts/(?:signup|email|confirm-email|password/(?:reset|set)|login/code)/": (
        "/accounts/signup/",
        (302, 404, 404, 404, 404),
    ),
}
