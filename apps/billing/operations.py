"""From a usage record to a charge: once (and once more for each correction of it), at the price that was in
force when the use began, posted to the ledger. Whatever is not charged says why in a line; what should have
been charged and could not be raises an alarm. It neither measures nor permits.
"""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.billing.models import Charge
from apps.bookings.models import Booking
from apps.core.errors import NotFound, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.fees.models import FeeVersion
from apps.fees.pricing import Line, PriceModel, Use, quote
from apps.fees.queries import price_model
from apps.funding.operations import refund, release_hold, spend
from apps.instruments.models import Instrument
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account
from apps.usage.models import RecordChange, UsageRecord, UsageSession

# A person's own use is paid by its time. Samples are paid by the sample; the rest is the facility's own work.
CHARGED_PURPOSES = frozenset({"booking", "walk_in"})
UNEXPLAINED = frozenset({UsageSession.Kind.OVERRIDE.value, UsageSession.Kind.UNKNOWN.value})

# Why a use costs nothing, in the words of its line.
REASONS = {
    "billing.free_purpose": ("此用途不按机时收费", "This purpose is not charged by time"),
    "billing.not_charged": ("该仪器不收费", "This instrument is free of charge"),
    "billing.fee_transition": (
        "过渡期内免费 (尚无批准的收费标准)",
        "Free in the transition: no approved fee yet",
    ),
    "billing.nothing_used": ("未通电、无用量", "Never powered, nothing used"),
    "billing.no_fee": ("使用开始时没有生效的收费标准", "No fee standard was in force when the use began"),
    "billing.no_price": (
        "收费标准未列出此类用户的价格",
        "The fee standard names no price for this kind of user",
    ),
    "billing.dismissed": (
        "读数不可信, 经核查不收费",
        "The reading was implausible; dismissed after review, not charged",
    ),
    "billing.no_fund": ("没有可扣款的经费账户", "There is no fund to charge"),
}
# Of these, the ones that somebody has to look into.
ALARMING = frozenset({"billing.no_fee", "billing.no_price", "billing.no_fund"})
_ONE = Decimal(1)


@dataclass(frozen=True)
class _Bill:
    """The lines of a charge, what they add up to (fen), and the code of the alarm when there is one."""

    lines: tuple[Line, ...]
    amount_fen: int
    alarm: str = ""


@transaction.atomic
def charge_record(*, record: UsageRecord, now: datetime) -> Charge:
    """The charge of a usage record; asked again, the one that counts.

    A use is charged after it happened, so nothing stops the charge: a frozen fund, a spent limit or an empty
    fund makes a debt, which is shown and later becomes arrears. The money held for the booking is released
    when the booking is over. A dismissed record costs nothing. Raises WrongState `billing.held` while the
    measurement waits for somebody's judgement, `ledger.period_closed`.
    """
    # Two workers with the same fact: the second waits here and finds the charge of the first.
    record = _locked(record)
    charge = charge_in_force(record)
    if charge is not None:
        return charge
    if record.held:
        raise WrongState(_("This use is held for review."), code="billing.held", reason=record.held)
    session = record.session
    # A record that was corrected before anybody charged it is charged as it says now.
    charge = _charge(record, record.changes.order_by("-number").first(), None, now)
    if session.booking is not None and session.booking.end <= now:
        _release(session.booking, now)
    publish("billing.charged", now=now, charge=charge.ulid, record=record.ulid)
    return charge


@transaction.atomic
def recharge_record(*, record: UsageRecord, now: datetime) -> Charge:
    """After a correction: the money of the charge goes back whence it came, and the record is charged as it
    says now, at the price that was in force when the use began. Both are posted in the month of `now`: a
    month that is closed stays as it was. Asked again, the charge that was made. Raises as `charge_record`.
    """
    record = _locked(record)
    charge = charge_in_force(record)
    if charge is None:
        return charge_record(record=record, now=now)
    change = record.changes.order_by("-number").first()
    if change is None or change.pk == charge.change_id:
        return charge
    made = _charge(record, change, charge, now)
    publish("billing.recharged", now=now, charge=made.ulid, replaced=charge.ulid, record=record.ulid)
    return made


def charge_in_force(record: UsageRecord) -> Charge | None:
    """The charge of a record that nothing replaces. One query."""
    return Charge.objects.filter(record=record, replaced_by__isnull=True).first()


def foreseen_fen(*, record: UsageRecord, end: datetime, powered_ms: int, effective_ms: int) -> int:
    """What the record would cost (fen) if it said this. Writes nothing."""
    other = copy(record)
    other.ended_at, other.powered_ms = end, powered_ms
    other.effective_ms, other.idle_ms = effective_ms, powered_ms - effective_ms
    return _bill_for(other, record.session).amount_fen


