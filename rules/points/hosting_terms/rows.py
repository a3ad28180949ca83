# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``hosting.terms``: one condition, one deny row, so that both sides read at once what
they have to agree on otherwise.
"""

from __future__ import annotations

from rules.points.hosting_terms.facts import PriceClass
from rules.rows import DENY, PERMIT, Cell, Row, is_true


def _deny(fact: str, code: str, mender: str, titles: tuple[str, str], zh: str, en: str) -> Row:
    return Row(
        id=fact.replace("_", "-"),
        cells=(is_true(fact),),
        outcome=DENY,
        code=code,
        mender=mender,
        title_zh=titles[0],
        title_en=titles[1],
        zh=zh,
        en=en,
    )


CONDITIONS: tuple[Row, ...] = (
    _deny(
        "not_inspected",
        "hosting.not_inspected",
        "manager",
        ("验机合格", "Inspection passed"),
        "尚无合格的验机记录",
        "There is no inspection that the instrument has passed",
    ),
    _deny(
        "host_is_owner",
        "hosting.host_is_owner",
        "pi",
        ("管理单位不是委托方自己", "The host is not the owner"),
        "委托方就是管理单位的负责人，无需托管",
        "The owner manages the host themselves, so nothing is entrusted to anybody",
    ),
    _deny(
        "shares_not_whole",
        "hosting.shares",
        "manager",
        ("收入分成合计 100%", "Shares make the whole"),
        "各方分成合计 {shares_permille}‰，应为 1000‰",
        "The shares make {shares_permille} per mille, and not 1000",
    ),
    _deny(
        "owner_share_high",
        "hosting.owner_share",
        "pi",
        ("委托方分成不超过上限", "Share of the owner within the limit"),
        "委托方分成 {owner_permille}‰，超过上限",
        "The owner's share of {owner_permille} per mille is above the limit",
    ),
    _deny(
        "host_share_low",
        "hosting.host_share",
        "manager",
        ("管理单位分成足以运行", "Share of the host is enough to run it"),
        "管理单位分成 {host_permille}‰，低于下限",
        "The host's share of {host_permille} per mille is below the limit",
    ),
    _deny(
        "discount_deep",
        "hosting.discount",
        "pi",
        ("委托方优惠不低于下限", "Discount of the owner within the limit"),
        "委托方支付校内价的 {owner_pays_permille}‰，低于下限",
        "The owner would pay {owner_pays_permille} per mille of the internal price, which is below the limit",
    ),
    _deny(
        "priority_large",
        "hosting.priority",
        "pi",
        ("优先时段不超过上限", "Hours of priority within the limit"),
        "委托方优先时段每周 {priority_minutes} 分钟，超过上限",
        "{priority_minutes} minutes of priority a week are above the limit",
    ),
    _deny(
        "notice_short",
        "hosting.exit_notice",
        "manager",
        ("退出预告期足够", "Notice of exit long enough"),
        "退出预告期 {exit_days} 天，短于下限",
        "{exit_days} days of notice are below the limit",
    ),
    _deny(
        "period_short",
        "hosting.period",
        "manager",
        ("托管期限足够", "Period long enough"),
        "托管期限 {period_days} 天，短于下限",
        "A period of {period_days} days is below the limit",
    ),
    _deny(
        "uninsured",
        "hosting.uninsured",
        "pi",
        ("贵重仪器已投保", "Insured where it is expensive"),
        "原值 {price_fen:yuan} 元须投保，现保额 {insured_fen:yuan} 元",
        "What cost {price_fen:yuan} yuan has to be insured; {insured_fen:yuan} yuan are",
    ),
    _deny(
        "repair_open",
        "hosting.repair",
        "manager",
        ("维修责任覆盖全部金额", "Repairs of every cost are borne by somebody"),
        "维修责任没有从 0 元起约定",
        "It is not agreed who bears repairs from the first yuan on",
    ),
)

PERMITS: tuple[Row, ...] = tuple(
    Row(
        id=f"permit-{one.value}",
        cells=(Cell("price_class", "eq", one.value),),
        outcome=PERMIT,
        code="hosting.terms_in_order",
        zh="条款符合规定",
        en="The terms are within the limits",
    )
    for one in PriceClass
    if one is not PriceClass.UNKNOWN
)
