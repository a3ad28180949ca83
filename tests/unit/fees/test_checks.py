"""Every check finds its fault, says where it is and how much, and leaves a sheet in order alone."""

from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
from django.utils import translation

from apps.fees.assets import Asset
from apps.fees.checks import check_not_open, check_sheet
from apps.fees.components import Chargeable
from apps.fees.content import Consumable, Content, Evidence, Item, NotOpen, Parts, Sheet
from apps.fees.cost import recompute
from apps.fees.findings import BLOCK, NOTE, WARN, Finding, of, worst
from apps.fees.peers import Peer, Peers, summarise
from apps.fees.policy import Policy
from apps.fees.sight import Sight
from apps.fees.wording import SENTENCES, from_stored, say
from tests.factories.fees import ASSET, HOURS, SEM_COST, SEM_ITEM, TERMS, priced_at, sheet

pytestmark = pytest.mark.once

POLICY = Policy(
    peers_minimum=4,
    outlier_factor=Fraction(2),
    external_margin={"external_academic": Fraction(1, 5), "enterprise": Fraction(7, 10)},
    simplified_change=Fraction(1, 10),
    drift=(Fraction(7, 10), Fraction(13, 10)),
    consumables_drift=Fraction(1, 5),
    tolerance_e4=100,
    maintenance_most=Fraction(6, 100),
)
PLANNED = replace(SEM_COST, formula="P", hours_basis="planned", hours=1400)
SHOWN = replace(HOURS, evidence=(Evidence("机时统计"),))


def peers(*prices: int, others: tuple[int, ...] = ()) -> Peers:
    def of_grade(price: int, grade: str) -> Peer:
        return Peer("p", "QY1", "", "", grade, price, None, "", "", "2026-01-01")

    same = tuple(of_grade(price, "research") for price in prices)
    return Peers(same, tuple(of_grade(price, "flagship") for price in others), summarise(prices, 4))


def seen(
    item: Item = SEM_ITEM,
    *,
    asset: Asset = ASSET,
    policy: Policy = POLICY,
    around: Peers | None = None,
    real: int | None = None,
    **members: Any,
) -> Sight:
    members = {"terms": TERMS, "hours": SHOWN, **members}
    whole: Sheet = sheet(asset.instrument, item, **members)
    if around is None:
        around = peers(200_00, 220_00, 240_00, 260_00)
    return Sight(
        whole,
        asset,
        policy,
        costs={one.code: recompute(one.cost, asset) if one.cost else None for one in whole.items},
        peers={(asset.instrument, one.code, "internal"): around for one in whole.items},
        real_hours=real,
    )


def found(sight: Sight) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_sheet(sight)}


def cost(**members: Any) -> Item:
    return replace(SEM_ITEM, cost=replace(SEM_COST, **members))


def stated(**e4: int) -> Item:
    return cost(stated=replace(SEM_COST.stated, **{f"{part}_e4": value for part, value in e4.items()}))


def test_a_sheet_in_order_has_nothing_but_a_word_about_tiers_without_peers() -> None:
    assert [f for f in check_sheet(seen()) if f.severity != NOTE] == []
    assert found(seen()) == {}


