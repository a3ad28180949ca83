"""Statements of hosted instruments, with the figures of the reports: the one place where both meet."""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.figures import Figure
from apps.hosting.models import Agreement, Statement
from apps.hosting.papers import issue_statement
from apps.hosting.statements import make_statement, months_before, owed
from workflows.hosting.measured import figures_of

log = logging.getLogger(__name__)
MONTHS = 3  # so far back it is looked for statements that are missing


@transaction.atomic
def state_month(agreement: Agreement, *, month: str, now: datetime) -> Statement:
    """The statement of a month with its paper; asked again, the one that was made. Raises what
    `statements.make_statement` refuses.
    """
    made = make_statement(agreement=agreement, month=month, figures=figures(agreement, month, now), now=now)
    issue_statement(made, now=now)
    return made


def state_all(*, now: datetime) -> int:
    """The statements of the months that are over, of every agreement that was in force then or had money
    that moved; returns how many were made. Run again, it finds those that are missing, those of the last
    MONTHS too: work may have stood still. What cannot be stated keeps nobody else waiting.
    """
    made = 0
    for month in months_before(now, MONTHS):
        for agreement in owed(month):
            try:
                state_month(agreement, month=month, now=now)
            except Exception:  # tried again with the next run; the others have theirs
                log.exception("the statement %s of hosting %s", month, agreement.ulid)
            else:
                made += 1
    return made


def figures(agreement: Agreement, month: str, now: datetime) -> Mapping[str, Figure]:
    """The figures of the instrument in a month, as they are now."""
    return figures_of(agreement, month, now)
