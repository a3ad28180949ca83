"""Questions to the ledger: does it prove, what is on an account. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.core.clock import school_month
from apps.ledger.models import Account, Entry, Transaction

MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Proof:
    """The result of `prove`: what was counted, and the first problems in words (none when `ok`)."""

    ok: bool
    transactions: int
    entries: int
    problems: tuple[str, ...]


def prove(*, period: str | None = None) -> Proof:
    """Prove the ledger, or one month of it ('2026-11'): every transaction sums to zero and stands in the
    month in which it was posted; every entry has its transaction; and, for the whole ledger, every balance
    is the sum of its entries and all balances together are zero.

    Sums are formed by the database and rows are streamed: the memory needed does not grow with the ledger.
    """
    transactions = Transaction.objects.all()
    entries = Entry.objects.all()
    if period is not None:
        transactions = transactions.filter(period_id=period)
        entries = entries.filter(transaction__period_id=period)
    problems = [*islice(_problems(transactions, whole=period is None), MOST_PROBLEMS)]
    return Proof(not problems, transactions.count(), entries.count(), tuple(problems))


def _problems(transactions: QuerySet[Transaction], *, whole: bool) -> Iterator[str]:
    yield from _unbalanced(transactions)
    yield from _misplaced(transactions)
    if whole:
        yield from _orphans()
        yield from _balances()


def _unbalanced(transactions: QuerySet[Transaction]) -> Iterator[str]:
    summed = transactions.annotate(
        total=Coalesce(Sum("entries__amount_fen"), 0), legs=Count("entries")
    ).exclude(total=0, legs__gte=2)
    for ulid, total, legs in summed.values_list("ulid", "total", "legs").iterator():
        yield f"transaction {ulid} has {legs} entries that sum to {total} fen"


def _misplaced(transactions: QuerySet[Transaction]) -> Iterator[str]:
    for ulid, key, posted_at in transactions.values_list("ulid", "period_id", "posted_at").iterator():
        if school_month(posted_at) != str(key):
            yield f"transaction {ulid} of {posted_at.isoformat()} stands in period {key}"


def _orphans() -> Iterator[str]:
    mine: Any = Transaction.objects.filter(ulid=OuterRef("transaction_id"))
    for pk in Entry.objects.filter(~Exists(mine)).values_list("pk", flat=True).iterator():
        yield f"entry {pk} has no transaction"


def _balances() -> Iterator[str]:
    wrong = Account.objects.annotate(total=Coalesce(Sum("entries__amount_fen"), 0)).exclude(
        balance_fen=F("total")
    )
    for code, balance, total in wrong.values_list("code", "balance_fen", "total").iterator():
        yield f"account {code} shows {balance} fen, its entries sum to {total} fen"
    if everything := Account.objects.aggregate(total=Coalesce(Sum("balance_fen"), 0))["total"]:
        yield f"all accounts together hold {everything} fen instead of none"