@pytest.mark.parametrize(
    ("item", "code", "severity", "member"),
    [
        (replace(SEM_ITEM, cost=None), "fees.cost.missing", BLOCK, "cost"),
        (cost(life_years=None), "fees.cost.basis_missing", BLOCK, "cost.life_years"),
        (cost(formula="Z"), "fees.cost.basis_missing", BLOCK, "cost.formula"),
        (cost(management_rate="a lot"), "fees.cost.basis_missing", BLOCK, "cost.management_rate"),
        (cost(formula="P"), "fees.cost.basis_of_formula", BLOCK, "cost.hours_basis"),
        (cost(value_fen=3_000_000_00), "fees.cost.value_differs", BLOCK, "cost.value_fen"),
        (cost(hours=1000), "fees.cost.quota_differs", BLOCK, "cost.hours"),
        (cost(hours=65_700_000), "fees.unit.hours_impossible", BLOCK, "cost.hours"),
        (cost(full_cost_e4=8_627_800), "fees.cost.sum_mismatch", BLOCK, "cost.full_cost_e4"),
        (cost(subtotal_e4=1), "fees.cost.sum_mismatch", BLOCK, "cost.subtotal_e4"),
        (stated(depreciation=4_795_900), "fees.cost.part_mismatch", BLOCK, "cost.stated.depreciation_e4"),
        (cost(formula="A"), "fees.cost.part_of_formula", WARN, "cost.stated.management_e4"),
        (cost(management_rate="0.2"), "fees.cost.management_range", WARN, "cost.management_rate"),
        (cost(maintenance_rate="0.08"), "fees.cost.maintenance_most", WARN, "cost.maintenance_rate"),
        (
            cost(consumables=(Consumable("液氮", "some", "L", 1),)),
            "fees.cost.consumables_unreadable",
            BLOCK,
            "cost.consumables",
        ),
        (
            priced_at(SEM_ITEM, internal=None, external_academic=None, enterprise=None),
            "fees.price.none",
            BLOCK,
            "prices",
        ),
        (priced_at(SEM_ITEM, internal=-1), "fees.price.negative", BLOCK, "prices.internal_fen"),
        (priced_at(SEM_ITEM, internal=29_99), "fees.price.below_consumables", WARN, "prices.internal_fen"),
        (priced_at(SEM_ITEM, internal=700_00), "fees.price.not_chargeable", BLOCK, "prices.internal_fen"),
        (priced_at(SEM_ITEM, internal=800_00), "fees.price.internal_above_cost", WARN, "prices.internal_fen"),
        (priced_at(SEM_ITEM, internal=630_00), "fees.price.order", WARN, "prices.internal_fen"),
        (priced_at(SEM_ITEM, own_group=270_00), "fees.price.order", WARN, "prices.own_group_fen"),
        (
            priced_at(SEM_ITEM, external_academic=915_36),
            "fees.price.external_above_cost",
            WARN,
            "prices.external_academic_fen",
        ),
        (priced_at(SEM_ITEM, internal=460_00), "fees.price.outlier_high", WARN, "prices.internal_fen"),
        (priced_at(SEM_ITEM, internal=115_00), "fees.price.outlier_low", NOTE, "prices.internal_fen"),
        (
            replace(priced_at(SEM_ITEM, internal=460_00), reason="含专用样品台"),
            "fees.price.outlier_explained",
            NOTE,
            "prices.internal_fen",
        ),
        (replace(SEM_ITEM, service_mode="none"), "fees.item.mode_not_offered", WARN, "service_mode"),
        (replace(SEM_ITEM, function=""), "fees.peers.no_function", NOTE, "function"),
        (replace(SEM_ITEM, name_zh=" "), "fees.item.name", BLOCK, "name_zh"),
        (replace(SEM_ITEM, unit="period"), "fees.item_shape", BLOCK, "items"),
    ],
)
def test_each_fault_is_found_where_it_is(item: Item, code: str, severity: str, member: str) -> None:
    findings = [finding for finding in check_sheet(seen(item)) if finding.code == code]
    assert (severity, item.code, member) in {(f.severity, f.item, f.field) for f in findings}
    assert all(finding.instrument == ASSET.instrument for finding in findings)


def test_rounding_of_the_form_is_no_fault_and_a_fen_more_is() -> None:
    # The asset record gives 479.5714: the form may say 479.57 or 479.58, not 479.59.
    assert "fees.cost.part_mismatch" not in found(seen(stated(depreciation=4_795_800)))
    assert "fees.cost.part_mismatch" in found(seen(stated(depreciation=4_796_900)))


def test_planned_hours_need_evidence_and_fit_the_plan() -> None:
    planned = replace(SEM_ITEM, cost=PLANNED)
    assert "fees.cost.evidence_missing" in found(seen(planned, hours=HOURS))
    assert "fees.cost.evidence_missing" not in found(seen(planned))
    other = replace(SHOWN, planned_hours_year=2000)
    assert found(seen(planned, hours=other))["fees.cost.planned_differs"].args == {
        "stated": 1400,
        "planned": 2000,
    }


