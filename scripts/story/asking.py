"""How people of the story answer what a case asks of them."""

from apps.core.clock import now as clock_now
from apps.people.models import User
from workflows import services
from workflows.models import Case


def waits(case: Case) -> set[str]:
    """The steps at which a case waits for somebody."""
    return set(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))


def answer(case: Case, node: str, by: User, outcome: str, **data: object) -> None:
    """Somebody answers the step that waits there, now."""
    step = case.steps.select_related("task__owner", "case").get(node=node, answered_at__isnull=True)
    services.answer(step=step, by=by, now=clock_now(), outcome=outcome, opinion="", data=data)
