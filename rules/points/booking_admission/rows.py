# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The conditions of ``booking.admission``: one row each, and the rows that say that such bookings exist."""

from __future__ import annotations

from collections.abc import Mapping

from rules.points.booking_admission.facts import AdmissionPurpose
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
        "period_reversed",
        "bookings.period",
        "self",
        ("结束晚于开始", "The end is after the beginning"),
        "结束时间必须晚于开始时间",
        "The end must be after the beginning",
    ),
    _deny(
        "already_past",
        "bookings.past",
        "self",
        ("开始时间未过", "The time is not past"),
        "这个时间已经过去",
        "This time is already past",
    ),
    _deny(
        "too_long",
        "bookings.too_long",
        "self",
        ("不超过最长时长", "Not longer than allowed"),
        "预约 {length_minutes} 分钟，最长 {max_minutes} 分钟",
        "{length_minutes} minutes; a booking is at most {max_minutes} minutes long",
    ),
    _deny(
        "too_short",
        "bookings.too_short",
        "self",
        ("不短于最短时长", "Not shorter than allowed"),
        "预约 {length_minutes} 分钟，最短 {min_minutes} 分钟",
        "{length_minutes} minutes; a booking is at least {min_minutes} minutes long",
    ),
    _deny(
        "too_far",
        "bookings.too_far",
        "self",
        ("在可预约范围内", "Within the horizon"),
        "只能预约 {horizon_days} 天以内",
        "Bookings open {horizon_days} days ahead",
    ),
    _deny(
        "short_notice",
        "bookings.notice",
        "self",
        ("提前量足够", "Enough notice"),
        "至少提前 {notice_minutes} 分钟预约",
        "Book at least {notice_minutes} minutes ahead",
    ),
    _deny(
        "off_grid",
        "bookings.grid",
        "self",
        ("起止在时间格上", "On the grid"),
        "起止时间须为 {grid_minutes} 分钟的整数倍",
        "Bookings begin and end on a multiple of {grid_minutes} minutes",
    ),
    _deny(
        "not_crew",
        "bookings.crew_only",
        "manager",
        ("用途允许", "The purpose is allowed"),
        "只有机组人员可为此用途预约",
        "Only the instrument's crew books for this purpose",
    ),
    _deny(
        "not_bookable",
        "bookings.not_open",
        "manager",
        ("仪器开放预约", "Open for booking"),
        "仪器未开放预约",
        "This instrument is not open for booking",
    ),
    _deny(
        "hosting_unknown",
        "bookings.hosting",
        "office",
        ("托管协议有效", "Hosting agreement known"),
        "托管仪器的协议未登记，暂不能上机",
        "No hosting agreement is on record, so the instrument opens for nobody",
    ),
    _deny(
        "out_of_service",
        "bookings.outage",
        "manager",
        ("时段内无停机", "In service"),
        "该时段仪器停机",
        "The instrument is out of service in this time",
    ),
    _deny(
        "closed",
        "bookings.closed",
        "self",
        ("在开放时段内", "Within opening hours"),
        "该时段仪器不开放",
        "The instrument is closed in this time",
    ),
    _deny(
        "taken",
        "bookings.overlap",
        "self",
        ("时段空闲", "The time is free"),
        "该时段已被预约",
        "This time is already booked",
    ),
    _deny(
        "guided_session",
        "bookings.guided_session",
        "self",
        ("无培训或教学安排", "No guided session"),
        "该时段已安排培训或教学",
        "A training or teaching session is planned in this time",
    ),
    _deny(
        "quota_exceeded",
        "bookings.quota",
        "pi",
        ("课题组机时额度足够", "Hours of the group left"),
        "课题组的机时额度已用完",
        "Your group has not enough hours left",
    ),
    _deny(
        "share_exceeded",
        "bookings.fair_share",
        "self",
        ("未超出公平份额", "Within the fair share"),
        "超出课题组份额的预约只能临近开始时提出",
        "Beyond its share your group books shortly before the time only",
    ),
    _deny(
        "suspended",
        "bookings.suspended",
        "office",
        ("账户未被暂停", "Account not suspended"),
        "账户已被暂停使用",
        "This account is suspended",
    ),
    _deny(
        "not_registered",
        "bookings.not_registered",
        "office",
        ("注册在整个时段有效", "Registered for the whole time"),
        "注册不覆盖整个时段",
        "The registration is not in force for the whole of this time",
    ),
    _deny(
        "visitor",
        "bookings.visitor",
        "office",
        ("用户类别允许上机", "Kind of user may operate"),
        "访客只能送样，不能上机",
        "Visitors hand in samples; they do not operate instruments",
    ),
    _deny(
        "points_reached",
        "bookings.points",
        "self",
        ("记分未达上限", "Points below the limit"),
        "记分已达上限，暂不能预约",
        "There are too many points",
    ),
    _deny(
        "safety_missing",
        "bookings.no_safety",
        "safety_officer",
        ("安全准入在整个时段有效", "Safety clearance for the whole time"),
        "安全准入不覆盖整个时段",
        "There is no safety clearance for the whole of this time",
    ),
    _deny(
        "certificate_missing",
        "bookings.no_certificate",
        "trainer",
        ("操作证在整个时段有效", "Certificate for the whole time"),
        "没有在整个时段有效的 {required_level} 级操作证",
        "There is no certificate of the level {required_level} for the whole of this time",
    ),
    _deny(
        "night_barred",
        "bookings.no_night_use",
        "manager",
        ("仪器允许夜间使用", "Night use is allowed"),
        "该仪器夜间不开放",
        "This instrument is not used at night",
    ),
    _deny(
        "night_not_endorsed",
        "bookings.no_night_endorsement",
        "self",
        ("有夜间使用许可", "Night endorsement"),
        "没有该时段的夜间使用许可",
        "There is no night endorsement for this time",
    ),
    _deny(
        "customs_barred",
        "bookings.customs",
        "office",
        ("监管期内校外使用已备案", "External use registered"),
        "仪器处于海关监管期，校外使用未备案",
        "The instrument is under customs supervision and external use is not registered",
    ),
    _deny(
        "fee_missing",
        "fees.none",
        "manager",
        ("收费标准有效", "Fee standard in force"),
        "该时段没有生效的收费标准",
        "There is no approved fee standard for this time",
    ),
    _deny(
        "price_missing",
        "fees.no_price",
        "manager",
        ("有此类用户的价格", "A price for this kind of user"),
        "收费标准没有此类用户的价格",
        "The fee standard has no price for this kind of user",
    ),
    _deny(
        "fund_missing",
        "bookings.no_fund",
        "self",
        ("已选择经费", "A fund is chosen"),
        "请选择支付经费",
        "Please choose a fund that pays",
    ),
    _deny(
        "fund_unusable",
        "funding.not_usable",
        "pi",
        ("经费可用", "The fund may pay"),
        "该经费此时不能为此人支付",
        "This fund cannot pay for this person at this time",
    ),
    _deny(
        "fund_insufficient",
        "funding.insufficient",
        "pi",
        ("余额足够", "Enough money"),
        "余额不足：可用 {fund_available_fen:left} 元，需要 {estimated_fen:yuan} 元",
        "Not enough money: {fund_available_fen:left} yuan left, {estimated_fen:yuan} needed",
    ),
    _deny(
        "limit_exceeded",
        "funding.limit",
        "pi",
        ("未超个人限额", "Within the limit"),
        "超出课题组负责人设定的本月限额",
        "This exceeds the limit that the principal investigator set for the month",
    ),
)

PERMITS: tuple[Row, ...] = tuple(
    Row(
        id=f"permit-{purpose.value.replace('_', '-')}",
        cells=(Cell("purpose", "eq", purpose.value),),
        outcome=PERMIT,
        code="admission.permitted",
        zh="可以预约",
        en="May be booked",
    )
    for purpose in AdmissionPurpose
)

# Which fact a refusal of the code stands for: the provider finds refusals, the table says which count.
FACT_OF: Mapping[str, str] = {row.code: row.cells[0].column for row in CONDITIONS}