@pytest.mark.parametrize(
    ("real", "drifts"), [(979, True), (980, False), (1820, False), (1821, True), (None, False)]
)
def test_real_hours_outside_the_band_are_drift(real: int | None, drifts: bool) -> None:  # noqa: FBT001
    planned = replace(SEM_ITEM, cost=PLANNED)
    assert ("fees.hours.drift" in found(seen(planned, real=real))) is drifts


def test_core_hours_are_said_and_never_taken_for_hours_of_the_instrument() -> None:
    hpc = replace(SEM_ITEM, unit="core_hour", cost=replace(PLANNED, hours=65_700_000))
    codes = found(seen(hpc, real=982))
    assert codes["fees.unit.core_hours"].args == {"hours": 65_700_000}
    assert not codes.keys() & {"fees.hours.drift", "fees.unit.hours_impossible", "fees.cost.quota_differs"}


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        (replace(HOURS, open_hours_week=169), "fees.hours.week"),
        (replace(HOURS, open_hours_week=0), "fees.hours.week"),
        (replace(HOURS, planned_hours_year=8785), "fees.unit.hours_impossible"),
        (replace(HOURS, planned_hours_year=98 * 53 + 1), "fees.hours.more_than_open"),
        (replace(HOURS, opening="", open_hours_week=None), "fees.hours.not_said"),
    ],
)
def test_hours_that_cannot_be(hours: Any, code: str) -> None:
    assert code in found(seen(hours=hours))


def test_customs_supervision_bars_external_prices_until_it_is_registered() -> None:
    supervised = replace(ASSET, customs=True)
    finding = found(seen(asset=supervised))["fees.customs.unregistered"]
    assert finding.args == {"tiers": ["external_academic", "enterprise"]}
    registered = replace(supervised, external_use_registered=True)
    assert "fees.customs.unregistered" not in found(seen(asset=registered))
    internal = priced_at(SEM_ITEM, external_academic=None, enterprise=None)
    assert "fees.customs.unregistered" not in found(seen(internal, asset=supervised))


def test_the_table_of_components_says_what_a_price_may_contain() -> None:
    only_materials = Chargeable(
        MappingProxyType(
            {("internal", part, ""): False for part in ("depreciation", "maintenance", "space", "management")}
        )
    )
    strict = replace(POLICY, chargeable=only_materials)
    finding = found(seen(policy=strict))["fees.price.not_chargeable"]
    assert finding.args["ceiling_e4"] == 300_000 + 250_000
    assert finding.args["parts"] == ["depreciation", "maintenance", "space", "management"]
    assert "fees.price.not_chargeable" not in found(seen(priced_at(SEM_ITEM, internal=55_00), policy=strict))
    lenient = Chargeable(MappingProxyType({("internal", "management", "self"): True}))
    dear = priced_at(SEM_ITEM, internal=700_00, external_academic=None)
    assert "fees.price.not_chargeable" not in found(seen(dear, policy=replace(POLICY, chargeable=lenient)))


def test_labour_is_charged_where_somebody_works_for_the_user() -> None:
    table = Chargeable(MappingProxyType({}))
    work = Parts(labour_e4=100, consumables_e4=10)
    assert table.ceiling_e4("internal", "self", work) == 10
    assert table.ceiling_e4("internal", "assisted", work) == 110
    assert table.barred("internal", "self", work) == ("labour",)


def test_a_plainer_machine_is_not_judged_by_better_ones() -> None:
    routine = replace(ASSET, grade="routine")
    around = Peers((), peers(200_00, 220_00, 260_00).same)
    finding = found(seen(priced_at(SEM_ITEM, internal=80_00), asset=routine, around=around))
    assert finding["fees.peers.lower_grade"].args["other_median_fen"] == 220_00
    assert "fees.peers.lower_grade" not in found(seen(asset=routine, around=around))


