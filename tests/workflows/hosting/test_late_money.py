"""Money of an agreement that moves after the instrument is back, and statements that could not be made."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.billing.models import Allocation, Charge
from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Agreement, Statement
from apps.hosting.repairs import bear_cost
from apps.hosting.running import end_agreement, ends_at, give_notice
from apps.instruments.operations import open_work_order
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account, post, reverse
from apps.usage.models import UsageRecord
from tests.factories.hosting import THINGS, House, fresh, running
from tests.factories.money import priced
from tests.factories.usage import Past, past_uses
from workflows.hosting.stating import state_all

DAY = timedelta(days=1)
HOUR_MS = 3_600_000


def charged(home: House, record: UsageRecord, fen: int, at: datetime, **more: Any) -> Charge:
    """A charge, as it stands in the ledger."""
    outside = ensure_account(code="outside", kind=Account.Kind.OUTSIDE, name_zh="外", name_en="Out")
    income = ensure_account(code="income:x", kind=Account.Kind.INCOME, name_zh="收", name_en="In")
    legs = [(outside, -fen), (income, fen)]
    paid = post(kind=Transaction.Kind.CHARGE, legs=legs, source=f"test:{at}", memo="", now=at)
    known = Charge.objects.first()
    return Charge.objects.create(
        record=record,
        lines=[],
        fee_version=known.fee_version if known else priced(home.machine, at),
        tier="internal",
        amount_fen=fen,
        transaction=paid,
        charged_at=at,
        **more,
    )


def ended(home: House, agreement: Agreement) -> datetime:
    """Notice is given, and the owner has it back."""
    give_notice(agreement=agreement, by=home.owner, now=home.now, reason="moving")
    over = ends_at(fresh(agreement))
    write_inventory(agreement=agreement, way="out", things=THINGS, by=home.hana, now=over)
    confirm_inventory(agreement=agreement, way="out", by=home.owner, now=over)
    end_agreement(agreement=agreement, by=None, now=over, reason="back")
    return over


def sums(agreement: Agreement) -> list[tuple[str, int, int, int]]:
    rows = Statement.objects.filter(agreement=agreement).order_by("month")
    return list(rows.values_list("month", "income_fen", "owner_fen", "repairs_fen"))


def test_what_is_corrected_after_the_end_is_divided_in_the_month_of_the_correction(home: House) -> None:
    agreement = running(home)
    [record] = past_uses(home.machine, [Past(home.now + DAY, HOUR_MS, home.they.alice)])
    order = open_work_order(instrument=home.machine, summary="pump", by=home.hugo, now=home.now)
    first = charged(home, record, 10_000, home.now + DAY)
    over = ended(home, agreement)
    for month in range(4):
        state_all(now=home.now + 31 * month * DAY)
    before = sums(agreement)
    assert (before[0][1], before[0][2]) == (10_000, 2_000)

    later = over + 62 * DAY  # long after the last month of the agreement
    assert first.transaction is not None
    back = reverse(transaction=first.transaction, reason="broken", by=None, now=later)
    charged(home, record, 4_000, later, replaces=first, reversal=back)
    bear_cost(work_order=order, cost_fen=600_000, by=home.hana, now=later)
    assert state_all(now=later + 31 * DAY) == 1
    assert state_all(now=later + 31 * DAY) == 0
    assert sums(agreement) == [*before, (f"{later:%Y-%m}", -6_000, -1_200, 300_000)]
    assert sum(Allocation.objects.values_list("amount_fen", flat=True)) == 4_000


def test_a_month_in_which_nobody_worked_is_stated_after_it(home: House) -> None:
    running(home)
    assert state_all(now=datetime(2027, 2, 3, tzinfo=UTC)) == 3
    months = Statement.objects.order_by("month").values_list("month", flat=True)
    assert list(months) == ["2026-11", "2026-12", "2027-01"]


def test_what_cannot_be_stated_keeps_nobody_else_waiting(home: House) -> None:
    """A name that cannot be printed is found by the paper alone."""
    broken = running(home)
    other = Agreement.objects.create(
        asset_no="QY999999",
        name_zh="另一台",
        instrument=broken.instrument,
        group=broken.group,
        facility=broken.facility,
        why="x",
        state="leaving",
        terms=broken.terms,
        offered_by=home.owner,
        offered_at=home.now,
        started_at=home.now,
    )
    Agreement.objects.filter(pk=broken.pk).update(name_zh="\U0001f52c")
    first = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert state_all(now=first) == 1
    assert Statement.objects.get().agreement == other
    Agreement.objects.filter(pk=broken.pk).update(name_zh="电镜")
    assert state_all(now=first) == 1
