"""Questions about tokens: whose it is and whether it holds now. Changes nothing."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotSignedIn
from apps.core.periods import is_in_force
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.tokens.minting import digest_of, looks_like_one
from apps.tokens.models import ApiToken


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """All tokens of a person, the latest end first."""
    return user.api_tokens.order_by("-valid_until", "-id")


def token_of(secret: str, at: datetime) -> ApiToken:
    """The token behind a secret, with its user, both in force at a moment. Two queries.

    Raises NotSignedIn `tokens.unknown`, `tokens.ended`, `people.not_active`: whoever holds the secret may
    know why it opens nothing; anybody else learns only that.
    """
    found = None
    if looks_like_one(secret):
        found = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if found is None:
        raise NotSignedIn(_("This token is not known."), code="tokens.unknown")
    if not is_in_force(found, at):
        raise NotSignedIn(_("This token has ended."), code="tokens.ended")
    if user_state(found.user, at) != ACTIVE:
        raise NotSignedIn(_("Your account is not in force."), code="people.not_active")
    return found
