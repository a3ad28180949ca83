"""Small questions that templates of training ask of what they were given. Nothing here asks the database."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.training.holders import state_of
from apps.training.progress import EXAM, MINUTES, Progress

register = template.Library()


@register.filter
def may_be_assessed(progress: Progress) -> bool:
    """Whether only the practical assessment is missing."""
    early = {EXAM, MINUTES} & set(progress.missing)
    return progress.demands.assessment and not progress.assessment_done and not early


@register.filter
def minutes(count: int) -> str:
    """Minutes as '3 h 20 min'."""
    hours, rest = divmod(count, 60)
    if not hours:
        return ngettext("%(n)d min", "%(n)d min", rest) % {"n": rest}
    if not rest:
        return ngettext("%(n)d h", "%(n)d h", hours) % {"n": hours}
    return _("%(h)d h %(m)d min") % {"h": hours, "m": rest}


@register.simple_tag
def certificate_state(certificate: Any, at: datetime) -> str:
    """The state of a certificate of `holders.register` at a moment."""
    return state_of(certificate, at)
