# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Official papers as higher rooms would fill them, with every member in use."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from documents.appointments import Appointed, AppointmentContext
from documents.contexts import Countersign, Pair, Words
from documents.evaluation_papers import EvaluationResultContext, GradeCount, ResultRow
from documents.fee_papers import (
    ClosedInstrument,
    FeeDecisionContext,
    FeeNoticeContext,
    NotOpenContext,
    NotOpenNoticeContext,
    PriceRow,
    PriceSheet,
)
from documents.hosting_papers import AgreedClause, HostingAgreementContext
from documents.official import Enclosure, VoteCount, VoteFigures
from tests.documents.papers import OFFICE, SCHOOL

OPENS = datetime(2026, 11, 1, 16, 0, tzinfo=UTC)  # midnight at the school
CLOSES = datetime(2026, 11, 8, 16, 0, tzinfo=UTC)
IN_FORCE = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
TERM_ENDS = datetime(2029, 11, 30, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

COMMITTEE = Words("大型仪器设备收费标准审核委员会", "Fee Review Committee for Large Instruments")
CENTRE = Words("电镜中心", "Electron microscopy centre")
PHYSICS = Words("物理学院", "School of Physics")
TIERS = (
    Words("校内", "Internal"),
    Words("校外学术", "External academic"),
    Words("企业", "Enterprise"),
)
BASIS = (
    Words(
        "《青屿大学大型仪器设备开放共享管理办法》（青大设〔2025〕18号）",
        "Qingyu University regulations on sharing large instruments (2025, no. 18)",
    ),
    Words("《青屿大学服务性收费管理细则》", "Qingyu University rules on service fees"),
)


def sheet(**changed: object) -> PriceSheet:
    """The FE-SEM A: two items, one of them cheaper than before."""
    sem = PriceSheet(
        instrument=Words("场发射扫描电子显微镜A", "FE-SEM A"),
        asset_no="QY000004",
        model="Zeiss Merlin Compact",
        place=CENTRE,
        version=3,
        tiers=TIERS,
        rows=(
            PriceRow(
                item=Words("形貌观察", "Imaging"),
                mode=Words("自主上机", "Self-operated"),
                unit=Words("元/机时", "per hour"),
                prices=("¥240.00", "¥620.00", "¥900.00"),
                former=("¥260.00", "¥620.00", "¥900.00"),
            ),
            PriceRow(
                item=Words("能谱分析", "EDS analysis"),
                mode=Words("代测", "Operated"),
                unit=Words("元/样", "per sample"),
                prices=("¥180.00", "¥420.00", ""),
                note=Words("每样至多 5 个区域", "up to 5 areas each"),
            ),
        ),
        terms=(
            Words("每次不足 0.5 h 按 0.5 h 计", "a use counts as 0.5 h at least"),
            Words("22:00–7:00 按 0.8 倍计", "from 22:00 to 7:00 at 0.8 of the price"),
        ),
        facts=(Pair(Words("全成本", "Full cost"), Words("762.78 元/机时", "¥762.78 per hour")),),
        former_number="青屿设备批〔2024〕7号",
    )
    return replace(sem, **changed)  # type: ignore[arg-type]


def rounds() -> tuple[VoteFigures, ...]:
    """Not conclusive first, decided by the chair's vote then."""
    first = OPENS - 200 * HOUR
    return (
        VoteFigures(
            title=Words("第一轮（背靠背）", "First round (blind)"),
            seats=7,
            recused=1,
            counts=(
                VoteCount(choice=Words("同意报送价格", "Approve as submitted"), votes=3),
                VoteCount(choice=Words("同意，改为 ¥240.00", "Approve with ¥240.00"), votes=2),
                VoteCount(choice=Words("不同意", "Reject"), votes=1),
                VoteCount(choice=Words("弃权", "Abstain"), votes=1),
            ),
            needed=Words("同一价格达三分之二，参与达三分之二", "two thirds for one price, quorum two thirds"),
            result=Words("未形成结论", "Not conclusive"),
            closed_at=first,
        ),
        VoteFigures(
            title=Words("第二轮", "Second round"),
            seats=7,
            recused=1,
            counts=(
                VoteCount(choice=Words("同意", "Approve"), votes=3),
                VoteCount(choice=Words("不同意", "Reject"), votes=3),
            ),
            needed=Words("过半数，票数相等时由主任委员决定", "simple majority, the chair decides a tie"),
            question=Words("自主上机改为 ¥240.00", "Self-operated at ¥240.00"),
            result=Words("主任委员决定：通过", "Approved by the chair"),
            closed_at=first + 48 * HOUR,
        ),
    )


def signatures() -> tuple[Countersign, ...]:
    """Three who agreed, and one who had the sheet mended first."""
    at = OPENS - 400 * HOUR
    yes = Words("同意", "Approved")
    return (
        Countersign(
            step=Words("院系审议", "Department"),
            person=Words("魏院长", "Wei"),
            role=Words("材料科学与工程学院", "School of Materials Science"),
            opinion="经党政联席会议审议，同意。会议纪要已上传。",
            decision=yes,
            approves=True,
            at=at,
        ),
        Countersign(
            step=Words("财务核对", "Finance"),
            person=Words("樊老师", "Fan"),
            role=Words("财务处", "Finance office"),
            opinion="折旧年限与资产账不符，请更正。",
            decision=Words("退回", "Sent back"),
            approves=False,
            at=at + 30 * HOUR,
        ),
        Countersign(
            step=Words("财务核对", "Finance"),
            person=Words("樊老师", "Fan"),
            on_behalf_of=Words("钱处长", "Qian"),
            role=Words("财务处", "Finance office"),
            opinion="已更正，成本测算属实，同意。",
            decision=yes,
            approves=True,
            at=at + 60 * HOUR,
        ),
        Countersign(
            step=Words("委员会表决", "Committee"),
            person=Words("程主任委员", "Cheng"),
            role=COMMITTEE,
            opinion="按第二轮结果执行。",
            decision=yes,
            approves=True,
            at=at + 250 * HOUR,
        ),
    )


COMMON: dict[str, object] = {
    "institution": SCHOOL,
    "office": OFFICE,
    "addressees": Words("各学院、各平台", "All schools and facilities"),
    "basis": BASIS,
    "conditions": (
        Words("收费须凭系统结算单入账，不得自行收取。", "Fees are settled through the system only."),
    ),
    "enclosures": (
        Enclosure(name="会议纪要.pdf", sha256="3fa9c1d2" * 8),
        Enclosure(name=Words("成本测算表", "Cost sheet")),
    ),
    "copies_to": Words("财务处、资产处", "Finance office, Asset office"),
    "contact": Words("设备管理办公室，0000-1234567", "Equipment office, 0000-1234567"),
    "case_number": "FR-01JC2V9K",
    "submission_digest": "9c0d1e2f" * 8,
}


def notice(**changed: object) -> FeeNoticeContext:
    """Five working days for everybody to object."""
    context = FeeNoticeContext(
        **COMMON,  # type: ignore[arg-type]
        sheets=(sheet(),),
        opens_at=OPENS,
        closes_at=CLOSES,
        working_days=5,
        proposed_from=IN_FORCE,
        applicant_unit=CENTRE,
        address="https://bench.example.edu.cn/notices/01jc2v9k/",
        votes=rounds(),
        countersigns=signatures(),
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def decision(**changed: object) -> FeeDecisionContext:
    """Approved with a changed price after two rounds and one objection."""
    context = FeeDecisionContext(
        **{**COMMON, "addressees": CENTRE},  # type: ignore[arg-type]
        sheets=(sheet(),),
        valid_from=IN_FORCE,
        valid_until=TERM_ENDS,
        review_by=date(2029, 9, 30),
        modified=True,
        applicant_unit=CENTRE,
        notice_number="青屿设备公示〔2026〕9号",
        notice_from=OPENS,
        notice_until=CLOSES,
        objections=2,
        sustained=1,
        votes=rounds(),
        countersigns=signatures(),
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def not_open(**changed: object) -> NotOpenContext:
    """A device under test is not shared for a year."""
    context = NotOpenContext(
        **{**COMMON, "addressees": PHYSICS, "conditions": ()},  # type: ignore[arg-type]
        instruments=(
            ClosedInstrument(
                instrument=Words("自制低温强磁场测试系统", "Home-built cryogenic high-field station"),
                asset_no="QY000077",
                model="QY-CHF-1",
                place=Words("物理楼 B112", "Physics building, B112"),
                reason="样机仍在调试，磁体每周须重新标定，暂不具备对外服务条件。",
            ),
            ClosedInstrument(
                instrument=Words("涉密材料试验机", "Testing machine for classified materials"),
                asset_no="QY000078",
                reason=Words("承担涉密任务", "serves classified work"),
            ),
        ),
        valid_from=IN_FORCE,
        valid_until=datetime(2027, 11, 30, 16, 0, tzinfo=UTC),
        applicant_unit=PHYSICS,
        votes=rounds()[1:],
        countersigns=signatures()[:1],
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def appointment(**changed: object) -> AppointmentContext:
    """A committee of seven; one predecessor leaves."""
    people = (("程明远", "Cheng"), ("钱立", "Qian"), ("孙一诺", "Sun"), ("李响", "Li"), ("周全", "Zhou"))
    context = AppointmentContext(
        **{**COMMON, "conditions": (), "submission_digest": ""},  # type: ignore[arg-type]
        committee=COMMITTEE,
        founding=True,
        seats=(
            Appointed(
                person=Words("吴岱", "Wu Dai"),
                role=Words("主任委员", "Chair"),
                unit=Words("化学学院", "School of Chemistry"),
            ),
            Appointed(
                person=Words("郑秘书", "Zheng"),
                role=Words("秘书", "Secretary"),
                unit=OFFICE,
                valid_until=datetime(2027, 11, 30, 16, 0, tzinfo=UTC),
                note=Words("任期一年", "for one year"),
            ),
            *(
                Appointed(
                    person=Words(zh, en),
                    role=Words("委员", "Member"),
                    unit=Words("材料科学与工程学院", "School of Materials Science"),
                )
                for zh, en in people
            ),
        ),
        leaving=(
            Appointed(
                person=Words("冯教授", "Feng"),
                role=Words("委员", "Member"),
                unit=Words("生命科学学院", "School of Life Sciences"),
                valid_from=datetime(2023, 11, 30, 16, 0, tzinfo=UTC),
                valid_until=IN_FORCE,
            ),
        ),
        valid_from=IN_FORCE,
        valid_until=TERM_ENDS,
        duties=(
            Words("审核收费标准", "judges fee standards"),
            Words("审议暂不开放共享申请", "judges applications not to share"),
        ),
        approved_by=Words("校长办公会议", "the president’s meeting"),
        approved_at=OPENS,
        countersigns=signatures()[:1],
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def not_open_notice(**changed: object) -> NotOpenNoticeContext:
    """The same instruments, before it is decided: anybody may object."""
    meant = not_open()
    context = NotOpenNoticeContext(
        **{**COMMON, "addressees": PHYSICS, "conditions": ()},  # type: ignore[arg-type]
        instruments=meant.instruments,
        opens_at=OPENS,
        closes_at=CLOSES,
        working_days=5,
        applicant_unit=PHYSICS,
        address="https://bench.qingyu.example/fee-notices/01m8bps9wssj6vt8zw2ew5rfqp/",
        votes=rounds()[1:],
        countersigns=signatures()[:1],
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def results(number: int = 3, **changed: object) -> EvaluationResultContext:
    """The results of a round: so many instruments, some of them changed by a panel."""
    context = EvaluationResultContext(
        **{**COMMON, "conditions": (), "case_number": "EVA2026-000042"},  # type: ignore[arg-type]
        scheme=Words("单台贵重仪器效益评价", "Benefit score of single valuable instruments"),
        version=1,
        judged_from=datetime(2025, 8, 31, 16, 0, tzinfo=UTC),
        judged_until=datetime(2026, 8, 31, 16, 0, tzinfo=UTC),
        rows=tuple(
            ResultRow(
                subject=Words(f"场发射扫描电子显微镜{n}", f"FE-SEM {n}"),
                code=f"QY{n:06d}",
                unit=CENTRE,
                score=f"{95 - n * 40 / number:.2f}",
                grade=Words("优秀", "Excellent"),
                note=Words("经申诉调整", "after an appeal") if n == 1 else Words(""),
            )
            for n in range(1, number + 1)
        ),
        grades=(
            GradeCount(grade=Words("优秀", "Excellent"), number=number),
            GradeCount(grade=Words("不合格", "Poor"), number=0),
        ),
        parts=(
            Pair(Words("机时利用", "Machine hours"), Words("35%")),
            Pair(Words("人才培养", "Training"), Words("20%")),
        ),
        notice_from=OPENS,
        notice_until=CLOSES,
        appeals=2,
        upheld=1,
        scheme_digest="d" * 64,
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def hosting_agreement(**changed: object) -> HostingAgreementContext:
    """An instrument of a group is run by the centre."""
    context = HostingAgreementContext(
        **{**COMMON, "conditions": (), "submission_digest": "e" * 64},  # type: ignore[arg-type]
        instrument=Words("台式扫描电镜", "Desktop SEM"),
        instrument_number="QY000081",
        owner=Words("王课题组", "Wang Group"),
        owner_head=Words("王教授", "Professor Wang"),
        owner_unit=Words("材料科学与工程学院", "School of Materials Science"),
        host=CENTRE,
        version=3,
        terms_digest="e" * 64,
        clauses=(
            AgreedClause(
                title=Words("收入分成", "Shares of the income"),
                text=Words("委托方 20 %、管理单位 80 %", "owner 20 %, host 80 %"),
            ),
            AgreedClause(
                title=Words("退出", "Exit"),
                text=Words("任何一方可提前 60 天书面预告退出。", "Either side with 60 days of notice."),
            ),
        ),
        valid_from=IN_FORCE,
        valid_until=TERM_ENDS,
    )
    return replace(context, **changed)  # type: ignore[arg-type]


SAMPLES = (
    *(notice(), decision(), not_open_notice(), not_open(), appointment(), results()),
    hosting_agreement(),
)
