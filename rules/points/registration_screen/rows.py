# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``registration.screen``: the first row that fits decides. What rejects comes first,
then what a person of the office must look at, then the two good situations; anything else goes to the office.

A rejection that would tell a stranger whether somebody has an account or stands in the personnel file is told
to nobody at once: its code stands in ``SILENT``.
"""

from __future__ import annotations

from rules.rows import Cell, Row, is_false, is_true

ACCEPT, ASK_OFFICE, REJECT = "accept", "ask_office", "reject"
IN_SCHOOL = Cell("applicant_kind", "in", ("student", "staff"))
EXTERNAL = Cell("applicant_kind", "in", ("external_academic", "enterprise"))
SILENT = frozenset(
    {
        "registration.duplicate",
        "registration.suspended",
        "registration.hr_left",
        "registration.number_expired",
    }
)

REJECTS: tuple[Row, ...] = (
    Row(
        id="account-active",
        cells=(Cell("account", "eq", "active"),),
        outcome=REJECT,
        code="registration.duplicate",
        mender="self",
        title_zh="没有重复的账户",
        title_en="No account yet",
        zh="该身份已有有效账户，请直接登录",
        en="There is an account in force for this identity already: sign in with it",
    ),
    Row(
        id="account-suspended",
        cells=(Cell("account", "eq", "suspended"),),
        outcome=REJECT,
        code="registration.suspended",
        mender="office",
        title_zh="没有被暂停的账户",
        title_en="No suspended account",
        zh="该身份的账户已被暂停，须先由设备处恢复",
        en="The account of this identity is suspended; the equipment office has to reinstate it first",
    ),
    Row(
        id="hr-left",
        cells=(IN_SCHOOL, Cell("hr", "eq", "left")),
        outcome=REJECT,
        code="registration.hr_left",
        mender="office",
        title_zh="人事档案显示在校",
        title_en="At the school by the personnel file",
        zh="人事档案显示该人员已离校",
        en="By the personnel file this person has left the school",
    ),
    Row(
        id="number-expired",
        cells=(IN_SCHOOL, Cell("hr_days_left", "lt", 0)),
        outcome=REJECT,
        code="registration.number_expired",
        mender="office",
        title_zh="学号或工号在有效期内",
        title_en="School number in force",
        zh="学号或工号已于 {hr_days_left:abs} 天前到期",
        en="The school number ran out {hr_days_left:abs} days ago",
    ),
    Row(
        id="organisation-blocked",
        cells=(EXTERNAL, Cell("organisation", "eq", "blocked")),
        outcome=REJECT,
        code="registration.organisation_blocked",
        mender="office",
        title_zh="单位未被限制",
        title_en="Organisation not blocked",
        zh="该单位目前不能注册新用户，请与设备处联系",
        en="Nobody of this organisation is registered at present; ask the equipment office",
    ),
    Row(
        id="terms-missing",
        cells=(Cell("terms", "eq", "missing"),),
        outcome=REJECT,
        code="registration.terms_missing",
        mender="self",
        title_zh="已接受用户协议",
        title_en="User agreement accepted",
        zh="尚未接受用户协议",
        en="The user agreement was not accepted",
    ),
)

QUESTIONS: tuple[Row, ...] = (
    Row(
        id="email-used",
        cells=(is_true("email_used"),),
        outcome=ASK_OFFICE,
        code="registration.email_used",
        mender="office",
        title_zh="邮箱未被使用",
        title_en="E-mail not in use",
        zh="另一有效账户使用同一邮箱",
        en="Another account in force uses the same e-mail",
    ),
    Row(
        id="same-person",
        cells=(is_true("same_person"),),
        outcome=ASK_OFFICE,
        code="registration.same_person",
        mender="office",
        title_zh="没有同单位同名的账户",
        title_en="No account of the same name there",
        zh="同一单位已有同名的有效账户",
        en="Somebody of the same name at the same organisation has an account in force",
    ),
    Row(
        id="hr-no-record",
        cells=(IN_SCHOOL, Cell("hr", "eq", "no_record")),
        outcome=ASK_OFFICE,
        code="registration.hr_no_record",
        mender="office",
        title_zh="人事档案中有此人",
        title_en="Known to the personnel file",
        zh="人事档案中没有这个学号或工号",
        en="The personnel file does not have this school number",
    ),
    Row(
        id="hr-name",
        cells=(IN_SCHOOL, Cell("hr", "eq", "name_differs")),
        outcome=ASK_OFFICE,
        code="registration.hr_name",
        mender="office",
        title_zh="姓名与人事档案一致",
        title_en="Name as in the personnel file",
        zh="姓名与人事档案不一致",
        en="The name differs from the personnel file",
    ),
    Row(
        id="hr-kind",
        cells=(IN_SCHOOL, Cell("hr", "eq", "kind_differs")),
        outcome=ASK_OFFICE,
        code="registration.hr_kind",
        mender="office",
        title_zh="人员类别与人事档案一致",
        title_en="Kind as in the personnel file",
        zh="人员类别与人事档案不一致",
        en="The kind of person differs from the personnel file",
    ),
    Row(
        id="returning-external",
        cells=(EXTERNAL, Cell("account", "eq", "ended")),
        outcome=ASK_OFFICE,
        code="registration.returning",
        mender="office",
        title_zh="首次注册",
        title_en="First registration",
        zh="该校外人员曾经注册，账户已终止",
        en="This external person was registered before and the account has ended",
    ),
    Row(
        id="organisation-not-listed",
        cells=(EXTERNAL, Cell("organisation", "eq", "not_listed")),
        outcome=ASK_OFFICE,
        code="registration.organisation_not_listed",
        mender="office",
        title_zh="单位已登记",
        title_en="Organisation listed",
        zh="该单位尚未登记",
        en="The organisation is not listed yet",
    ),
    Row(
        id="agreement-missing",
        cells=(EXTERNAL, Cell("agreement_days_left", "is_null")),
        outcome=ASK_OFFICE,
        code="registration.agreement_missing",
        mender="office",
        title_zh="单位协议有效",
        title_en="Agreement in force",
        zh="该单位没有有效的协议",
        en="There is no agreement in force with the organisation",
    ),
    Row(
        id="terms-outdated",
        cells=(Cell("terms", "eq", "outdated"),),
        outcome=ASK_OFFICE,
        code="registration.terms_outdated",
        mender="self",
        title_zh="已接受现行用户协议",
        title_en="Present user agreement accepted",
        zh="接受的是旧版用户协议",
        en="An older version of the user agreement was accepted",
    ),
    Row(
        id="sponsor-none",
        cells=(IN_SCHOOL, Cell("sponsor", "not_in", ("active",))),
        outcome=ASK_OFFICE,
        code="registration.sponsor",
        mender="office",
        title_zh="担保的课题组负责人有效",
        title_en="Sponsor found",
        zh="没有找到有效的担保课题组负责人",
        en="No principal investigator in force was found as sponsor",
    ),
)

ACCEPTS: tuple[Row, ...] = (
    Row(
        id="in-school",
        cells=(
            IN_SCHOOL,
            Cell("account", "in", ("none", "ended")),
            is_false("email_used"),
            is_false("same_person"),
            Cell("hr", "eq", "match"),
            Cell("terms", "eq", "current"),
            Cell("sponsor", "eq", "active"),
        ),
        outcome=ACCEPT,
        code="registration.accepted",
        zh="身份与人事档案一致，担保人有效",
        en="The identity is as in the personnel file and the sponsor is in force",
    ),
    Row(
        id="external",
        cells=(
            EXTERNAL,
            Cell("account", "eq", "none"),
            is_false("email_used"),
            is_false("same_person"),
            Cell("organisation", "eq", "known"),
            Cell("agreement_days_left", "gte", 0),
            Cell("terms", "eq", "current"),
        ),
        outcome=ACCEPT,
        code="registration.accepted",
        zh="单位已登记且协议有效",
        en="The organisation is listed and its agreement is in force",
    ),
)

ROWS = (*REJECTS, *QUESTIONS, *ACCEPTS)
