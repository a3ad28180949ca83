# ruff: noqa: RUF001, RUF002  # the brackets and signs are Chinese and meant
"""The formulas of cost sheets, as data: which parts belong, over which hours of a year yearly costs are
spread, how much management may be added. They were seen in public fee sheets of universities:

    A  running cost = consumption + service (labour, technical) + value / life / quota hours x hours
       + other (space, repair)
    B  depreciation = value / (life x quota hours); repair = value x 6 % / quota hours; consumption at cost;
       management 10-15 % of the sum
    C  start-up fee = value / (life x quota hours); consumables itemised; internal = 70 % of external
    D  test fee = consumption + analysis + management (10-30 %)
    P  as B, over planned hours shown by evidence: quota hours make round-the-clock machines absurdly dear

国发〔2014〕70号 lets fees cover materials, water and power, and labour: cost recovery, not for profit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from apps.fees.content import PARTS, PLANNED, QUOTA


@dataclass(frozen=True, slots=True)
class Formula:
    """One way to compute a full cost. `management` is the least and the most share of the sum that may be
    added; `internal_share` the part of the external price that the internal one is, or empty.
    """

    key: str
    name_zh: str
    name_en: str
    parts: tuple[str, ...]
    bases: tuple[str, ...]
    management: tuple[str, str]
    internal_share: str
    source_zh: str
    source_en: str


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        formula.key: formula
        for formula in (
            Formula(
                "A",
                "运行成本法",
                "Running cost",
                tuple(part for part in PARTS if part != "management"),
                (QUOTA,),
                ("0", "0"),
                "",
                "高校公开收费表: 运行费 = 消耗 + 服务 + 年折旧/定额机时×机时 + 其他",
                "Public fee sheets: consumption + service + value / life / quota hours x hours + other",
            ),
            Formula(
                "B",
                "定额机时法",
                "By quota hours",
                PARTS,
                (QUOTA,),
                ("0.10", "0.15"),
                "",
                "高校公开收费表: 折旧 = 原值/(年限×定额机时), 维修 = 原值×6%/定额机时, 管理费 10–15%",
                "Public fee sheets: value / (life x quota hours), repair 6 % of it, management 10-15 %",
            ),
            Formula(
                "C",
                "开机费法",
                "Start-up fee",
                ("depreciation", "consumables"),
                (QUOTA,),
                ("0", "0"),
                "0.7",
                "高校公开收费表: 开机费 = 原值/(年限×定额机时), 耗材逐项列出, 校内 = 校外的 70%",
                "Public fee sheets: value / (life x quota hours), consumables; internal 70 % of external",
            ),
            Formula(
                "D",
                "测试费法",
                "Test fee",
                ("consumables", "utilities", "labour", "management"),
                (QUOTA, PLANNED),
                ("0.10", "0.30"),
                "",
                "高校公开收费表: 测试费 = 消耗 + 分析 + 管理费 10–30%",
                "Public fee sheets: consumption + analysis + management 10-30 %",
            ),
            Formula(
                "P",
                "计划机时法",
                "By planned hours with evidence",
                PARTS,
                (PLANNED,),
                ("0.10", "0.15"),
                "",
                "同定额机时法, 以有依据的计划机时代替定额机时",
                "As by quota hours, over planned hours that are shown by evidence",
            ),
        )
    }
)


def formulas_from(rows: Any) -> Mapping[str, Formula]:
    """The formulas in force: the ones above, with those that a school added or changed (the parameter
    `fees.formulas`: objects with the members of Formula).
    """
    changed = {row["key"]: Formula(**{name: _plain(said) for name, said in row.items()}) for row in rows}
    return MappingProxyType({**FORMULAS, **changed})


def _plain(said: Any) -> Any:
    return tuple(said) if isinstance(said, list) else said
