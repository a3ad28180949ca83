"""Everything that moves money: opening accounts, posting, reversing, closing a month. Nothing here changes or
deletes a row that was posted; who owes what for which use is decided in higher rooms.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_month
from apps.core.errors import Invalid, WrongState
from apps.core.ids import new_ulid
from apps.ledger.models import Account, Entry, Period, Transaction
from apps.ledger.queries import prove
from apps.people.models import User
from apps.people.requirements import require_office, require_reason

Legs = Sequence[tuple[Account, int]]


@transaction.atomic
def open_account(*, code: str, kind: str, name_zh: str, name_en: str) -> Account:
    """A new, empty account. Raises Invalid `ledger.account_kind`, WrongState `ledger.account_taken`."""
    if kind not in Account.Kind.values:
        raise Invalid(_("Unknown kind of account."), code="ledger.account_kind", field="kind")
    account, created = Account.objects.get_or_create(
        code=code, defaults={"kind": kind, "name_zh": name_zh, "name_en": name_en}
    )
    if not created:
        raise WrongState(_("This account exists already."), code="ledger.account_taken", account=code)
    return account


@transaction.atomic
def ensure_account(*, code: str, kind: str, name_zh: str, name_en: str) -> Account:
    """The account of this code, opened when there is none; for purses that come about by their first use."""
    account, _created = Account.objects.get_or_create(
        code=code, defaults={"kind": kind, "name_zh": name_zh, "name_en": name_en}
    )
    return account


@transaction.atomic
def post(
    *,
    kind: str,
    source: str,
    memo: str,
    legs: Legs,
    now: datetime,
    reverses: Transaction | None = None,
) -> Transaction:
    """Move money once: `legs` are (account, signed fen), positive into the account; they sum to zero.

    The period is the school month of `now`. The same `source` again returns the transaction that exists when
    its legs are the same. Raises Invalid `ledger.unbalanced`; WrongState `ledger.source_taken`,
    `ledger.period_closed`, `ledger.already_reversed`.
    """
    moved = _checked(legs)
    if (earlier := Transaction.objects.filter(source=source).first()) is not None:
        return _same_or_refuse(earlier, moved)
    key = school_month(now)
    period, _created = Period.objects.get_or_create(key=key)
    if period.closed_at is not None:
        raise _closed(key)
    try:
        with transaction.atomic():
            return _insert(kind, source, memo, moved, period, now, reverses)
    except IntegrityError:
        # Somebody was faster: with this source, with the reversal, or with closing the month.
        if (earlier := Transaction.objects.filter(source=source).first()) is not None:
            return _same_or_refuse(earlier, moved)
        if reverses is not None and Transaction.objects.filter(reverses=reverses).exists():
            raise _reversed_already() from None
        if Period.objects.filter(key=key, closed_at__isnull=False).exists():
            raise _closed(key) from None
        raise


@transaction.atomic
def reverse(*, transaction: Transaction, reason: str, by: User | None, now: datetime) -> Transaction:
    """The compensating transaction, in the month of `now`: every leg with the opposite sign, once.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState
    `ledger.already_reversed`, `ledger.period_closed`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if Transaction.objects.filter(reverses=transaction).exists():
        raise _reversed_already()
    legs = [
        (entry.account, -entry.amount_fen)
        for entry in transaction.entries.select_related("account").order_by("pk")
    ]
    reversal = post(
        kind=Transaction.Kind.BALANCING,
        source=f"reversal:{transaction.ulid}",
        memo=reason[:200],
        legs=legs,
        now=now,
        reverses=transaction,
    )
    audit.record(
        action="ledger.reverse",
        object_ref=f"transaction:{transaction.ulid}",
        now=now,
        actor=by,
        reason=reason,
        reversal=reversal.ulid,
    )
    return reversal


@transaction.atomic
def close_period(*, key: str, by: User | None, now: datetime) -> Period:
    """Close a month that is over ('2026-10') for ever, when everything in it proves.

    Raises NotPermitted `people.office_only`; WrongState `ledger.period_not_over`, `ledger.period_closed`,
    `ledger.unproven` (details name the problems).
    """
    require_office(by, now)
    if key >= school_month(now):
        raise WrongState(_("This month is not over."), code="ledger.period_not_over", period=key)
    Period.objects.get_or_create(key=key)
    period = Period.objects.select_for_update(no_key=True).get(key=key)
    if period.closed_at is not None:
        raise _closed(key)
    proof = prove(period=key)
    if not proof.ok:
        raise WrongState(
            _("The ledger does not prove."), code="ledger.unproven", problems=list(proof.problems)
        )
    period.closed_at, period.closed_by = now, by
    period.save(update_fields=["closed_at", "closed_by"])
    audit.record(action="ledger.close_period", object_ref=f"period:{key}", now=now, actor=by)
    return period


def _checked(legs: Legs) -> list[tuple[Account, int]]:
    """The legs in the order of their accounts, so that two transactions lock balances in the same order."""
    moved = sorted(legs, key=lambda leg: leg[0].pk)
    if len(moved) < 2 or sum(fen for _account, fen in moved) != 0 or any(fen == 0 for _account, fen in moved):
        raise Invalid(_("The entries of a transaction must sum to zero."), code="ledger.unbalanced")
    return moved


def _insert(
    kind: str,
    source: str,
    memo: str,
    moved: Legs,
    period: Period,
    now: datetime,
    reverses: Transaction | None,
) -> Transaction:
    ulid = new_ulid()
    # Before the transaction's own row: the database checks the sum when that arrives.
    Entry.objects.bulk_create(
        Entry(transaction_id=ulid, account=account, amount_fen=fen) for account, fen in moved
    )
    return Transaction.objects.create(
        ulid=ulid, kind=kind, source=source, memo=memo, period=period, posted_at=now, reverses=reverses
    )


def _same_or_refuse(earlier: Transaction, moved: Legs) -> Transaction:
    posted = sorted(earlier.entries.values_list("account_id", "amount_fen"))
    if posted != sorted((account.pk, fen) for account, fen in moved):
        raise WrongState(
            _("This was posted before with other amounts."),
            code="ledger.source_taken",
            source=earlier.source,
        )
    return earlier


def _closed(key: str) -> WrongState:
    return WrongState(_("This period is closed."), code="ledger.period_closed", period=key)


def _reversed_already() -> WrongState:
    return WrongState(_("This transaction was reversed before."), code="ledger.already_reversed")
