# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``fees.screen``: what cannot be blocks, what is unusual is warned of once, a small
change within the peers goes the short way, everything else the whole one.
"""

from __future__ import annotations

from rules.rows import Cell, Citation, Row, is_false, is_true

BLOCK, WARN, SIMPLIFIED, FULL = "block", "warn", "simplified", "full"
_NON_PROFIT = Citation("国发〔2014〕70号", "成本补偿和非盈利性原则", "2014-12-31")
_CUSTOMS = Citation("国科发基〔2018〕245号")


def _some(column: str) -> Cell:
    return Cell(column, "gt", 0)


ROWS: tuple[Row, ...] = (
    Row(
        id="form",
        cells=(_some("form_faults"),),
        outcome=BLOCK,
        code="fees.form",
        mender="manager",
        title_zh="申报填写完整",
        title_en="The form is whole",
        zh="申报有 {form_faults} 处填写不完整或不成立",
        en="{form_faults} entries of the proposal are missing or cannot be",
    ),
    Row(
        id="not-open",
        cells=(Cell("kind", "eq", "not_open"),),
        outcome=FULL,
        code="fees.not_open",
        zh="申请不开放，按完整程序审核",
        en="An application not to open goes the whole way",
    ),
    Row(
        id="basis",
        cells=(_some("basis_faults"),),
        outcome=BLOCK,
        code="fees.basis",
        mender="manager",
        title_zh="成本依据齐全",
        title_en="The costs have a basis",
        zh="成本依据有 {basis_faults} 处缺失或与资产记录不符",
        en="{basis_faults} bases of the costs are missing or not those of the asset record",
        cite=_NON_PROFIT,
    ),
    Row(
        id="sums",
        cells=(_some("sum_faults"),),
        outcome=BLOCK,
        code="fees.sums",
        mender="manager",
        title_zh="测算无误",
        title_en="The sums are right",
        zh="成本测算有 {sum_faults} 处计算不符",
        en="{sum_faults} sums of the cost sheets are wrong",
        cite=_NON_PROFIT,
    ),
    Row(
        id="components",
        cells=(_some("not_chargeable"),),
        outcome=BLOCK,
        code="fees.components",
        mender="manager",
        title_zh="收费成分符合规定",
        title_en="Only chargeable components",
        zh="有 {not_chargeable} 个价格含有不得向该类用户收取的成分",
        en="{not_chargeable} prices contain what their tier may not be charged",
    ),
    Row(
        id="customs",
        cells=(_some("customs_unregistered"), is_false("warnings_answered")),
        outcome=WARN,
        code="fees.customs",
        mender="manager",
        title_zh="海关监管期内对外使用已登记",
        title_en="External use is registered with customs",
        zh="{customs_unregistered} 台仪器在海关监管期内，对外使用未登记，却列有校外价格",
        en="{customs_unregistered} instruments under customs supervision have no registered external use",
        cite=_CUSTOMS,
    ),
    Row(
        id="external-above-cost",
        cells=(_some("external_above_cost"), is_false("warnings_answered")),
        outcome=WARN,
        code="fees.external_above_cost",
        mender="manager",
        title_zh="校外价格与成本相当",
        title_en="External prices near cost",
        zh="{external_above_cost} 个校外价格明显高于全成本，服务不以营利为目的",
        en="{external_above_cost} external prices are well above full cost; services are non-profit",
        cite=_NON_PROFIT,
    ),
    Row(
        id="below-consumables",
        cells=(_some("below_consumables"), is_false("warnings_answered")),
        outcome=WARN,
        code="fees.below_consumables",
        mender="manager",
        title_zh="价格不低于耗材成本",
        title_en="Prices cover the consumables",
        zh="{below_consumables} 个价格低于耗材成本",
        en="{below_consumables} prices do not even cover the consumables",
    ),
    Row(
        id="outliers",
        cells=(_some("outliers"), is_false("warnings_answered")),
        outcome=WARN,
        code="fees.outliers",
        mender="manager",
        title_zh="价格与同类相当",
        title_en="Prices like those of the peers",
        zh="{outliers} 个价格远高于同类，且未说明理由",
        en="{outliers} prices are far above those of the peers without a reason",
    ),
    Row(
        id="small-change",
        cells=(
            Cell("kind", "eq", "fee"),
            is_true("reapproval"),
            is_false("items_changed"),
            is_false("terms_changed"),
            is_true("within_change"),
            is_true("peers_known"),
            Cell("outside_quartiles", "eq", 0),
            Cell("customs_unregistered", "eq", 0),
            Cell("external_above_cost", "eq", 0),
            Cell("below_consumables", "eq", 0),
            Cell("outliers", "eq", 0),
            Cell("other_warnings", "eq", 0),
        ),
        outcome=SIMPLIFIED,
        code="fees.small_change",
        zh="复审，价格变动不超过规定幅度且都在同类四分位区间内，按简易程序审核",
        en="A re-approval with small changes inside the quartiles of the peers goes the short way",
    ),
    Row(
        id="whole-way",
        cells=(),
        outcome=FULL,
        code="fees.whole_way",
        zh="按完整程序审核",
        en="Goes the whole way",
    ),
)
