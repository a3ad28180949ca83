"""Signing in with a passkey: allauth's view, which counts answers only. Here the challenges count as well:
each begins a session for somebody unknown.
"""

from allauth.core.internal import ratelimit
from allauth.mfa.webauthn.views import login_webauthn

_challenges_count = ratelimit.decorator(  # type: ignore[no-untyped-call]
    app="allauth.mfa", action="webauthn_challenge", limit_get=True
)
login_with_passkey = _challenges_count(login_webauthn)
