# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Contexts as higher rooms would fill them, with every member in use."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from documents.contexts import (
    CaseContext,
    CertificateContext,
    Column,
    Countersign,
    Happening,
    Pair,
    Reason,
    Section,
    Table,
    Words,
)
from documents.facility_papers import FacilityTableContext, GivenPoints, TableCell
from documents.hosting_papers import HostingStatementContext, StatedFigure, StatedRepair, StatedShare
from documents.sample_papers import Measured, ResultFile, SampleReportContext

SCHOOL = Words("青屿大学", "Qingyu University")
OFFICE = Words("大型仪器设备管理办公室", "Office of Large Instruments")
FROM = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight at the school
UNTIL = datetime(2028, 11, 22, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def certificate(name: Words = Words("艾丽", "Alice"), **changed: object) -> CertificateContext:  # noqa: B008
    """Alice may operate the FE-SEM A."""
    context = CertificateContext(
        institution=SCHOOL,
        office=OFFICE,
        holder=name,
        holder_number="2025310042",
        holder_unit=Words("材料科学与工程学院", "School of Materials Science"),
        instrument=Words("场发射扫描电子显微镜", "Field-emission scanning electron microscope"),
        instrument_number="QY000004",
        instrument_model="Zeiss Merlin Compact",
        level=Words("基本操作", "basic"),
        valid_from=FROM,
        valid_until=UNTIL,
        trainer=Words("滕老师", "Teng"),
        countersigned=Words("王教授", "Wang"),
        place=Words("电镜中心 B107", "Electron microscopy centre, B107"),
        conditions=(
            Words("仅限工作日 8:00–22:00", "working days 8:00–22:00 only"),
            Words("不得更换样品台", "no change of the stage"),
        ),
        source_case="training:01j9z3",
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def case(**changed: object) -> CaseContext:
    """A training authorisation that was sent back once and then granted."""
    applied = datetime(2026, 11, 2, 1, 12, tzinfo=UTC)
    context = CaseContext(
        institution=SCHOOL,
        process=Words("上机培训与授权", "Training authorisation"),
        title=Words("艾丽申请场发射扫描电子显微镜基本操作", "Alice asks for FE-SEM A, basic level"),
        case_number="TR-01JC2V9K",
        state=Words("已批准", "Approved"),
        settled=True,
        applicant=Words("艾丽", "Alice"),
        applicant_number="2025310042",
        applicant_unit=Words("材料科学与工程学院", "School of Materials Science"),
        submitted_at=applied,
        settled_at=applied + 500 * HOUR,
        printed_at=applied + 501 * HOUR,
        printed_by=Words("欧主任", "Office"),
        facts=(
            Pair(
                Words("仪器", "Instrument"), Words("场发射扫描电子显微镜（QY000004）", "FE-SEM A (QY000004)")
            ),
            Pair(Words("等级", "Level"), Words("基本操作", "basic")),
        ),
        asked="课题需要观察断口形貌，每周约 4 小时。\n导师已同意。",
        sections=(
            Section(
                title=Words("培训记录", "Training record"),
                pairs=(
                    Pair(
                        Words("安全准入", "Safety clearance"), Words("有效至 2027-11-22", "until 2027-11-22")
                    ),
                    Pair(Words("理论考试", "Theory exam"), "92 / 100"),
                ),
                tables=(
                    Table(
                        caption=Words("带教机时", "Supervised hours"),
                        columns=(
                            Column(title=Words("日期", "Date")),
                            Column(title=Words("带教人", "Trainer")),
                            Column(title=Words("机时", "Hours"), numeric=True),
                        ),
                        rows=(
                            ("2026-11-09", Words("滕老师", "Teng"), "2.0 h"),
                            ("2026-11-16", Words("滕老师", "Teng"), "3.5 h"),
                        ),
                        note=Words("按使用记录计，共 5.5 h", "5.5 h in all, from usage records"),
                    ),
                ),
            ),
            Section(
                title=Words("实操考核", "Practical assessment"),
                tables=(
                    Table(
                        columns=(
                            Column(title=Words("项目", "Criterion")),
                            Column(title=Words("结果", "Result")),
                        ),
                        rows=(
                            (
                                Words("样品装卸与抽真空（关键）", "Loading and pumping (critical)"),
                                Words("通过", "pass"),
                            ),
                            (Words("合轴与像散校正", "Alignment and stigmation"), Words("通过", "pass")),
                        ),
                    ),
                ),
                text="滕老师：操作规范，能独立处理常见报警。",
            ),
        ),
        dossier_digest="3fa9c1d2" * 8,
        rule="training.level v2",
        cites=("《青屿大学大型仪器设备开放共享管理办法》第十四条（2025-09-01）",),
        reasons=(
            Reason(
                code="training.hours",
                words=Words("带教机时达到 5 h", "5 h under supervision reached"),
                favours=True,
            ),
            Reason(
                code="training.rubric",
                words=Words("关键项全部通过", "all critical criteria passed"),
                favours=True,
            ),
            Reason(
                code="training.first", words=Words("首次授权，有效期两年", "first certificate: two years")
            ),
        ),
        countersigns=(
            Countersign(
                step=Words("导师意见", "Principal investigator"),
                person=Words("王教授", "Wang"),
                role=Words("王课题组", "Wang Group"),
                opinion="同意，费用从课题支出。",
                decision=Words("同意", "Approved"),
                approves=True,
                at=applied + 20 * HOUR,
            ),
            Countersign(
                step=Words("培训师评定", "Trainer"),
                person=Words("滕老师", "Teng"),
                role=Words("电镜中心", "Electron microscopy centre"),
                opinion="补一次带教后再评。",
                decision=Words("退回", "Sent back"),
                approves=False,
                at=applied + 200 * HOUR,
            ),
            Countersign(
                step=Words("培训师评定", "Trainer"),
                person=Words("欧丽佳", "Olga"),
                on_behalf_of=Words("滕老师", "Teng"),
                role=Words("电镜中心", "Electron microscopy centre"),
                opinion="考核合格。",
                decision=Words("同意", "Approved"),
                approves=True,
                at=applied + 480 * HOUR,
            ),
            Countersign(step=Words("实验室负责人会签", "Lab head")),
        ),
        history=(
            Happening(
                at=applied,
                person=Words("艾丽", "Alice"),
                what=Words("提交申请", "Applied"),
                files=("计划.pdf",),
            ),
            Happening(
                at=applied + 200 * HOUR,
                person=Words("滕老师", "Teng"),
                what=Words("退回申请人", "Sent back to the applicant"),
                note="补一次带教后再评。",
            ),
            Happening(
                at=applied + 480 * HOUR,
                person=Words("欧丽佳", "Olga"),
                what=Words("通过考核", "Assessed: passed"),
            ),
        ),
        address="https://bench.example.edu.cn/cases/01jc2v9k/",
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def sample_report(**changed: object) -> SampleReportContext:
    """Two samples of Alice's, one tested twice, with a file."""
    context = SampleReportContext(
        institution=SCHOOL,
        facility=Words("材料表征中心", "Materials Characterisation Centre"),
        request_number="SP2026-00001",
        requester=Words("艾丽", "Alice"),
        requester_unit=Words("材料科学与工程学院", "School of Materials Science"),
        service=Words("扫描电镜形貌观察", "SEM imaging"),
        instrument=Words("场发射扫描电子显微镜", "Field-emission scanning electron microscope"),
        instrument_number="QY000004",
        received_at=FROM,
        released_at=FROM + 30 * HOUR,
        samples=(
            Measured(
                code="SP2026-00001-1",
                name="SiC 粉末",
                round=1,
                summary="平均粒径 2 µm，团聚明显。",
                tester=Words("欧丽佳", "Olga"),
                tested_at=FROM + 9 * HOUR,
                condition=Words("完好", "In good order"),
                checker=Words("滕老师", "Teng"),
            ),
            Measured(
                code="SP2026-00001-2",
                name="SiC block",
                round=2,
                summary="grain 5 µm\nno cracks",
                tester=Words("欧丽佳", "Olga"),
                tested_at=FROM + 28 * HOUR,
            ),
        ),
        files=(ResultFile(sample="SP2026-00001-1", name="谱图.tif", size=1_234_567, sha256="ab12" * 16),),
        handling="手套箱内转移",
        group=Words("王课题组", "Wang group"),
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def hosting_statement(**changed: object) -> HostingStatementContext:
    """The owner's October."""
    context = HostingStatementContext(
        institution=SCHOOL,
        host=Words("材料表征中心", "Materials Characterisation Centre"),
        owner=Words("王课题组", "Wang Group"),
        owner_head=Words("王教授", "Professor Wang"),
        instrument=Words("台式扫描电镜", "Desktop SEM"),
        instrument_number="QY000081",
        agreement_number="设备托管〔2026〕1号",
        month="2026-10",
        figures=(StatedFigure(name=Words("有效机时", "Effective hours"), value="26.1 h", records=10),),
        shares=(
            StatedShare(
                party=Words("委托方", "owner"),
                name=Words("王课题组", "Wang Group"),
                percent="20",
                amount="¥320.00",
            ),
            StatedShare(
                party=Words("管理单位", "host"),
                name=Words("材料表征中心", "Materials Characterisation Centre"),
                percent="80",
                amount="¥1,280.00",
            ),
        ),
        repairs=(StatedRepair(what="更换真空泵", cost="¥8,600.00", owner="¥4,300.00"),),
        income="¥1,600.00",
        owner_share="¥320.00",
        owner_repairs="¥4,300.00",
        balance="-¥3,980.00",
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def facility_table(**changed: object) -> FacilityTableContext:
    """The microscopes' year: measured numbers, one of their own, a note, three of the panel."""
    hours, people = Words("小时", "hours"), Words("人", "people")
    context = FacilityTableContext(
        institution=SCHOOL,
        office=OFFICE,
        facility=Words("材料表征中心", "Materials Characterisation Centre"),
        facility_code="MCC",
        lab=Words("电子显微学实验室", "Laboratory of Electron Microscopy"),
        year=2025,
        cells=(
            TableCell(title=Words("人员", "Staff"), unit=people, number="12", records=12),
            TableCell(
                title=Words("有效机时", "Effective hours"), unit=hours, number="12,345.5 h", records=3210
            ),
            TableCell(title=Words("开放机时", "Open hours"), unit=hours, note="大修三个月"),
            TableCell(
                title=Words("核时", "Core-hours"),
                unit=Words("核时", "core-hours"),
                note="由调度系统计量，不计入仪器机时",
                stated=True,
            ),
            TableCell(title=Words("收入", "Income"), unit=Words("元", "yuan"), number="¥1,234,567.80"),
            TableCell(title=Words("研讨会", "Seminars"), unit=Words("次", "times"), number="4", stated=True),
        ),
        ratios=(
            Pair(Words("利用率", "Use rate"), Words("无数字", "no number")),
            Pair(Words("人均收入", "Income per head of staff"), "¥102,880.65"),
        ),
        confirmed_at=FROM,
        confirmed_by=Words("费主任", "Fei"),
        given=(
            GivenPoints(points=92, opinion="机时充足，开放共享好"),
            GivenPoints(points=86, opinion="培训扎实，档案齐全"),
            GivenPoints(points=79, opinion="external service could be stronger"),
        ),
        score="85.67",
        case_number="FAC-01JC2V9K",
        submission_digest="3fa9c1d2" * 8,
    )
    return replace(context, **changed)  # type: ignore[arg-type]
