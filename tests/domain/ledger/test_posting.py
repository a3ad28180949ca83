"""Money moves by double entry, once for each source, and is corrected only by a compensating transaction."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import AuditEntry
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.operations import close_period, ensure_account, open_account, post, reverse
from apps.ledger.queries import prove
from apps.people.models import User
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def fund() -> Account:
    return open_account(code="fund:F1", kind="fund", name_zh="经费一", name_en="Fund one")


@pytest.fixture
def income() -> Account:
    return open_account(code="income:MCC", kind="income", name_zh="平台收入", name_en="Facility income")


def move(fund: Account, income: Account, fen: int, now: datetime, source: str = "charge:1") -> Transaction:
    return post(kind="charge", source=source, memo="use", legs=[(fund, -fen), (income, fen)], now=now)


def balance(account: Account) -> int:
    return Account.objects.get(pk=account.pk).balance_fen


def test_a_posting_moves_both_balances_and_proves(fund: Account, income: Account, now: datetime) -> None:
    posted = move(fund, income, 250, now)
    assert (balance(fund), balance(income)) == (-250, 250)
    assert posted.period_id == "2026-11"
    proof = prove()
    assert (proof.ok, proof.transactions, proof.entries, proof.problems) == (True, 1, 2, ())


def test_the_month_is_the_schools_not_utcs(fund: Account, income: Account) -> None:
    evening = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert move(fund, income, 1, evening).period_id == "2026-12"
    assert move(fund, income, 1, evening - timedelta(seconds=1), "charge:2").period_id == "2026-11"
    assert prove(period="2026-12").entries == 2


@pytest.mark.parametrize("amounts", [(1,), (5, -4), (0, 0), (3, -3, 0)])
def test_entries_that_do_not_sum_to_zero_are_refused(
    fund: Account, income: Account, now: datetime, amounts: tuple[int, ...]
) -> None:
    legs = [((fund, income)[number % 2], fen) for number, fen in enumerate(amounts)]
    with pytest.raises(Invalid) as met:
        post(kind="charge", source="x", memo="", legs=legs, now=now)
    assert met.value.code == "ledger.unbalanced"
    assert not Entry.objects.exists()


def test_the_same_source_again_returns_what_was_posted(fund: Account, income: Account, now: datetime) -> None:
    first = move(fund, income, 250, now)
    again = move(fund, income, 250, now + timedelta(hours=1))
    assert again == first
    assert balance(income) == 250


def test_a_source_is_never_used_for_other_amounts(fund: Account, income: Account, now: datetime) -> None:
    move(fund, income, 250, now)
    with pytest.raises(WrongState) as met:
        move(fund, income, 251, now)
    assert met.value.code == "ledger.source_taken"
    assert balance(fund) == -250


def test_an_account_is_opened_once(fund: Account) -> None:
    with refused(WrongState, "ledger.account_taken"):
        open_account(code="fund:F1", kind="fund", name_zh="", name_en="")
    with refused(Invalid, "ledger.account_kind"):
        open_account(code="x", kind="purse", name_zh="", name_en="")
    assert ensure_account(code="fund:F1", kind="fund", name_zh="", name_en="") == fund


def test_a_reversal_compensates_to_the_fen_and_happens_once(
    fund: Account, income: Account, now: datetime
) -> None:
    posted = move(fund, income, 250, now)
    reversal = reverse(transaction=posted, reason="  wrong fund ", by=None, now=DECEMBER)
    assert (balance(fund), balance(income)) == (0, 0)
    assert (reversal.kind, reversal.period_id, reversal.reverses) == ("balancing", "2026-12", posted)
    assert AuditEntry.objects.get(action="ledger.reverse").reason == "wrong fund"
    with pytest.raises(WrongState) as met:
        reverse(transaction=posted, reason="again", by=None, now=DECEMBER)
    assert met.value.code == "ledger.already_reversed"


def test_only_the_office_reverses_and_never_without_a_reason(
    fund: Account, income: Account, now: datetime
) -> None:
    posted = move(fund, income, 250, now)
    student = User.objects.create(username="alice", name_zh="艾丽", valid_from=now)
    with pytest.raises(NotPermitted):
        reverse(transaction=posted, reason="because", by=student, now=now)
    with pytest.raises(Invalid) as met:
        reverse(transaction=posted, reason=" ", by=None, now=now)
    assert met.value.code == "core.reason_required"
    assert Transaction.objects.count() == 1


def test_a_closed_month_takes_nothing_and_stays_closed(fund: Account, income: Account, now: datetime) -> None:
    move(fund, income, 250, now)
    period = close_period(key="2026-11", by=None, now=DECEMBER)
    assert period.closed_at == DECEMBER
    with pytest.raises(WrongState) as met:
        move(fund, income, 1, now, "late")
    assert met.value.code == "ledger.period_closed"
    with pytest.raises(WrongState) as again:
        close_period(key="2026-11", by=None, now=DECEMBER)
    assert again.value.code == "ledger.period_closed"
    assert balance(income) == 250


def test_a_month_that_is_not_over_cannot_be_closed(now: datetime) -> None:
    with pytest.raises(WrongState) as met:
        close_period(key="2026-11", by=None, now=now)
    assert met.value.code == "ledger.period_not_over"


def test_a_correction_of_a_closed_month_falls_into_the_present_one(
    fund: Account, income: Account, now: datetime
) -> None:
    posted = move(fund, income, 250, now)
    close_period(key="2026-11", by=None, now=DECEMBER)
    assert reverse(transaction=posted, reason="dispute", by=None, now=DECEMBER).period_id == "2026-12"
    assert prove().ok


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    amounts=st.lists(
        st.tuples(st.integers(1, 10**12), st.sampled_from(["ab", "ba", "abc"])), min_size=1, max_size=6
    )
)
def test_any_history_of_postings_proves_and_balances_are_its_sums(
    now: datetime, amounts: list[tuple[int, str]]
) -> None:
    accounts = {
        code: ensure_account(code=code, kind="fund", name_zh=code, name_en=code) for code in ("a", "b", "c")
    }
    before = {code: balance(account) for code, account in accounts.items()}
    expected = dict(before)
    serial = Transaction.objects.count()
    for number, (fen, way) in enumerate(amounts):
        shares = {way[0]: -fen, way[1]: fen} if len(way) == 2 else {"a": -fen - 1, "b": fen, "c": 1}
        legs = [(accounts[code], share) for code, share in shares.items()]
        post(kind="receipt", source=f"h:{serial}:{number}", memo="", legs=legs, now=now)
        for code, share in shares.items():
            expected[code] += share
    assert {code: balance(account) for code, account in accounts.items()} == expected
    assert prove().ok
