"""Who is asked now about the thing that a page shows: pages of any room place it, none of them needs to know
the processes.
"""

from typing import Any

from django import template

from apps.core import clock
from apps.people.models import User
from workflows.asking import asked_about
from workflows.words import process_title

register = template.Library()


@register.inclusion_tag("workflows/waiting.html", takes_context=True)
def waiting_about(context: template.Context, reference: str) -> dict[str, Any]:
    """A card with the open cases about 'noun:ulid' that the viewer may read: what is asked, of whom, until
    when, and the way to answer it. Nothing where there is none.
    """
    user = context["request"].user
    found = asked_about(reference, user, clock.now()) if isinstance(user, User) else []
    return {
        "cases": [(case, process_title(case.flow), steps) for case, steps in found],
        "user": user,
    }
