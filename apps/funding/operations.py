"""Everything that changes funds: opening, topping up, freezing, limits, holds and spending. The ledger keeps
the money; this room keeps whose it is and who may spend it. It prices nothing.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force, is_in_force
from apps.funding.models import FundAccount, FundHold, Spending, SpendingLimit
from apps.funding.queries import available_fen, held_by, limit_of, spent_this_month
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account, open_account, post, reverse
from apps.people.models import ResearchGroup, User
from apps.people.requirements import require_group_lead, require_office, require_period, require_reason

RECEIPTS = "outside:receipts"


@transaction.atomic
def open_fund(
    *,
    number: str,
    name_zh: str,
    name_en: str,
    group: ResearchGroup,
    valid_from: datetime,
    now: datetime,
    valid_until: datetime | None = None,
) -> FundAccount:
    """A fund of a group with an empty ledger account `fund:<number>`.

    Raises Invalid `funding.number`, `core.period`; WrongState `funding.number_taken`.
    """
    number = number.strip()
    if not number or len(number) > 40:
        raise Invalid(_("A fund number is needed."), code="funding.number", field="number")
    require_period(valid_from, valid_until)
    try:
        account = open_account(
            code=f"fund:{number}", kind=Account.Kind.FUND, name_zh=name_zh, name_en=name_en
        )
    except WrongState as taken:
        raise WrongState(
            _("This fund number is taken."), code="funding.number_taken", field="number"
        ) from taken
    fund = FundAccount.objects.create(
        number=number,
        name_zh=name_zh,
        name_en=name_en,
        group=group,
        account=account,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    publish("funding.fund_changed", now=now, fund=fund.ulid)
    return fund


@transaction.atomic
def top_up(*, fund: FundAccount, amount_fen: int, source: str, now: datetime) -> Transaction:
    """Money from outside arrives on the fund, once for each `source` (a receipt's number). A frozen or ended
    fund takes it too.

    Raises Invalid `funding.amount`; WrongState `ledger.source_taken`, `ledger.period_closed`.
    """
    if amount_fen <= 0:
        raise Invalid(_("The amount must be positive."), code="funding.amount", field="amount_fen")
    outside = ensure_account(
        code=RECEIPTS, kind=Account.Kind.OUTSIDE, name_zh="外部到款", name_en="Receipts from outside"
    )
    legs = [(outside, -amount_fen), (fund.account, amount_fen)]
    posted = post(kind=Transaction.Kind.RECEIPT, source=source, memo=fund.number, legs=legs, now=now)
    publish("funding.fund_changed", now=now, fund=fund.ulid)
    return posted


@transaction.atomic
def freeze_fund(*, fund: FundAccount, by: User | None, now: datetime, reason: str) -> FundAccount:
    """Nothing new may be charged to the fund until it is unfrozen; a use that runs is judged again.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `funding.frozen`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not FundAccount.objects.filter(pk=fund.pk, frozen_at__isnull=True).update(frozen_at=now):
        raise _frozen()
    return _told(fund, "funding.freeze_fund", by, now, reason)


@transaction.atomic
def unfreeze_fund(*, fund: FundAccount, by: User | None, now: datetime, reason: str) -> FundAccount:
    """The fund may be charged again.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `funding.not_frozen`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not FundAccount.objects.filter(pk=fund.pk, frozen_at__isnull=False).update(frozen_at=None):
        raise WrongState(_("This fund is not frozen."), code="funding.not_frozen")
    return _told(fund, "funding.unfreeze_fund", by, now, reason)


@transaction.atomic
def set_limit(
    *, fund: FundAccount, user: User, monthly_fen: int, by: User | None, now: datetime
) -> SpendingLimit:
    """The user may spend at most so many fen from the fund in a school month; replaces the limit in force.

    By the group's principal investigator or the office. Raises Invalid `funding.amount`; NotPermitted
    `people.not_group_lead`, `people.not_active`.
    """
    _require_limit(monthly_fen)
    require_group_lead(fund.group, by, now)
    _lock(fund)
    _end_limits(fund, user, now)
    limit = SpendingLimit.objects.create(
        fund=fund, user=user, monthly_fen=monthly_fen, set_by=by, valid_from=now
    )
    _record_limit(fund, user, by, now, monthly_fen=monthly_fen)
    return limit


@transaction.atomic
def lift_limit(*, fund: FundAccount, user: User, by: User | None, now: datetime) -> FundAccount:
    """The user has no limit of their own on the fund from now on.

    Raises NotPermitted `people.not_group_lead`, `people.not_active`; WrongState `funding.no_limit`.
    """
    require_group_lead(fund.group, by, now)
    _lock(fund)
    if not _end_limits(fund, user, now):
        raise WrongState(_("This member has no limit here."), code="funding.no_limit")
    _record_limit(fund, user, by, now, monthly_fen=None)
    return fund


@transaction.atomic
def hold(*, fund: FundAccount, user: User, purpose: str, amount_fen: int, now: datetime) -> FundHold:
    """Set money aside for one purpose ('booking:<ulid>'), so that two bookings never count on the same fen.

    What the user has on hold, in whatever month it will be used, counts against the limit of this month.
    Raises Invalid `funding.amount`; NotPermitted `funding.not_member`; WrongState `funding.not_in_force`,
    `funding.frozen`, `funding.insufficient` (details: available_fen, needed_fen), `funding.limit` (details:
    left_fen, needed_fen), `funding.purpose_taken`.
    """
    if amount_fen < 0:
        raise Invalid(_("The amount must not be negative."), code="funding.amount", field="amount_fen")
    locked = _lock(fund)
    _require_spendable(locked, user, now)
    _require_money(locked, amount_fen)
    _require_within_limit(locked, user, amount_fen, now)
    try:
        with transaction.atomic():
            held = FundHold.objects.create(
                fund=fund, user=user, purpose=purpose, amount_fen=amount_fen, held_at=now
            )
    except IntegrityError as taken:
        raise WrongState(
            _("Money is held for this already."), code="funding.purpose_taken", purpose=purpose
        ) from taken
    FundAccount.objects.filter(pk=fund.pk).update(held_fen=locked.held_fen + amount_fen)
    publish("funding.fund_changed", now=now, fund=fund.ulid)
    return held


def obstacles_to_hold(*, fund: FundAccount, user: User, amount_fen: int, now: datetime) -> list[Refusal]:
    """What `hold` would refuse now for want of money or by the user's limit: `funding.insufficient`,
    `funding.limit`. Nothing is locked: it may change until the money is held. At most four queries.
    """
    found: list[Refusal] = []
    try:
        _require_money(fund, amount_fen)
    except WrongState as refusal:
        found.append(refusal)
    try:
        _require_within_limit(fund, user, amount_fen, now)
    except WrongState as refusal:
        found.append(refusal)
    return found


@transaction.atomic
def release_hold(*, hold: FundHold, now: datetime) -> FundHold:
    """Give the money back to the fund. Releasing again is harmless: a hold ends by whoever comes first, the
    cancellation or the charge.
    """
    locked = _lock(hold.fund)
    if FundHold.objects.filter(pk=hold.pk, released_at__isnull=True).update(released_at=now):
        FundAccount.objects.filter(pk=locked.pk).update(held_fen=locked.held_fen - hold.amount_fen)
        publish("funding.fund_changed", now=now, fund=locked.ulid)
    hold.refresh_from_db()
    return hold


@transaction.atomic
def spend(
    *, fund: FundAccount, user: User, amount_fen: int, to: Account, source: str, memo: str, now: datetime
) -> Transaction:
    """Charge the fund for what the user has used already, once for each `source`.

    It is a debt, so it is never refused for want of money, a limit, a frozen or an ended fund: the balance
    may go below zero and is shown as such. What must not begin is decided before the use, by `hold` and by
    the gate. Raises Invalid `funding.amount`; WrongState `ledger.source_taken`, `ledger.period_closed`.
    """
    if amount_fen <= 0:
        raise Invalid(_("The amount must be positive."), code="funding.amount", field="amount_fen")
    locked = _lock(fund)
    legs = [(locked.account, -amount_fen), (to, amount_fen)]
    posted = post(kind=Transaction.Kind.CHARGE, source=source, memo=memo, legs=legs, now=now)
    _spending, created = Spending.objects.get_or_create(
        transaction=posted, defaults={"fund": fund, "user": user, "amount_fen": amount_fen, "spent_at": now}
    )
    if created:
        publish("funding.fund_changed", now=now, fund=fund.ulid)
    return posted


@transaction.atomic
def refund(*, fund: FundAccount, transaction: Transaction, reason: str, now: datetime) -> Transaction:
    """What was charged to the fund by `transaction` goes back, whole, in the month of `now`; the person's
    limit of the month in which it was spent has it again. Refusing nothing that `spend` would not, it takes a
    frozen or ended fund too. Raises WrongState `ledger.already_reversed`, `ledger.period_closed`.
    """
    locked = _lock(fund)
    reversal = reverse(transaction=transaction, reason=reason, by=None, now=now)
    publish("funding.fund_changed", now=now, fund=locked.ulid)
    return reversal


def _lock(fund: FundAccount) -> FundAccount:
    """The fund's row, locked until the transaction ends. Always before the ledger's accounts."""
    return (
        FundAccount.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account")
        .get(pk=fund.pk)
    )


def _require_limit(monthly_fen: int) -> None:
    if monthly_fen < 0:
        raise Invalid(_("The limit must not be negative."), code="funding.amount", field="monthly_fen")


def _require_spendable(fund: FundAccount, user: User, now: datetime) -> None:
    if not fund.group.memberships.filter(in_force(now), user=user).exists():
        raise NotPermitted(
            _("You do not belong to the group of this fund."), code="funding.not_member", field="fund"
        )
    if not is_in_force(fund, now):
        raise WrongState(_("This fund is not in force."), code="funding.not_in_force", field="fund")
    if fund.frozen_at is not None:
        raise _frozen()


def _require_money(fund: FundAccount, amount_fen: int) -> None:
    available = available_fen(fund)
    if available < amount_fen:
        raise WrongState(
            _("There is not enough money on this fund."),
            code="funding.insufficient",
            field="fund",
            available_fen=available,
            needed_fen=amount_fen,
        )


def _require_within_limit(fund: FundAccount, user: User, amount_fen: int, now: datetime) -> None:
    limit = limit_of(fund, user, now)
    if limit is None:
        return
    left = limit - spent_this_month(fund, user, now) - held_by(fund, user)
    if left < amount_fen:
        raise WrongState(
            _("This would exceed your monthly limit on this fund."),
            code="funding.limit",
            field="fund",
            left_fen=left,
            needed_fen=amount_fen,
        )


def _end_limits(fund: FundAccount, user: User, now: datetime) -> int:
    return SpendingLimit.objects.filter(in_force(now), fund=fund, user=user).update(revoked_at=now)


def _record_limit(
    fund: FundAccount, user: User, by: User | None, now: datetime, *, monthly_fen: int | None
) -> None:
    audit.record(
        action="funding.set_limit",
        object_ref=f"fund:{fund.ulid}",
        now=now,
        actor=by,
        user=user.ulid,
        monthly_fen=monthly_fen,
    )
    publish("funding.fund_changed", now=now, fund=fund.ulid)


def _told(fund: FundAccount, action: str, by: User | None, now: datetime, reason: str) -> FundAccount:
    audit.record(action=action, object_ref=f"fund:{fund.ulid}", now=now, actor=by, reason=reason)
    publish("funding.fund_changed", now=now, fund=fund.ulid)
    fund.refresh_from_db()
    return fund


def _frozen() -> WrongState:
    return WrongState(_("This fund is frozen."), code="funding.frozen", field="fund")
