"""A scope's words for a person; the key itself for one that is no longer declared."""

from django import template

from apps.core.errors import Text
from apps.tokens.models import ApiToken
from apps.tokens.scopes import SCOPES

register = template.Library()


@register.filter
def scope_words(token: ApiToken) -> list[Text]:
    """What the token may do, in words."""
    return [SCOPES[key].label if key in SCOPES else key for key in token.scopes]
