"""Which way a submitted proposal goes: the recorded decision, from facts that the checks and the comparison
with what is in force give.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.decisions.models import DecisionRecord
from apps.decisions.operations import install_defaults
from apps.fees.approving import approve_submission
from apps.fees.content import Item, PriceSet
from apps.fees.drafting import create_draft, save_draft
from apps.fees.looking import look
from apps.fees.models import Submission
from apps.fees.outside import record_outside_price
from apps.fees.screening import largest_change, screen
from apps.fees.submitting import submit
from tests.factories.fees import SEM_ITEM, TERMS, fee_content, not_open_content, priced_at, sheet
from tests.people import People

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PEERS = {
    "internal": (250_00, 255_00, 265_00, 275_00),
    "external_academic": (600_00, 610_00, 630_00, 640_00),
    "enterprise": (880_00, 890_00, 910_00, 920_00),
}


@pytest.fixture
def in_force(people: People, now: datetime) -> People:
    """The FE-SEM A has its standard, and four other schools publish theirs."""
    install_defaults(now=now - 300 * DAY)
    for tier, prices in PEERS.items():
        for number, price in enumerate(prices):
            record_outside_price(
                institution_zh=f"学校{number}",
                name_zh="扫描电镜",
                class6="010100",
                grade="research",
                function="SEM",
                service_mode="self",
                unit="hour",
                tier=tier,
                price_fen=price,
                source="公示",
                valid_from=now - 100 * DAY,
                by=None,
                now=now,
            )
    first = submitted(people, now - 50 * DAY, SEM_ITEM)
    approve_submission(
        submission=first, approval_no="QY-1", valid_from=now - 50 * DAY, source_case="c", now=now - 50 * DAY
    )
    return people


def submitted(people: People, now: datetime, *items: Item, **members: Any) -> Submission:
    proposal = create_draft(kind="fee", instruments=[people.sem], by=people.teng, now=now, copy=False)
    content = fee_content(sheet(people.sem, *items, **members))
    save_draft(proposal=proposal, revision=1, content=content, by=people.teng, now=now)
    return submit(proposal=proposal, revision=2, by=people.teng, now=now)


def way(submission: Submission, now: datetime, **members: Any) -> tuple[str, str]:
    decided, _seen = screen(submission=submission, asked_by="test", now=now, **members)
    return decided.decision.outcome, decided.decision.reasons[0].code


def test_a_small_change_inside_the_quartiles_goes_the_short_way(in_force: People, now: datetime) -> None:
    dearer = priced_at(SEM_ITEM, internal=265_00, external_academic=615_00)
    submission = submitted(in_force, now, dearer)
    assert way(submission, now) == ("simplified", "fees.small_change")
    record = DecisionRecord.objects.get()
    assert record.object_ref == f"fee_submission:{submission.ulid}"
    facts = record.facts
    assert (facts["largest_change_percent"], facts["within_change"]) == ("1.92", True)
    assert (facts["peers_known"], facts["outside_quartiles"], facts["reapproval"]) == (True, 0, True)


@pytest.mark.parametrize(
    ("item", "terms", "expected"),
    [
        (priced_at(SEM_ITEM, internal=233_99), TERMS, ("full", "fees.whole_way")),
        (priced_at(SEM_ITEM, internal=271_00), TERMS, ("full", "fees.whole_way")),
        (priced_at(SEM_ITEM, own_group=200_00), TERMS, ("full", "fees.whole_way")),
        (priced_at(SEM_ITEM, enterprise=None), TERMS, ("full", "fees.whole_way")),
        (SEM_ITEM, replace(TERMS, night_rate="0.6"), ("full", "fees.whole_way")),
        (replace(SEM_ITEM, code="SEM9"), TERMS, ("full", "fees.whole_way")),
        (replace(SEM_ITEM, service_mode="assisted"), TERMS, ("full", "fees.whole_way")),
        (priced_at(SEM_ITEM, internal=700_00), TERMS, ("block", "fees.components")),
        (priced_at(SEM_ITEM, internal=29_00), TERMS, ("warn", "fees.below_consumables")),
        (
            priced_at(SEM_ITEM, external_academic=920_00, enterprise=920_00),
            TERMS,
            ("warn", "fees.external_above_cost"),
        ),
        (replace(SEM_ITEM, cost=None), TERMS, ("block", "fees.basis")),
        (replace(SEM_ITEM, cost=replace(SEM_ITEM.cost, full_cost_e4=1)), TERMS, ("block", "fees.sums")),  # type: ignore[type-var]
        (replace(SEM_ITEM, name_zh=""), TERMS, ("block", "fees.form")),
    ],
)
def test_everything_else_goes_its_own_way(
    in_force: People, now: datetime, item: Item, terms: Any, expected: tuple[str, str]
) -> None:
    assert way(submitted(in_force, now, item, terms=terms), now) == expected


def test_a_changed_asset_record_makes_a_cost_sheet_wrong(in_force: People, now: datetime) -> None:
    submission = submitted(in_force, now, SEM_ITEM)
    assert way(submission, now)[0] == "simplified"
    type(in_force.sem).objects.filter(pk=in_force.sem.pk).update(price_fen=1_000_000_00)
    assert way(submission, now) == ("block", "fees.basis")


def test_warnings_are_asked_once(in_force: People, now: datetime) -> None:
    type(in_force.sem).objects.filter(pk=in_force.sem.pk).update(customs_supervised=True, customs_until=None)
    submission = submitted(in_force, now, SEM_ITEM)
    assert way(submission, now) == ("warn", "fees.customs")
    assert way(submission, now, warnings_answered=True) == ("full", "fees.whole_way")


def test_a_first_standard_and_an_exemption_go_the_whole_way(people: People, now: datetime) -> None:
    install_defaults(now=now)
    assert way(submitted(people, now, SEM_ITEM), now) == ("full", "fees.whole_way")
    other = type(people.sem).objects.exclude(pk=people.sem.pk).first() or people.sem
    proposal = create_draft(kind="not_open", instruments=[other], by=None, now=now)
    save_draft(proposal=proposal, revision=1, content=not_open_content(other), by=None, now=now)
    Submission.objects.get().proposal.about.update(open=False)
    wish = submit(proposal=proposal, revision=2, by=None, now=now)
    assert way(wish, now) == ("full", "fees.not_open")


def test_hours_that_drift_take_it_off_the_short_way(in_force: People, now: datetime) -> None:
    hours = replace(sheet("x").hours, planned_hours_year=1400)
    submission = submitted(in_force, now, SEM_ITEM, hours=hours)
    assert way(submission, now, real_hours={in_force.sem.ulid: 1200})[0] == "simplified"
    assert way(submission, now, real_hours={in_force.sem.ulid: 900})[0] == "full"


def test_the_largest_change_is_exact(in_force: People, now: datetime) -> None:
    def change(item: Item) -> Fraction | None:
        seen = look(fee_content(sheet(in_force.sem, item)), at=now)
        return largest_change(seen.sheets.values())

    assert change(SEM_ITEM) == 0
    assert change(priced_at(SEM_ITEM, internal=286_00, enterprise=891_00)) == Fraction(1, 10)
    assert change(priced_at(SEM_ITEM, internal=0)) == 1
    assert change(priced_at(SEM_ITEM, own_group=1)) is None
    assert change(replace(SEM_ITEM, code="NEW")) is None
    assert largest_change([]) is None


def test_what_no_number_can_hold_is_capped_and_does_not_fail(in_force: People, now: datetime) -> None:
    first = submitted(in_force, now, priced_at(SEM_ITEM, internal=1))
    approve_submission(
        submission=first, approval_no="QY-2", valid_from=now, source_case="c", now=now, prices=PriceSet(())
    )
    submission = submitted(in_force, now, priced_at(SEM_ITEM, internal=250_00))
    assert way(submission, now)[0] == "full"
    assert Decimal(DecisionRecord.objects.get().facts["largest_change_percent"]) == Decimal("9999.99")
