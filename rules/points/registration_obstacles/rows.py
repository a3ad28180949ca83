# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The default table of ``registration.obstacles``: the first row that fits decides. Somebody who leaves of
their own will settles first what only they can settle; what others can take over is handed over; nothing
holds up an urgent end, and nobody who has left the school can be kept by what they did not settle.
"""

from __future__ import annotations

from rules.rows import Cell, Row, is_false, is_true

CLEAR, HAND_OVER, BLOCKED = "clear", "hand_over", "blocked"
_OWN_WILL = Cell("started_by", "eq", "self")


def _some(column: str) -> Cell:
    return Cell(column, "gt", 0)


def _none(column: str) -> Cell:
    return Cell(column, "lte", 0)


URGENT = Row(
    id="urgent",
    cells=(is_true("urgent"),),
    outcome=CLEAR,
    code="obstacles.urgent",
    mender="office",
    zh="情况紧急：立即撤销，交接事后补办",
    en="Urgent: it ends at once, what is left is handed over afterwards",
)
BLOCKS: tuple[Row, ...] = (
    Row(
        id="own-session",
        cells=(_OWN_WILL, _some("running_sessions")),
        outcome=BLOCKED,
        code="obstacles.session",
        mender="self",
        title_zh="没有正在进行的使用",
        title_en="No use under way",
        zh="你正在使用仪器：请先结束",
        en="You are using an instrument: end that first",
    ),
    Row(
        id="own-samples",
        cells=(_OWN_WILL, _some("samples_open")),
        outcome=BLOCKED,
        code="obstacles.samples",
        mender="self",
        title_zh="没有在测样品",
        title_en="No samples in the queue",
        zh="你还有 {samples_open} 个送样没有结束：请等待完成或撤回",
        en="{samples_open} of your sample requests are open: wait for them or withdraw them",
    ),
    Row(
        id="own-bills",
        cells=(_OWN_WILL, _some("unsettled_charges")),
        outcome=BLOCKED,
        code="obstacles.bills",
        mender="self",
        title_zh="没有未结清的费用",
        title_en="No unsettled charges",
        zh="你还有 {unsettled_charges} 笔费用没有结清",
        en="{unsettled_charges} of your charges are not settled",
    ),
)
HAND_OVERS: tuple[Row, ...] = (
    Row(
        id="instruments",
        cells=(_some("instruments_managed"),),
        outcome=HAND_OVER,
        code="obstacles.instruments",
        mender="office",
        title_zh="没有独自负责的仪器",
        title_en="No instrument managed alone",
        zh="有 {instruments_managed} 台仪器没有其他负责人，须移交",
        en="{instruments_managed} instruments have no other manager: hand them over",
    ),
    Row(
        id="groups",
        cells=(_some("groups_led"),),
        outcome=HAND_OVER,
        code="obstacles.groups",
        mender="office",
        title_zh="没有负责的课题组",
        title_en="No group led",
        zh="负责 {groups_led} 个课题组，须移交",
        en="Leads {groups_led} research groups: hand them over",
    ),
    Row(
        id="posts",
        cells=(_some("posts_held"),),
        outcome=HAND_OVER,
        code="obstacles.posts",
        mender="office",
        title_zh="没有担任的职务",
        title_en="No post held",
        zh="担任 {posts_held} 项职务，须另行任命",
        en="Holds {posts_held} posts: appoint somebody else",
    ),
    Row(
        id="steps",
        cells=(_some("open_steps"),),
        outcome=HAND_OVER,
        code="obstacles.steps",
        mender="office",
        title_zh="没有待办事项",
        title_en="No open tasks",
        zh="有 {open_steps} 项待办，将转给他人",
        en="{open_steps} open tasks will go to others",
    ),
    Row(
        id="samples",
        cells=(_some("samples_open"),),
        outcome=HAND_OVER,
        code="obstacles.samples_left",
        mender="pi",
        title_zh="没有在测样品",
        title_en="No samples in the queue",
        zh="有 {samples_open} 个送样没有结束，由课题组接手",
        en="{samples_open} sample requests are open: the group takes them over",
    ),
    Row(
        id="bills",
        cells=(_some("unsettled_charges"),),
        outcome=HAND_OVER,
        code="obstacles.bills_left",
        mender="pi",
        title_zh="没有未结清的费用",
        title_en="No unsettled charges",
        zh="有 {unsettled_charges} 笔费用没有结清，由课题组接手",
        en="{unsettled_charges} unsettled charges: the group takes them over",
    ),
)
NOTHING = Row(
    id="nothing",
    cells=(
        is_false("urgent"),
        Cell("started_by", "neq", "unknown"),
        _none("samples_open"),
        _none("unsettled_charges"),
        _none("instruments_managed"),
        _none("groups_led"),
        _none("posts_held"),
        _none("open_steps"),
    ),
    outcome=CLEAR,
    code="obstacles.none",
    zh="没有需要先处理的事项",
    en="Nothing has to be settled first",
)

ROWS = (URGENT, *BLOCKS, *HAND_OVERS, NOTHING)
