# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``samples.acceptance``: what is refused first, then what is asked about."""

from __future__ import annotations

from rules.points.samples_acceptance.outcomes import ASK, REFUSE, SPECIAL
from rules.rows import Cell, Row, is_true

ROWS: tuple[Row, ...] = (
    Row(
        id="hazard-refused",
        cells=(is_true("hazard_refused"),),
        outcome=REFUSE,
        code="acceptance.hazard_refused",
        mender="self",
        zh="样品有此服务不接收的危险性",
        en="A declared hazard is one that this service does not take",
    ),
    Row(
        id="hazard-controlled",
        cells=(is_true("hazard_controlled"),),
        outcome=REFUSE,
        code="acceptance.hazard_controlled",
        mender="safety_officer",
        zh="爆炸性或放射性样品只有明确接收的服务才能受理",
        en="Explosive or radioactive samples go only to a service that takes them by name",
    ),
    Row(
        id="magnetic-refused",
        cells=(is_true("magnetic"), Cell("magnetic_rule", "eq", "refuse")),
        outcome=REFUSE,
        code="acceptance.magnetic_refused",
        mender="self",
        zh="该仪器不接收磁性样品",
        en="This instrument takes no magnetic samples",
    ),
    Row(
        id="volatile-refused",
        cells=(is_true("volatile"), Cell("volatile_rule", "eq", "refuse")),
        outcome=REFUSE,
        code="acceptance.volatile_refused",
        mender="self",
        zh="该仪器不接收易挥发样品",
        en="This instrument takes no volatile samples",
    ),
    Row(
        id="too-large",
        cells=(is_true("too_large"),),
        outcome=REFUSE,
        code="acceptance.too_large",
        mender="self",
        zh="样品尺寸超过该服务的上限",
        en="A sample is larger than this service can take",
    ),
    Row(
        id="hazard-unlisted",
        cells=(is_true("hazard_unlisted"),),
        outcome=ASK,
        code="acceptance.hazard_unlisted",
        mender="operator",
        zh="所申报的危险性需由机组判断",
        en="The crew has to judge a declared hazard",
    ),
    Row(
        id="magnetic-asked",
        cells=(is_true("magnetic"), Cell("magnetic_rule", "eq", "ask")),
        outcome=ASK,
        code="acceptance.magnetic_asked",
        mender="operator",
        zh="磁性样品需由机组确认",
        en="The crew has to look at magnetic samples first",
    ),
    Row(
        id="volatile-asked",
        cells=(is_true("volatile"), Cell("volatile_rule", "eq", "ask")),
        outcome=ASK,
        code="acceptance.volatile_asked",
        mender="operator",
        zh="易挥发样品需由机组确认",
        en="The crew has to look at volatile samples first",
    ),
    Row(
        id="size-unknown",
        cells=(is_true("size_unknown"),),
        outcome=ASK,
        code="acceptance.size_unknown",
        mender="self",
        zh="没有填写样品尺寸，而该服务有上限",
        en="The size of a sample is not given, and this service has a limit",
    ),
    Row(
        id="hazard-accepted",
        cells=(is_true("hazard_accepted"),),
        outcome=SPECIAL,
        code="acceptance.special_handling",
        mender="operator",
        zh="接收，须按所申报的危险性处置",
        en="Accepted; it has to be handled as its hazards demand",
    ),
)
