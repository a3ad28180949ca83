"""Sheets on their way from the crew over the laboratory and the department, and the lock under which whatever
happens to one happens.
"""

from datetime import datetime
from types import MappingProxyType

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.evaluation.models import Round, Sheet
from apps.people.models import User

State = Sheet.State
# where a sheet may go from where it is
_WAYS = MappingProxyType(
    {
        State.REPORTING: (State.LAB, State.DEPARTMENT, State.READY),
        State.LAB: (State.REPORTING, State.DEPARTMENT, State.READY),
        State.DEPARTMENT: (State.REPORTING, State.LAB, State.READY),
    }
)


def held(sheet: Sheet) -> Sheet:
    """The sheet's row, held until the end of the transaction."""
    rows = Sheet.objects.select_for_update(of=("self",)).select_related(
        "round__version__scheme", "instrument", "lab", "unit"
    )
    return rows.get(pk=sheet.pk)


def require_open(sheet: Sheet, *states: str) -> None:
    """WrongState `evaluation.sheet_state` unless the sheet is in one of these states (else: with the crew) of
    a round in which crews report.
    """
    wanted = states or (State.REPORTING,)
    if sheet.round.state != Round.State.REPORTING or sheet.state not in wanted:
        raise WrongState(
            _("This sheet cannot be changed now: %(state)s.") % {"state": State(sheet.state).label},
            code="evaluation.sheet_state",
            state=sheet.state,
        )


@transaction.atomic
def pass_on(
    *, sheet: Sheet, to: str, by: User | None, now: datetime, late: bool = False, reason: str = ""
) -> Sheet:
    """The sheet goes to the laboratory, to the department, is confirmed, or goes back; `late`: nobody
    reported in time. Who does so is the flow's to say. Raises WrongState `evaluation.sheet_state`.
    """
    row = held(sheet)
    if row.state == to:
        return row
    if to not in _WAYS.get(State(row.state), ()):
        require_open(row, to)  # says what it is instead
    require_open(row, *_WAYS)
    row.state = to
    row.unreported = row.unreported or late
    row.ready_at = now if to == State.READY else None
    row.save(update_fields=["state", "unreported", "ready_at"])
    audit.record(
        action="evaluation.pass_sheet",
        object_ref=f"evaluation_sheet:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        to=str(to),
    )
    publish("evaluation.sheet_changed", now=now, sheet=row.ulid, state=str(to))
    return row
