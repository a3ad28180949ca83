"""The school library of the demonstration: a register of a few thousand assets, sent, read and taken over by
the operations that pages use; what people changed here; a second file that waits with a conflict; records of
instruments, and openings in several states.
"""

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.core.clock import school_time
from apps.files.checking import check_next
from apps.files.operations import append
from apps.instruments.models import Instrument
from apps.instruments.opening import open_level
from apps.library.describing import describe_instrument, score_all
from apps.library.editing import edit_asset
from apps.library.models import Asset, AssetFile
from apps.library.register.deciding import apply_file, confirm_file
from apps.library.register.reading import announce_file, read_file
from apps.library.tagging import tag_asset
from apps.people.models import OrgUnit, User
from apps.portal.demo.activity import deliver
from apps.portal.demo.school import DAY, School
from workflows.beginning import begin

NUMBER = 3000
SENT_AGO = timedelta(days=60)
HEADING = (
    *("仪器编号", "仪器名称", "英文名称", "分类号", "分类名称", "型号", "厂家", "国别", "单价"),
    *("购置日期", "现状", "使用方向", "单位编号", "单位名称", "存放地", "领用人", "海关监管"),
)
# what, class, name of the class, maker, model, yuan from and to, purpose
KINDS = (
    ("台式计算机", "Desktop computer", "05010105", "微型计算机", "联想", "M930t", 4_000, 12_000, "教学"),
    ("图形工作站", "Workstation", "05010104", "小型计算机", "戴尔", "T7920", 20_000, 90_000, "科研"),
    ("激光打印机", "Laser printer", "05010549", "打印设备", "惠普", "M404", 1_500, 9_000, "行政"),
    ("投影机", "Projector", "04040108", "投影设备", "爱普生", "CB-2265U", 6_000, 30_000, "教学"),
    ("高速离心机", "High-speed centrifuge", "03210703", "离心机", "艾本德", "5804R", 40_000, 160_000, "科研"),
    (
        "生物显微镜",
        "Biological microscope",
        "03040401",
        "显微镜",
        "奥林巴斯",
        "BX53",
        60_000,
        420_000,
        "教学",
    ),
    (
        "荧光显微镜",
        "Fluorescence microscope",
        "03040404",
        "显微镜",
        "徕卡",
        "DM6 B",
        300_000,
        900_000,
        "科研",
    ),
    ("气相色谱仪", "Gas chromatograph", "03030511", "色谱仪", "安捷伦", "8890", 280_000, 700_000, "科研"),
    (
        "液相色谱质谱联用仪",
        "LC-MS",
        "03030620",
        "质谱仪",
        "赛默飞",
        "TSQ Altis",
        1_800_000,
        4_200_000,
        "科研",
    ),
    (
        "红外光谱仪",
        "Infrared spectrometer",
        "03030404",
        "光谱仪",
        "布鲁克",
        "Tensor II",
        250_000,
        600_000,
        "科研",
    ),
    ("数字示波器", "Oscilloscope", "03190201", "示波器", "泰克", "MSO54", 30_000, 260_000, "教学"),
    ("超低温冰箱", "Ultra-low freezer", "03210318", "低温设备", "海尔", "DW-86L", 30_000, 90_000, "科研"),
    ("电子天平", "Balance", "03010601", "天平", "梅特勒", "ME204", 8_000, 40_000, "教学"),
    ("氦质谱检漏仪", "Helium leak detector", "03030617", "质谱仪", "莱宝", "L300i", 180_000, 380_000, "科研"),
)
STATUSES = ("在用",) * 17 + ("多余", "待修", "待报废")
TEXTS = {
    "technical": "加速电压 0.02 至 30 kV,分辨率 0.8 nm,配能谱仪和背散射探头。",
    "function": "材料表面形貌观察和微区成分分析,适用导电及镀膜样品。",
    "services": "自主上机、协助测试、送样测试。",
    "terms": "须持操作证上机;磁性和含水样品请事先说明。",
    "subjects": "材料科学,化学,生命科学",
    "phone": "0532-0000-0000",
}


def fill_library(school: School, *, now: datetime) -> int:
    """The library and what is going on in it; returns how many assets it has."""
    they, sent = school.people, now - SENT_AGO
    office = they["office"]
    rows = list(_rows(sent))
    _take_over(_sent(rows, "资产登记.csv", office, sent), office, sent)
    _change(they, now)
    _describe(they, now)
    score_all(now=now)
    _open(they, now)
    # The next file of the register: some are new, some changed, one meets what was changed here.
    later = [_later(number, row) for number, row in enumerate(rows) if number % 997 != 500]
    _sent(later, "资产登记-本月.csv", office, now)
    deliver(now)
    return Asset.objects.count()


