"""Approvals that an instrument is not open, by the clock: while one is in force the instrument stands at
level 0; before it ends its managers hear of it; once it has ended and no other is in force its opening begins
by itself.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext

from apps.core import parameters
from apps.core.clock import school_time
from apps.core.periods import in_force
from apps.fees.models import NotOpenApproval
from apps.fees.proposals import lapsing_not_open
from apps.instruments.opening import open_level
from apps.notices.kinds import both
from apps.notices.operations import notify
from workflows.models import Case
from workflows.onboarding.beginning import begin_by_itself, managers_of
from workflows.onboarding.noticekinds import NOT_OPEN_ENDS

LISTED = 1


def close_approved(*, now: datetime) -> int:
    """Open instruments with an approval in force are not open any more; returns how many."""
    held = NotOpenApproval.objects.filter(in_force(now), instrument__opening_level__gt=0)
    approvals = list(held.select_related("instrument").order_by("id"))
    for approval in approvals:
        words = gettext("Approved not to be open: %(number)s") % {"number": approval.approval_no}
        open_level(
            instrument=approval.instrument,
            level=0,
            reason=words,
            by=None,
            now=now,
            source_case=approval.source_case,
        )
    return len(approvals)


def remind_of_ends(*, now: datetime) -> int:
    """Managers hear of approvals that end within `library.not_open_days`, once of each; returns how many
    notices there are.
    """
    until = now + timedelta(days=parameters.value("library.not_open_days", at=now))
    number = 0
    for approval in lapsing_not_open(now, until):
        for user in managers_of(approval.instrument, now):
            assert approval.valid_until is not None  # noqa: S101 - a constraint of the table
            notify(
                user=user,
                kind=NOT_OPEN_ENDS.key,
                now=now,
                args={
                    "instrument": both(approval.instrument.name_zh, approval.instrument.name_en),
                    "day": school_time(approval.valid_until).date().isoformat(),
                    "number": approval.approval_no,
                },
                url=reverse("instrument_opening", args=[approval.instrument.asset_no]),
                dedupe=f"not_open:{approval.ulid}",
            )
            number += 1
    return number


def reopen_ended(*, now: datetime) -> list[Case]:
    """Where the last approval has ended, the opening at level 1 begins by itself, once for each approval and
    with a manager to ask.
    """
    held = NotOpenApproval.objects.filter(in_force(now), instrument=OuterRef("instrument"))
    later = NotOpenApproval.objects.filter(
        instrument=OuterRef("instrument"), valid_until__gt=OuterRef("valid_until")
    )
    ended = NotOpenApproval.objects.filter(
        ~Exists(held),
        ~Exists(later),
        valid_until__lte=now,
        revoked_at__isnull=True,
        instrument__opening_level=0,
        instrument__retired_at__isnull=True,
    )
    found = [
        begin_by_itself(instrument=approval.instrument, level=LISTED, since=approval.valid_until, now=now)
        for approval in ended.select_related("instrument__unit").order_by("id")
        if approval.valid_until is not None
    ]
    return [case for case in found if case is not None]
