"""A notice in its reader's words on a page."""

from django import template

from apps.notices.models import Notice
from apps.notices.rendering import Words, marked

register = template.Library()


@register.filter
def words(notice: Notice) -> Words:
    """Title and body as safe HTML, data of another language marked."""
    return marked(notice)