def _rows(at: datetime) -> Iterator[tuple[str, ...]]:
    """Every instrument of the school, and what else a university has."""
    for one in Instrument.objects.select_related("unit").order_by("asset_no"):
        yield (
            one.asset_no,
            one.name_zh,
            one.name_en,
            f"0304{one.class6[:4]}",
            one.class_name,
            one.model,
            one.maker,
            one.origin,
            f"{one.price_fen // 100}.00",
            one.commissioned.isoformat(),
            "在用",
            "科研",
            one.unit.code,
            one.unit.name_zh,
            f"{one.unit.name_zh} 1{one.pk % 90:02d}",
            "",
            "是" if one.customs_supervised else "否",
        )
    chance = random.Random(20261126)  # noqa: S311 - an invented school
    units = list(OrgUnit.objects.exclude(kind=OrgUnit.Kind.SCHOOL).order_by("code"))
    for number in range(NUMBER):
        name, english, code, class_name, maker, model, least, most, purpose = chance.choice(KINDS)
        unit = chance.choice(units)
        day = school_time(at).date() - timedelta(days=chance.randint(30, 4000))
        yield (
            f"{day.year}{number:05d}",
            name,
            english,
            code,
            class_name,
            model,
            maker,
            "中国" if least < 30_000 else "德国",
            f"{chance.randint(least, most)}.00",
            day.isoformat(),
            chance.choice(STATUSES),
            purpose,
            unit.code,
            unit.name_zh,
            f"{chance.choice('ABCD')}{chance.randint(101, 620)}",
            "",
            "否",
        )


def _later(number: int, row: tuple[str, ...]) -> tuple[str, ...]:
    """The row as the next file has it."""
    if row[0] == "QY000004":
        return (*row[:14], "材料楼 B-110", *row[15:])
    if number % 250 == 100:  # some that are to be scrapped
        return (*row[:10], "待报废", *row[11:])
    return row


def _sent(rows: list[tuple[str, ...]], name: str, by: User, at: datetime) -> AssetFile:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADING, *rows])
    content = text.getvalue().encode("gb18030")
    file = announce_file(name=name, size=len(content), by=by, now=at)
    append(file=file.stored, offset=0, read=io.BytesIO(content).read, by=by, now=at)
    while check_next(now=at) is not None:
        pass
    read = read_file(ulid=file.ulid, now=at)
    if read is None or read.fault_count or read.refused_code:
        raise LookupError(f"the register of the demonstration has faults: {read}")
    return read


def _take_over(file: AssetFile, by: User, at: datetime) -> None:
    confirm_file(file=file, by=by, now=at)
    apply_file(ulid=file.ulid, now=at)


def _change(they: dict[str, User], now: datetime) -> None:
    """The microscope has moved, two assets are on the list of the network."""
    sem = Asset.objects.get(asset_no="QY000004")
    edit_asset(
        asset=sem, column="place", text="材料楼 B-204", reason="搬迁", by=they["teng"], now=now - 20 * DAY
    )
    for asset in Asset.objects.filter(asset_no__in=("QY000003", "QY000009")):
        tag_asset(
            asset=asset,
            kind="exchanged",
            included=True,
            reason="校际共享网年度名单",
            by=they["office"],
            now=now - 15 * DAY,
        )


def _describe(they: dict[str, User], now: datetime) -> None:
    """Some records are complete, some half so, most not at all."""
    for asset_no, names in (
        ("QY000004", tuple(TEXTS)),
        ("QY000016", ("technical", "function")),
        ("QY000003", ("technical",)),
    ):
        told = {name: TEXTS[name] for name in names}
        machine = Instrument.objects.get(asset_no=asset_no)
        describe_instrument(instrument=machine, by=they["teng"], now=now - 10 * DAY, **told)


def _open(they: dict[str, User], now: datetime) -> None:
    """One waits for the office to take it in, one for its record, and one was lowered for a while."""
    unowned = Asset.objects.filter(class_code="03030620", status="in_use").order_by("asset_no").first()
    if unowned is not None:
        begin("onboarding", by=they["teng"], now=now - DAY, raw={"asset_no": unowned.asset_no, "level": 2})
    machine = Instrument.objects.get(asset_no="QY000007")
    open_level(
        instrument=machine, level=1, reason="更换激光器,暂停预约", by=they["office"], now=now - 2 * DAY
    )
    begin("onboarding", by=they["facility"], now=now - DAY, raw={"asset_no": "QY000007", "level": 5})
