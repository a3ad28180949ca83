# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``fees.panel``: one condition, one deny row, so that everything that keeps somebody
off a panel is told at once. Codes that begin with ``conflict.`` are conflicts of interest: they also bar from
presiding and from coming in as a substitute.
"""

from __future__ import annotations

from rules.rows import DENY, PERMIT, Row, is_false, is_true

SEAT: tuple[Row, ...] = (
    Row(
        id="not-active",
        cells=(is_false("active"),),
        outcome=DENY,
        code="panel.inactive",
        mender="office",
        title_zh="账户有效",
        title_en="Account in force",
        zh="账户尚未生效、已失效或已暂停",
        en="The account is not in force",
    ),
    Row(
        id="no-vote",
        cells=(is_false("votes"),),
        outcome=DENY,
        code="panel.no_vote",
        mender="office",
        title_zh="在任期内且有表决权",
        title_en="A vote in the committee, in force now",
        zh="不在任期内，或没有表决权",
        en="The term is over or has not begun, or the seat has no vote",
    ),
    Row(
        id="absent",
        cells=(is_true("absent"),),
        outcome=DENY,
        code="panel.absent",
        mender="self",
        title_zh="没有外出",
        title_en="Not away",
        zh="目前外出，已委托他人",
        en="Away at present",
    ),
    Row(
        id="load-reached",
        cells=(is_true("load_reached"),),
        outcome=DENY,
        code="panel.load",
        mender="office",
        title_zh="评审任务未满",
        title_en="Not on too many panels",
        zh="正在参加 {load} 个评审组，已达上限",
        en="On {load} open panels already, which is the limit",
    ),
)

CONFLICTS: tuple[Row, ...] = (
    Row(
        id="applicant",
        cells=(is_true("is_applicant"),),
        outcome=DENY,
        code="conflict.applicant",
        mender="office",
        title_zh="不是申请人",
        title_en="Not the applicant",
        zh="是本次申请的申请人",
        en="Is the applicant of this case",
    ),
    Row(
        id="own-crew",
        cells=(is_true("own_crew"),),
        outcome=DENY,
        code="conflict.crew",
        mender="office",
        title_zh="不属于仪器机组",
        title_en="Not of the instrument's crew",
        zh="是仪器机组成员",
        en="Belongs to the crew of the instrument",
    ),
    Row(
        id="own-group",
        cells=(is_true("own_group"),),
        outcome=DENY,
        code="conflict.group",
        mender="office",
        title_zh="与申请人不在同一课题组",
        title_en="Not of the applicant's research group",
        zh="与申请人或机组负责人同在一个课题组",
        en="Shares a research group with the applicant or a manager of the instrument",
    ),
    Row(
        id="hosted-owner",
        cells=(is_true("hosted_owner"),),
        outcome=DENY,
        code="conflict.owner",
        mender="office",
        title_zh="不是托管仪器的所有者",
        title_en="Not the owner of a hosted instrument",
        zh="是托管仪器的所有者",
        en="Owns the instrument, which is hosted",
    ),
    Row(
        id="own-lab",
        cells=(is_true("own_lab"),),
        outcome=DENY,
        code="conflict.lab",
        mender="office",
        title_zh="不属于同一实验室",
        title_en="Not of the same lab",
        zh="与仪器或申请人同属一个实验室",
        en="Belongs to the lab of the instrument or of the applicant",
    ),
    Row(
        id="own-department",
        cells=(is_true("own_department"), is_true("department_excluded")),
        outcome=DENY,
        code="conflict.department",
        mender="office",
        title_zh="不属于同一院系",
        title_en="Not of the same department",
        zh="与仪器或申请人同属一个院系，按规定回避",
        en="Belongs to the department of the instrument or of the applicant, which is excluded by policy",
    ),
)

PERMITS: tuple[Row, ...] = (
    Row(
        id="eligible",
        cells=(is_true("active"), is_true("votes")),
        outcome=PERMIT,
        code="panel.eligible",
        zh="可以参加评审",
        en="May sit on the panel",
    ),
)
