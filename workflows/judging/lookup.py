"""The panels of a case, and the places on them. Reads only."""

from typing import Any

from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.queries import open_panel
from workflows.models import Case


def subject_of(case: Case) -> str:
    """What the panels of a case name as their subject."""
    return f"case:{case.ulid}"


def panel_of(case: Case) -> Panel | None:
    """The panel that judges a case now. One query."""
    return open_panel(subject_of(case))


def panels_of(case: Case) -> list[Panel]:
    """Every panel that the case ever had, in order."""
    rows = Panel.objects.filter(subject_ref=subject_of(case)).select_related("committee", "chair")
    return list(rows.order_by("id"))


def recused_from(case: Case) -> set[int]:
    """Primary keys of those who have recused themselves from any panel of the case. One query."""
    seats = PanelSeat.objects.filter(panel__subject_ref=subject_of(case), state=PanelSeat.State.RECUSED)
    return set(seats.values_list("user_id", flat=True))


def last_round(panel: Panel) -> Round | None:
    """The newest round of a panel. One query."""
    return panel.rounds.order_by("-number").first()


def seat_of_task(task: Any) -> PanelSeat:
    """The seat that a step of a round is about."""
    return PanelSeat.objects.select_related("panel", "user").get(ulid=task.data["seat"])
