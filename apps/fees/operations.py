"""Fee versions come into force and end. Approval itself is the business of a workflow: here it has been given
(`source_case`), and what was approved is written once and never changed.
"""

from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.fees.content import Terms
from apps.fees.models import FeeItem, FeeVersion, Submission
from apps.fees.requirements import ItemDraft, require_items, require_terms
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_office, require_period, require_reason
from documents.canonical import canonical, digest

__all__ = ["ItemDraft", "approve_version", "end_version"]

# The terms that the digest of every version covers, said or not.
_EVERY_VERSION = (
    *("minimum_minutes", "minimum_fen", "billing_step_seconds"),
    *("night_rate", "night_start_hour", "night_end_hour"),
)
_ORDINARY = asdict(Terms())


@transaction.atomic
def approve_version(
    *,
    instrument: Instrument,
    approval_no: str,
    items: Sequence[ItemDraft],
    valid_from: datetime,
    source_case: str,
    now: datetime,
    valid_until: datetime | None = None,
    minimum_minutes: int = 0,
    minimum_fen: int = 0,
    billing_step_seconds: int = 1,
    night_rate: str = "1",
    night_start_hour: int = 22,
    night_end_hour: int = 7,
    terms: Terms | None = None,
    planned_hours_year: int | None = None,
    submission: Submission | None = None,
    review_by: date | None = None,
) -> FeeVersion:
    """A new version from `valid_from` on; its predecessor ends at the same instant.

    With `terms` they hold whole, and the six arguments before them say nothing. A past that was priced stays
    as it is: `valid_from` may lie before `now` only where no version was in force then.

    Raises Invalid `fees.items`, `fees.item_twice`, `fees.price`, `fees.item_shape`, `fees.blocks_meet`,
    `fees.block_follows`, `fees.terms`, `core.period`; WrongState `fees.overlap` (a version begins later than
    this one), `fees.retroactive`.
    """
    terms = terms or Terms(
        minimum_minutes=minimum_minutes,
        minimum_fen=minimum_fen,
        billing_step_seconds=billing_step_seconds,
        night_rate=night_rate,
        night_start_hour=night_start_hour,
        night_end_hour=night_end_hour,
    )
    approval_no = approval_no.strip()
    if not approval_no:
        raise Invalid(_("The decision has a number."), code="fees.terms", field="approval_no")
    require_terms(terms)
    require_items(items)
    require_period(valid_from, valid_until)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    _end_predecessor(instrument, valid_from, valid_until, now)
    newest = FeeVersion.objects.filter(instrument=instrument).aggregate(newest=Max("version"))["newest"]
    version = FeeVersion.objects.create(
        instrument=instrument,
        version=(newest or 0) + 1,
        valid_from=valid_from,
        valid_until=valid_until,
        approval_no=approval_no,
        submission=submission,
        review_by=review_by,
        planned_hours_year=planned_hours_year,
        digest=_digest(approval_no, terms, items),
        source_case=source_case,
        **asdict(terms),
    )
    FeeItem.objects.bulk_create(FeeItem(version=version, **_row(item)) for item in items)
    publish("fees.version_approved", now=now, instrument=instrument.ulid, version=version.ulid)
    return version


@transaction.atomic
def end_version(*, version: FeeVersion, reason: str, by: User | None, now: datetime) -> FeeVersion:
    """The version ends now; the instrument then has no fee standard until another is approved. A use that
    runs keeps the price under which it began.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `fees.ended`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    running = FeeVersion.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now), pk=version.pk, revoked_at__isnull=True
    )
    # One that begins in the future, or at this very instant, never was in force: it is withdrawn.
    if not (running.filter(valid_from__lt=now).update(valid_until=now) or running.update(revoked_at=now)):
        raise WrongState(_("This version has ended already."), code="fees.ended")
    audit.record(
        action="fees.end_version", object_ref=f"fee_version:{version.ulid}", now=now, actor=by, reason=reason
    )
    publish("fees.version_ended", now=now, instrument=version.instrument.ulid, version=version.ulid)
    version.refresh_from_db()
    return version


def _end_predecessor(
    instrument: Instrument, valid_from: datetime, valid_until: datetime | None, now: datetime
) -> None:
    in_the_way = FeeVersion.objects.filter(instrument=instrument, revoked_at__isnull=True).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)
    )
    if valid_until is not None:
        in_the_way = in_the_way.filter(valid_from__lt=valid_until)
    for other in in_the_way.order_by("valid_from"):
        if other.valid_from >= valid_from:
            raise WrongState(
                _("Another version begins in this period."), code="fees.overlap", version=other.ulid
            )
        if valid_from < now:
            raise WrongState(
                _("The price of a past time is not changed."), code="fees.retroactive", version=other.ulid
            )
        other.valid_until = valid_from
        other.save(update_fields=["valid_until"])
        publish("fees.version_ended", now=now, instrument=instrument.ulid, version=other.ulid)


def _row(item: ItemDraft) -> dict[str, Any]:
    """An item as columns: its parts are columns of their own."""
    row = asdict(item)
    parts: dict[str, Any] = row.pop("parts")
    return {**row, **parts}


def _digest(approval_no: str, terms: Terms, items: Sequence[ItemDraft]) -> str:
    """SHA-256 over the canonical text of what was approved, whatever the order of the items. What only says
    the ordinary is left out, so that versions have the same digest as before there was more to say.
    """
    extra = {
        name: said
        for name, said in asdict(terms).items()
        if name not in _EVERY_VERSION and said != _ORDINARY[name]
    }
    said = {name: getattr(terms, name) for name in _EVERY_VERSION}
    content = {
        "terms": {"approval_no": approval_no, **said, **extra},
        "items": sorted((_said(item) for item in items), key=lambda item: (item["code"], item["tier"])),
    }
    return digest(canonical(content))


def _said(item: ItemDraft) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(ItemDraft) if field.default is not MISSING}
    row = _row(item)
    return {
        name: value
        for name, value in row.items()
        if name != "position" and value is not None and value != defaults.get(name, MISSING)
    }
