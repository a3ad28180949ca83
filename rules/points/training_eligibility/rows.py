# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``training.eligibility``: one condition, one deny row, so that everything that is
missing is told at once, each with who can mend it.
"""

from __future__ import annotations

from rules.points.training_eligibility.facts import KINDS
from rules.rows import DENY, PERMIT, Cell, Row, is_false, is_true


def for_kinds(*kinds: str) -> Cell:
    """The cell that limits a row to some kinds of training."""
    return Cell("kind", "eq", kinds[0]) if len(kinds) == 1 else Cell("kind", "in", kinds)


PERSON: tuple[Row, ...] = (
    Row(
        id="user-suspended",
        cells=(Cell("user_state", "eq", "suspended"),),
        outcome=DENY,
        code="user.suspended",
        mender="office",
        title_zh="账户未被暂停",
        title_en="Account not suspended",
        zh="你的账户已被暂停使用",
        en="Your account is suspended",
    ),
    Row(
        id="user-inactive",
        cells=(Cell("user_state", "not_in", ("active", "suspended")),),
        outcome=DENY,
        code="user.inactive",
        mender="office",
        title_zh="注册有效",
        title_en="Registration in force",
        zh="你的注册尚未生效或已失效",
        en="Your registration is not in force",
    ),
    Row(
        id="user-visitor",
        cells=(Cell("user_kind", "not_in", ("student", "staff", "external_academic", "enterprise")),),
        outcome=DENY,
        code="user.visitor",
        mender="office",
        title_zh="用户类别允许上机",
        title_en="Kind of user may operate",
        zh="访客只能送样，不能参加上机培训",
        en="Visitors may hand in samples but not be trained to operate",
    ),
    Row(
        id="safety-none",
        cells=(Cell("safety_clearance_days_left", "is_null"),),
        outcome=DENY,
        code="safety.none",
        mender="self",
        title_zh="已通过安全准入",
        title_en="Safety clearance held",
        zh="你还没有通过实验室安全准入考试",
        en="You have not passed the laboratory safety exam",
    ),
    Row(
        id="safety-expired",
        cells=(Cell("safety_clearance_days_left", "lt", 0),),
        outcome=DENY,
        code="safety.expired",
        mender="self",
        title_zh="安全准入在有效期内",
        title_en="Safety clearance in force",
        zh="你的安全准入已过期 {safety_clearance_days_left:abs} 天，请重新考试",
        en="Your safety clearance ended {safety_clearance_days_left:abs} days ago: sit the exam again",
    ),
    Row(
        id="fund-none",
        cells=(Cell("fund", "not_in", ("usable", "not_needed")),),
        outcome=DENY,
        code="fund.none",
        mender="pi",
        title_zh="课题组有可用经费",
        title_en="Usable fund of the group",
        zh="你的课题组没有可用的经费，带教机时无法结算",
        en="Your group has no usable fund that supervised hours could be paid from",
    ),
)

COURSE: tuple[Row, ...] = (
    Row(
        id="course-closed",
        cells=(is_false("course_open"),),
        outcome=DENY,
        code="training.course_closed",
        mender="manager",
        title_zh="课程正在开设",
        title_en="Course is given",
        zh="这门课程目前没有开设",
        en="This course is not given at present",
    ),
    Row(
        id="instrument-closed",
        cells=(is_false("instrument_open"),),
        outcome=DENY,
        code="instrument.level",
        mender="manager",
        title_zh="仪器开放自主上机",
        title_en="Instrument open for own use",
        zh="仪器不开放自主上机，无需培训",
        en="The instrument is not open for own use, so nobody is trained on it",
    ),
    Row(
        id="incident-open",
        cells=(Cell("incident", "neq", "none"),),
        outcome=DENY,
        code="incident.open",
        mender="safety_officer",
        title_zh="没有未处理的事件",
        title_en="No open incident",
        zh="仪器有未处理的事件，暂不接受新的培训",
        en="An open incident: no training begins on this instrument for now",
    ),
    Row(
        id="attempts-none",
        cells=(Cell("attempts_left", "lt", 1),),
        outcome=DENY,
        code="training.no_attempts",
        mender="trainer",
        title_zh="还有考试机会",
        title_en="Exam attempts left",
        zh="你的理论考试次数已用完，培训师可以另准一次",
        en="No attempt at the theory exam is left; a trainer may allow another one",
    ),
)

HELD: tuple[Row, ...] = (
    Row(
        id="certificate-suspended",
        cells=(is_true("certificate_suspended"),),
        outcome=DENY,
        code="training.suspended",
        mender="manager",
        title_zh="操作证未被暂停",
        title_en="Certificate not suspended",
        zh="你在这台仪器上的操作证被暂停，恢复后才能培训",
        en="Your certificate on this instrument is suspended; it has to be reinstated first",
    ),
    Row(
        id="held-already",
        cells=(for_kinds("new", "difference", "upgrade"), is_true("held_already")),
        outcome=DENY,
        code="training.held",
        mender="self",
        title_zh="尚未持有该等级",
        title_en="Level not held yet",
        zh="你已持有{held_level}级操作证，到期前可申请续期",
        en="You hold the level {held_level} already; apply for a renewal when it is about to end",
    ),
    Row(
        id="prerequisite-missing",
        cells=(for_kinds("new", "upgrade"), is_false("prerequisite_held")),
        outcome=DENY,
        code="training.prerequisite",
        mender="self",
        title_zh="持有先修等级",
        title_en="Lower level held first",
        zh="先要持有这台仪器的 {prerequisite_level} 级操作证，你现在是 {held_level}",
        en="The level {prerequisite_level} on this instrument comes first; you hold {held_level}",
    ),
    Row(
        id="courses-missing",
        cells=(for_kinds("new", "upgrade"), is_false("courses_held")),
        outcome=DENY,
        code="training.required_courses",
        mender="self",
        title_zh="已完成先修课程",
        title_en="Courses that come first are done",
        zh="先要完成课程：{missing_courses}",
        en="These courses come first: {missing_courses}",
    ),
    Row(
        id="no-lower",
        cells=(for_kinds("upgrade"), is_false("lower_held")),
        outcome=DENY,
        code="training.no_lower",
        mender="self",
        title_zh="持有较低等级",
        title_en="A lower level is held",
        zh="你在这台仪器上没有操作证，请申请新培训",
        en="You hold no certificate on this instrument: apply for a new training",
    ),
    Row(
        id="no-sister",
        cells=(for_kinds("difference"), is_false("sister_held")),
        outcome=DENY,
        code="training.no_sister",
        mender="self",
        title_zh="持有同型仪器的同级操作证",
        title_en="Same level held on a sister instrument",
        zh="差异培训要求持有同型仪器的同级操作证",
        en="Difference training asks for the same level on a sister instrument",
    ),
    Row(
        id="renewal-none",
        cells=(for_kinds("renewal"), Cell("renewal", "eq", "none")),
        outcome=DENY,
        code="training.nothing_to_renew",
        mender="self",
        title_zh="有可续期的操作证",
        title_en="Something to renew",
        zh="没有可以续期的操作证，请申请新培训",
        en="There is nothing to renew: apply for a new training",
    ),
    Row(
        id="renewal-early",
        cells=(for_kinds("renewal"), Cell("renewal", "eq", "early")),
        outcome=DENY,
        code="training.renewal_early",
        mender="self",
        title_zh="已到续期时间",
        title_en="Renewal is due",
        zh="操作证离到期还早，暂不能续期",
        en="Your certificate lasts for a while yet; it is too early to renew it",
    ),
    Row(
        id="renewal-late",
        cells=(for_kinds("renewal"), Cell("renewal", "eq", "late")),
        outcome=DENY,
        code="training.renewal_late",
        mender="self",
        title_zh="未超过续期期限",
        title_en="Renewal not too late",
        zh="操作证失效太久，请重新参加培训",
        en="Your certificate ended too long ago: the whole training is needed again",
    ),
)

PERMITS: tuple[Row, ...] = tuple(
    Row(
        id=f"permit-{kind}",
        cells=(for_kinds(kind),),
        outcome=PERMIT,
        code="training.eligible",
        zh="全部条件满足",
        en="All conditions are met",
    )
    for kind in KINDS
)
