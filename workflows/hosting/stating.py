"""Statements of hosted instruments, with the figures of the reports: the one place where both meet."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.figures import Figure
from apps.hosting.models import Agreement, Statement
from apps.hosting.papers import issue_statement
from apps.hosting.statements import make_statement, month_before, owed
from workflows.hosting.measured import figures_of


@transaction.atomic
def state_month(agreement: Agreement, *, month: str, now: datetime) -> Statement:
    """The statement of a month with its paper; asked again, the one that was made. Raises what
    `statements.make_statement` refuses.
    """
    made = make_statement(agreement=agreement, month=month, figures=figures(agreement, month, now), now=now)
    issue_statement(made, now=now)
    return made


def state_all(*, now: datetime) -> int:
    """The statements of the month that is over, of every agreement that was in force then; returns how many
    were made. Run again, it finds those that are missing.
    """
    month = month_before(now)
    agreements = list(owed(month))
    for agreement in agreements:
        state_month(agreement, month=month, now=now)
    return len(agreements)


def figures(agreement: Agreement, month: str, now: datetime) -> Mapping[str, Figure]:
    """The figures of the instrument in a month, as they are now."""
    return figures_of(agreement.instrument_id, month, now) if agreement.instrument_id else {}
