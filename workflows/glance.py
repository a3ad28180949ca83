"""The oldest of what waits for a person, in a few words each: for pages of other rooms that show it in
passing.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.people.models import User
from workflows.inbox import OLDEST_FIRST, held_by
from workflows.models import Step
from workflows.words import case_title_html


@dataclass(frozen=True)
class Glance:
    """One step: what its case is about (safe HTML) and what is asked."""

    step: Step
    title: str
    asks: str


def oldest_for(user: User, limit: int) -> list[Glance]:
    """The steps that are this person's, oldest first. One query."""
    tasks = held_by(user).order_by(*OLDEST_FIRST)[:limit]
    return [
        Glance(task.step, case_title_html(task.step.case), _(task.flow_task.asks))
        for task in tasks
        if task.flow_task is not None
    ]
