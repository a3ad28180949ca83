"""Questions about funds: what is left, who may spend from which, what somebody spent this month. Changes
nothing.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Sum, Window

from apps.core.clock import school_month_start
from apps.core.periods import in_force
from apps.funding.models import FundAccount, FundHold, Spending, SpendingLimit
from apps.people.models import Membership, User


def with_available(funds: QuerySet[FundAccount]) -> QuerySet[Any]:
    """The same funds, each with `available_fen`: ledger balance less what is held. Negative means debt."""
    return funds.annotate(available_fen=F("account__balance_fen") - F("held_fen"))


def available_fen(fund: FundAccount) -> int:
    """What may still be spent or held, in fen: ledger balance less open holds. Negative means debt."""
    left: int = with_available(FundAccount.objects.filter(pk=fund.pk)).values_list(
        "available_fen", flat=True
    )[0]
    return left


def usable_funds(user: User, at: datetime) -> QuerySet[Any]:
    """The funds in force and not frozen of the groups that the user belongs to at a moment, each with its
    `account` and `available_fen`.
    """
    mine = Membership.objects.filter(in_force(at), user=user, group=OuterRef("group"))
    funds = FundAccount.objects.filter(Exists(mine), in_force(at), frozen_at__isnull=True)
    return with_available(funds.select_related("account", "group")).order_by("number")


def spent_this_month(fund: FundAccount, user: User, at: datetime) -> int:
    """Fen that the user spent from the fund in the school month of `at`, up to that moment. What was reversed
    does not count.
    """
    spent = fund.spendings.filter(
        user=user,
        spent_at__gte=school_month_start(at),
        spent_at__lte=at,
        transaction__reversed_by__isnull=True,
    )
    return spent.aggregate(total=Sum("amount_fen"))["total"] or 0


def limit_of(fund: FundAccount, user: User, at: datetime) -> int | None:
    """The user's limit on the fund in fen for one school month, None when there is none."""
    limit = SpendingLimit.objects.filter(in_force(at), fund=fund, user=user).order_by("-valid_from").first()
    return None if limit is None else limit.monthly_fen


def held_by(fund: FundAccount, user: User) -> int:
    """Fen held on the fund for the user's purposes, whatever month these lie in."""
    holds = FundHold.objects.filter(fund=fund, user=user, released_at__isnull=True)
    return holds.aggregate(total=Sum("amount_fen"))["total"] or 0


def debts_of(group_id: int) -> dict[int, datetime]:
    """The funds of a group that are in debt, by primary key, each with when the oldest spending was made that
    its money does not cover: payments settle what was spent first. One query.
    """
    newer = Window(
        Sum("amount_fen"), partition_by=[F("fund")], order_by=[F("spent_at").desc(), F("id").desc()]
    )
    uncovered = Spending.objects.filter(
        fund__group_id=group_id, fund__account__balance_fen__lt=0, transaction__reversed_by__isnull=True
    ).annotate(newer=newer - F("amount_fen"))
    found: dict[int, datetime] = {}
    rows = uncovered.filter(newer__lt=0 - F("fund__account__balance_fen"))
    for fund, spent_at in rows.values_list("fund_id", "spent_at"):
        found[fund] = min(spent_at, found.get(fund, spent_at))
    return found


def means_of(fund: FundAccount) -> tuple[int, bool]:
    """What may still be spent or held, in fen, and whether any fund of its group is below zero. One query."""
    below = FundAccount.objects.filter(group_id=OuterRef("group_id"), account__balance_fen__lt=0)
    found = with_available(FundAccount.objects.filter(pk=fund.pk)).annotate(group_owes=Exists(below))
    left, owes = found.values_list("available_fen", "group_owes")[0]
    return int(left), bool(owes)
