"""The conditions of the other purposes, and the one permit row that every purpose has.

It owns sample runs, supervised training, teaching, maintenance, commissioning and emergencies. A permit row
only says that the purpose exists: everything that must hold is a deny row, so that every failure is named.
"""

from __future__ import annotations

from rules.points.access_unlock.everyone import for_purposes
from rules.points.access_unlock.facts import PURPOSES
from rules.rows import DENY, PERMIT, Cell, Row, is_false

OTHER_PURPOSES: tuple[Row, ...] = (
    Row(
        id="sample-operator",
        cells=(
            for_purposes("sample_run"),
            is_false("crew_member"),
        ),
        outcome=DENY,
        code="sample.operator",
        mender="manager",
        title_zh="由机组人员操作",
        title_en="Operated by the crew",
        zh="送样测试只能由机组人员操作",
        en="Samples are run by the crew only",
    ),
    Row(
        id="sample-state",
        cells=(
            for_purposes("sample_run"),
            Cell("sample_state", "not_in", ("received", "queued", "testing")),
        ),
        outcome=DENY,
        code="sample.state",
        mender="operator",
        title_zh="样品可以测试",
        title_en="Sample ready to run",
        zh="没有处于可测试状态的样品",
        en="No sample is ready to be run",
    ),
    Row(
        id="supervised-session",
        cells=(
            for_purposes("training"),
            is_false("training_session_now"),
        ),
        outcome=DENY,
        code="supervised.session",
        mender="trainer",
        title_zh="现在有培训安排",
        title_en="Training session now",
        zh="现在没有你的培训安排",
        en="You have no training session now",
    ),
    Row(
        id="supervised-trainer",
        cells=(
            for_purposes("training"),
            is_false("supervisor_present"),
        ),
        outcome=DENY,
        code="supervised.trainer",
        mender="trainer",
        title_zh="培训教师在场",
        title_en="Trainer present",
        zh="培训教师尚未刷卡到场",
        en="The trainer has not badged in",
    ),
    Row(
        id="teaching-slot",
        cells=(
            for_purposes("teaching"),
            is_false("teaching_slot_now"),
        ),
        outcome=DENY,
        code="teaching.slot",
        mender="manager",
        title_zh="现在有教学时段",
        title_en="Teaching slot now",
        zh="现在没有教学时段",
        en="There is no teaching slot now",
    ),
    Row(
        id="teaching-teacher",
        cells=(
            for_purposes("teaching"),
            is_false("responsible_teacher"),
        ),
        outcome=DENY,
        code="teaching.teacher",
        mender="manager",
        title_zh="有负责教师",
        title_en="Responsible teacher",
        zh="没有负责的教师",
        en="There is no responsible teacher",
    ),
    Row(
        id="maintenance-order",
        cells=(
            for_purposes("maintenance"),
            is_false("work_order_open"),
        ),
        outcome=DENY,
        code="maintenance.order",
        mender="manager",
        title_zh="有未结的维修工单",
        title_en="Open work order",
        zh="没有未结的维修工单",
        en="There is no open work order",
    ),
    Row(
        id="maintenance-person",
        cells=(
            for_purposes("maintenance"),
            is_false("crew_member"),
            is_false("service_engineer"),
        ),
        outcome=DENY,
        code="maintenance.person",
        mender="manager",
        title_zh="机组人员或登记的维修工程师",
        title_en="Crew or registered service engineer",
        zh="只有机组人员或登记的维修工程师可以维修",
        en="Only the crew or a registered service engineer may do maintenance",
    ),
    Row(
        id="commissioning-closed",
        cells=(
            for_purposes("commissioning"),
            is_false("commissioning_open"),
        ),
        outcome=DENY,
        code="commissioning.closed",
        mender="office",
        title_zh="入网调试步骤进行中",
        title_en="Commissioning step open",
        zh="没有进行中的入网调试",
        en="No commissioning step is open",
    ),
    Row(
        id="commissioning-person",
        cells=(
            for_purposes("commissioning"),
            is_false("crew_member"),
            is_false("service_engineer"),
        ),
        outcome=DENY,
        code="commissioning.person",
        mender="manager",
        title_zh="机组人员或登记的工程师",
        title_en="Crew or registered engineer",
        zh="只有机组人员或登记的工程师可以调试",
        en="Only the crew or a registered engineer may commission",
    ),
    Row(
        id="emergency-crew",
        cells=(
            for_purposes("emergency"),
            is_false("crew_member"),
        ),
        outcome=DENY,
        code="emergency.crew",
        mender="manager",
        title_zh="由机组人员处置",
        title_en="Handled by the crew",
        zh="紧急使用只限机组人员",
        en="Emergency use is for the crew only",
    ),
)

PERMITS: tuple[Row, ...] = tuple(
    Row(
        id=f"permit-{purpose.replace('_', '-')}",
        cells=(for_purposes(purpose),),
        outcome=PERMIT,
        code="access.permitted",
        zh="全部条件满足",
        en="All conditions are met",
    )
    for purpose in PURPOSES
)
