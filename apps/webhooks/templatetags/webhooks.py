"""Events and problems of webhooks in the reader's words."""

from django import template
from django.utils.translation import gettext as _

from apps.core.errors import Text
from apps.notices.problems import in_words
from apps.webhooks.catalogue import CATALOGUE, TEST

register = template.Library()


@register.filter
def event_word(key: str) -> Text:
    """What an event is called; a key that is no longer told stays as it is."""
    if key == TEST:
        return _("Test")
    return CATALOGUE[key].label if key in CATALOGUE else key


@register.filter
def problem_word(problem: str) -> Text:
    """Why nobody answered."""
    return _("Your account is suspended.") if problem == "suspended" else in_words(problem)