def test_few_peers_are_listed() -> None:
    few = found(seen(around=peers(200_00, 220_00)))
    assert few["fees.peers.few"].args == {"count": 2, "minimum": 4}
    assert "fees.price.outlier_high" not in found(
        seen(priced_at(SEM_ITEM, internal=900_00), around=peers(1, 1))
    )


def test_the_internal_share_of_a_formula_is_kept() -> None:
    startup = replace(
        SEM_ITEM,
        unit="startup",
        cost=replace(SEM_COST, formula="C"),
        prices=replace(SEM_ITEM.prices, internal_fen=435_00),
    )
    assert found(seen(startup))["fees.price.internal_share"].args["share"] == "0.7"
    assert "fees.price.internal_share" not in found(seen(priced_at(startup, internal=434_00)))


def test_terms_and_items_that_cannot_be_approved_block() -> None:
    assert found(seen(terms=replace(TERMS, weekend_rate="much")))["fees.terms"].field == "terms.weekend_rate"
    assert "fees.items" in {f.code for f in check_sheet(replace(seen(), sheet=Sheet(ASSET.instrument)))}
    twice = replace(seen(), sheet=sheet(ASSET.instrument, SEM_ITEM, replace(SEM_ITEM, code="SEM2")))
    assert found(twice)["fees.item_twice"].item == "SEM2"


def test_the_most_serious_comes_first() -> None:
    bad = replace(priced_at(SEM_ITEM, internal=29_00), function="", cost=replace(SEM_COST, full_cost_e4=1))
    findings = check_sheet(seen(bad))
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=(BLOCK, WARN, NOTE).index
    )
    assert worst(findings) == BLOCK
    assert worst(of(findings, NOTE)) == worst(()) == NOTE


def test_an_application_not_to_open_gives_its_reasons() -> None:
    wishes = (NotOpen("A", "teaching", "教学专用"), NotOpen("B", "", " "))
    findings = check_not_open(Content("not_open", not_open=wishes))
    assert {(f.instrument, f.field, f.severity) for f in findings} == {
        ("B", "cause", BLOCK),
        ("B", "reason", BLOCK),
    }


def test_findings_are_said_in_the_readers_language_and_survive_being_stored() -> None:
    finding = found(seen(cost(full_cost_e4=8_627_800)))["fees.cost.sum_mismatch"]
    stored = {
        "code": finding.code,
        "severity": finding.severity,
        "instrument": finding.instrument,
        "item": finding.item,
        "field": finding.field,
        "args": dict(finding.args),
    }
    with translation.override("en"):
        assert (
            say(from_stored(stored)) == "The form says ¥862.78, its parts add up to ¥762.78: ¥100.00 differ."
        )
    with translation.override("zh-hans"):
        assert "¥862.78" in say(finding)
        assert say(finding) != say(from_stored({**stored, "code": "fees.of_later"})) == "fees.of_later"


def test_every_sentence_is_whole_in_both_languages() -> None:
    args = dict.fromkeys(("tier", "other_tier"), "internal") | {
        "tiers": ["internal", "enterprise"],
        "members": ["hours", "life_years"],
        "parts": ["labour"],
        "part": "labour",
        "mode": "self",
        "member": "night_rate",
        **dict.fromkeys(
            ("price_fen", "other_fen", "median_fen", "other_median_fen", "stated_fen", "asset_fen"), 1
        ),
        **dict.fromkeys(
            ("stated_e4", "computed_e4", "difference_e4", "consumables_e4", "ceiling_e4", "cost_e4"), 1
        ),
        **dict.fromkeys(
            ("formula", "hours", "stated", "quota", "planned", "least", "most", "open_hours"), "7"
        ),
        **dict.fromkeys(("real", "ratio", "share", "margin", "count", "minimum", "grade"), "7"),
    }
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for code in SENTENCES:
                words = say(Finding(code, NOTE, args=args))
                assert words
                assert "%(" not in words