def _charge(record: UsageRecord, change: RecordChange | None, old: Charge | None, now: datetime) -> Charge:
    bill = _bill_for(record, record.session)
    reversal = _take_back(old, change, now)
    charge = Charge.objects.create(
        record=record,
        fund=record.session.fund,
        fee_version=record.session.fee_version,
        tier=record.session.tier,
        lines=[_as_json(line) for line in bill.lines],
        amount_fen=bill.amount_fen,
        transaction=_post(record, change, bill.amount_fen, now),
        charged_at=now,
        replaces=old,
        change=change,
        reversal=reversal,
    )
    if bill.alarm:
        publish("billing.alarm", now=now, charge=charge.ulid, record=record.ulid, code=bill.alarm)
    return charge


def _take_back(old: Charge | None, change: RecordChange | None, now: datetime) -> Transaction | None:
    if old is None or old.transaction is None or old.fund is None or change is None:
        return None
    return refund(fund=old.fund, transaction=old.transaction, reason=f"correction:{change.ulid}", now=now)


@transaction.atomic
def release_past_holds(*, now: datetime, limit: int = 200) -> int:
    """Give back what is held for bookings that are over and that nobody uses any more; whether they were used
    or not, what is owed is charged from the records. Returns how many holds were released.
    """
    over = (
        Booking.objects.filter(end__lte=now, hold__released_at__isnull=True, hold__isnull=False)
        .exclude(sessions__state__in=UsageSession.LIVE)
        .select_related("hold__fund")
        .order_by("hold__fund_id", "pk")[:limit]
    )
    return sum(_release(booking, now) for booking in over)


def _locked(record: UsageRecord) -> UsageRecord:
    UsageRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
    return UsageRecord.objects.select_related(
        "instrument__facility", "session__fund", "session__fee_version", "session__booking__hold", "user"
    ).get(pk=record.pk)


def _bill_for(record: UsageRecord, session: UsageSession) -> _Bill:
    code = _reason_for_nothing(record, session)
    if code:
        return _nothing(code)
    version = session.fee_version
    if version is None:
        return _nothing("billing.no_fee")
    model = own_use_prices(version, session.tier, record.started_at)
    if model is None:
        return _nothing("billing.no_price")
    priced = quote(model, _use(record))
    if priced.total_fen == 0:
        return _Bill(priced.lines or _nothing("billing.nothing_used").lines, 0)
    if session.fund is None or record.user is None:
        return _nothing("billing.no_fund")
    return _Bill(priced.lines, priced.total_fen)


def _reason_for_nothing(record: UsageRecord, session: UsageSession) -> str:
    """The code of what makes a use free whatever its price would be; empty for what is charged."""
    if record.verdict == UsageRecord.Verdict.DISMISSED:
        return "billing.dismissed"
    if session.kind in UNEXPLAINED:
        return "billing.no_fund"
    if record.purpose not in CHARGED_PURPOSES:
        return "billing.free_purpose"
    if session.fee_version is not None:
        return ""
    if not record.instrument.use_charged:
        return "billing.not_charged"
    in_transition = value("access.fee_transition", at=record.started_at)
    return "billing.fee_transition" if in_transition else ""


def own_use_prices(version: FeeVersion, tier: str, at: datetime) -> PriceModel | None:
    """The prices of somebody's own use that began at a moment: self-operated, or assisted where that is all
    there is; None where the version names none for the tier.
    """
    for mode in ("self", "assisted"):
        try:
            return price_model(version, tier, mode, at=at)
        except NotFound:
            continue
    return None


def _use(record: UsageRecord) -> Use:
    return Use(
        start=record.started_at,
        end=record.ended_at,
        effective_ms=record.effective_ms,
        powered_ms=record.powered_ms,
        samples=record.samples,
    )


def _nothing(code: str) -> _Bill:
    name_zh, name_en = REASONS[code]
    use = Line(code, name_zh, name_en, _ONE, "use", 0, _ONE, 0)
    return _Bill((use,), 0, code if code in ALARMING else "")


def _post(
    record: UsageRecord, change: RecordChange | None, amount_fen: int, now: datetime
) -> Transaction | None:
    session = record.session
    if not amount_fen or session.fund is None or record.user is None:
        return None
    return spend(
        fund=session.fund,
        user=record.user,
        amount_fen=amount_fen,
        to=income_of(record.instrument),
        source=f"charge:{record.ulid}" + (f":{change.number}" if change else ""),
        memo=f"{record.instrument.asset_no} {record.started_at:%Y-%m-%d}",
        now=now,
    )


def income_of(instrument: Instrument) -> Account:
    """The account on which the facility of an instrument earns."""
    facility = instrument.facility
    return ensure_account(
        code=f"income:{facility.code}",
        kind=Account.Kind.INCOME,
        name_zh=facility.name_zh,
        name_en=facility.name_en,
    )


def _release(booking: Booking, now: datetime) -> int:
    if booking.hold is None or booking.hold.released_at is not None:
        return 0
    release_hold(hold=booking.hold, now=now)
    return 1


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "name_zh": line.name_zh,
        "name_en": line.name_en,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "price_fen": line.price_fen,
        "rate": str(line.rate),
        "amount_fen": line.amount_fen,
    }
