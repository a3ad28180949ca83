"""Fee versions come into force and end. Approval itself is the business of a workflow: here it has been given
(`source_case`), and what was approved is written once and never changed.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.fees.models import FeeItem, FeeVersion, Tier
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_office, require_period, require_reason

SERVICE_MODES = ("self", "assisted", "sample")


@dataclass(frozen=True)
class ItemDraft:
    """One price to be approved: `price_fen` for one `unit` ('hour', 'sample', 'startup') of one tier."""

    code: str
    name_zh: str
    name_en: str
    service_mode: str
    unit: str
    tier: str
    price_fen: int


@dataclass(frozen=True)
class _Terms:
    """What a version says besides its items; the digest covers both."""

    approval_no: str
    minimum_minutes: int
    minimum_fen: int
    billing_step_seconds: int
    night_rate: str
    night_start_hour: int
    night_end_hour: int


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
) -> FeeVersion:
    """A new version from `valid_from` on; its predecessor ends at the same instant.

    A past that was priced stays as it is: `valid_from` may lie before `now` only where no version was in
    force then. Raises Invalid `fees.items`, `fees.item_twice`, `fees.price`, `fees.terms`, `core.period`;
    WrongState `fees.overlap` (a version begins later than this one), `fees.retroactive`.
    """
    terms = _Terms(
        approval_no.strip(),
        minimum_minutes,
        minimum_fen,
        billing_step_seconds,
        night_rate,
        night_start_hour,
        night_end_hour,
    )
    _require_terms(terms)
    _require_items(items)
    require_period(valid_from, valid_until)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    _end_predecessor(instrument, valid_from, valid_until, now)
    newest = FeeVersion.objects.filter(instrument=instrument).aggregate(newest=Max("version"))["newest"]
    version = FeeVersion.objects.create(
        instrument=instrument,
        version=(newest or 0) + 1,
        valid_from=valid_from,
        valid_until=valid_until,
        digest=_digest(terms, items),
        source_case=source_case,
        **asdict(terms),
    )
    FeeItem.objects.bulk_create(FeeItem(version=version, **asdict(item)) for item in items)
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


def _require_terms(terms: _Terms) -> None:
    try:
        rate = Decimal(terms.night_rate)
    except InvalidOperation as unreadable:
        raise _bad_terms("night_rate") from unreadable
    wrong = {
        "approval_no": not terms.approval_no,
        "minimum_minutes": terms.minimum_minutes < 0,
        "minimum_fen": terms.minimum_fen < 0,
        "billing_step_seconds": terms.billing_step_seconds < 1,
        "night_rate": not rate.is_finite() or rate < 0 or len(terms.night_rate) > 10,
        "night_start_hour": not 0 <= terms.night_start_hour < 24,
        "night_end_hour": not 0 <= terms.night_end_hour < 24,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise _bad_terms(field)


def _require_items(items: Sequence[ItemDraft]) -> None:
    if not items:
        raise Invalid(_("A fee standard needs at least one item."), code="fees.items", field="items")
    seen: set[tuple[str, ...]] = set()
    for item in items:
        _require_item(item)
        # One price for one unit: a second would be added to it, or hide it.
        for key in (("code", item.code, item.tier), ("unit", item.service_mode, item.unit, item.tier)):
            if key in seen:
                raise Invalid(
                    _("Two items say the price of the same thing."),
                    code="fees.item_twice",
                    field="items",
                    item=item.code,
                    tier=item.tier,
                )
            seen.add(key)


def _require_item(item: ItemDraft) -> None:
    known = item.service_mode in SERVICE_MODES and item.unit in FeeItem.Unit and item.tier in Tier
    if not known or not item.code or item.price_fen < 0:
        raise Invalid(
            _("This price cannot be read."), code="fees.price", field="items", item=item.code, tier=item.tier
        )


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


def _digest(terms: _Terms, items: Sequence[ItemDraft]) -> str:
    """SHA-256 over the canonical text of what was approved, whatever the order of the items."""
    content = {
        "terms": asdict(terms),
        "items": sorted((asdict(item) for item in items), key=lambda item: (item["code"], item["tier"])),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _bad_terms(field: str) -> Invalid:
    return Invalid(_("This term of the fee standard cannot be."), code="fees.terms", field=field)
