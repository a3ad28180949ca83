"""A sheet of a draft that is replaced as a whole: by a file, by what is in force, by what it said before.
What it said until then is kept, so that nothing is lost by mistake.
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import NotFound
from apps.fees.content import FEE, Content, Sheet, read_text, to_text
from apps.fees.drafting import content_of, locked, save_draft, sheet_in_force
from apps.fees.models import EarlierSheet, Proposal
from apps.instruments.models import Instrument
from apps.people.models import User

MOST_KEPT = 20
_ACTIONS = {
    EarlierSheet.Cause.WORKBOOK: "fees.import_sheet",
    EarlierSheet.Cause.COPY: "fees.copy_in_force",
    EarlierSheet.Cause.RESTORED: "fees.restore_sheet",
}


@transaction.atomic
def replace_sheet(
    *,
    proposal: Proposal,
    sheet: Sheet,
    instrument: Instrument,
    cause: str,
    revision: int,
    by: User | None,
    now: datetime,
) -> EarlierSheet | None:
    """The sheet of an instrument says this from now on. Gives what it said before, None where it says that
    already. The last `MOST_KEPT` of each sheet are kept.

    Raises NotFound `fees.no_sheet`; otherwise as `save_draft`.
    """
    row = locked(proposal)
    content = content_of(row)
    old = content.sheet_of(instrument.ulid)
    if old is None:
        raise NotFound(_("This proposal has no sheet of that instrument."), code="fees.no_sheet")
    sheets = tuple(sheet if one is old else one for one in content.sheets)
    saved = save_draft(
        proposal=row, revision=revision, content=replace(content, sheets=sheets), by=by, now=now
    )
    if saved.revision == row.revision:
        return None
    kept = EarlierSheet.objects.create(
        proposal=row,
        instrument=instrument,
        revision=row.revision,
        content=to_text(Content(FEE, (old,))),
        cause=cause,
        replaced_by=by,
        replaced_at=now,
    )
    _forget(row, instrument)
    audit.record(
        action=_ACTIONS[EarlierSheet.Cause(cause)],
        object_ref=f"fee_proposal:{row.ulid}",
        now=now,
        actor=by,
        instrument=instrument.ulid,
        revision=saved.revision,
        kept=kept.ulid,
    )
    return kept


def copy_in_force(
    *, proposal: Proposal, instrument: Instrument, revision: int, by: User | None, now: datetime
) -> EarlierSheet | None:
    """The sheet of an instrument begins again with the version in force.

    Raises NotFound `fees.no_version`; otherwise as `replace_sheet`.
    """
    sheet = sheet_in_force(instrument, now)
    if sheet is None:
        raise NotFound(_("No fee standard of this instrument is in force."), code="fees.no_version")
    return replace_sheet(
        proposal=proposal,
        sheet=sheet,
        instrument=instrument,
        cause=EarlierSheet.Cause.COPY,
        revision=revision,
        by=by,
        now=now,
    )


def restore_sheet(*, earlier: EarlierSheet, revision: int, by: User, now: datetime) -> EarlierSheet | None:
    """The sheet says what it said before; what it said in between is kept in turn. Raises as
    `replace_sheet`.
    """
    return replace_sheet(
        proposal=earlier.proposal,
        sheet=sheet_of(earlier),
        instrument=earlier.instrument,
        cause=EarlierSheet.Cause.RESTORED,
        revision=revision,
        by=by,
        now=now,
    )


def earlier_sheets(proposal: Proposal, instrument: Instrument) -> QuerySet[EarlierSheet]:
    """What a sheet said before it was replaced, the latest first."""
    rows = EarlierSheet.objects.filter(proposal=proposal, instrument=instrument)
    return rows.select_related("instrument", "replaced_by").order_by("-replaced_at", "-id")


def sheet_of(earlier: EarlierSheet) -> Sheet:
    """The sheet that was kept. No query."""
    return read_text(earlier.content).sheets[0]


def _forget(proposal: Proposal, instrument: Instrument) -> None:
    kept = list(earlier_sheets(proposal, instrument).values_list("pk", flat=True)[:MOST_KEPT])
    EarlierSheet.objects.filter(proposal=proposal, instrument=instrument).exclude(pk__in=kept).delete()
