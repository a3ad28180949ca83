"""What a model in BPMN says about its steps in words, in the language that is active."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workflows.nodes import Children, End, Human, Job, Join, Rule
from workflows.nodes.due import Days, Hours, WorkingDays

ROLES = {  # who is asked, as flows name it
    "applicant": gettext_noop("Applicant"),
    "pi": gettext_noop("Principal investigator"),
    "lab_head": gettext_noop("Head of the lab"),
    "committee_member": gettext_noop("Proposed members"),
    "safety_officer": gettext_noop("Safety officer"),
    "office": gettext_noop("Office"),
    "manager": gettext_noop("Manager"),
    "trainer": gettext_noop("Trainer"),
}


def process_words(flow_class: Any) -> tuple[str, ...]:
    """What is said about the whole."""
    return (
        _("Exported from the flow %(path)s, which is what runs.")
        % {"path": f"{flow_class.__module__}.{flow_class.__qualname__}"},
    )


def words_of(node: Any) -> Iterator[str]:
    """What is said about a step."""
    if isinstance(node, Human):
        yield from _asked(node)
    elif isinstance(node, Rule):
        yield _("Decided by the rules of %(point)s.") % {"point": node.point}
    elif isinstance(node, Job):
        yield _("Computed in the background.")
    elif isinstance(node, Children):
        yield _("One process for each; goes on when all have ended.")
    elif isinstance(node, Join) and node._continue_on_condition is not None:
        yield _("Goes on as soon as its condition holds; what is still open is then cancelled.")
    elif isinstance(node, End):
        yield _("Outcome: %(outcome)s") % {"outcome": node.outcome}


def _asked(node: Human) -> Iterator[str]:
    yield _(node.asks)
    if node.role:
        role = ROLES.get(node.role)
        yield _("Asked: %(role)s") % {"role": _(role) if role else node.role.replace("_", " ")}
    if node.automatic:
        yield _("Completes by itself when the work is done.")
    if node.due is not None:
        yield _("Deadline: %(duration)s") % {"duration": duration(node.due)}


def duration(until: Any) -> str:
    """A deadline or a wait: as ISO 8601 where the flow says how long, else by the name of its parameter or
    of the method that knows.
    """
    if isinstance(until, timedelta):
        days, seconds = divmod(int(until.total_seconds()), 86_400)
        return f"P{days}D" if not seconds else f"P{days}DT{seconds}S"
    for kind, word in ((WorkingDays, "working_days"), (Days, "days"), (Hours, "hours")):
        if isinstance(until, kind):
            return f"{word}({until.parameter})"
    return str(getattr(until, "__name__", "")) or "unknown"
