"""The hosted instrument is led to be shared: the school's register has it, its host's manager is asked by
itself, completes its record, gives it a price and hours, and the office confirms the level. The price is an
import: how one is judged is told before.
"""

import csv
import io

from apps.bookings.arranging import set_windows
from apps.core.clock import now as clock_now
from apps.core.clock import school_time
from apps.fees.operations import ItemDraft, approve_version
from apps.files.operations import append
from apps.instruments.models import Instrument
from apps.library.describing import describe_instrument
from apps.library.models import Asset, AssetFile
from apps.library.quality import quality_of
from apps.library.register.deciding import confirm_file
from apps.library.register.reading import announce_file
from scripts.story.asking import answer, waits
from scripts.story.school import CASE, School
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows.models import Case

HEADING = ("仪器编号", "仪器名称", "英文名称", "分类号", "单价", "购置日期", "现状", "单位编号", "存放地")
ALWAYS = {"workday": [(0, 1440)], "restday": [(0, 1440)], "holiday": [(0, 1440)]}  # told at any hour
RECORD = {
    "technical": "激光 405/488/561/640 nm,分辨率 120 nm。",
    "function": "细胞与材料的三维荧光成像,适用固定及活样品。",
    "services": "自主上机、协助测试、送样测试。",
    "terms": "须持操作证上机;活样品请事先说明。",
    "subjects": "材料科学,生命科学",
    "phone": "0532-0000-0000",
}
LEVEL = 3  # can be booked


def register_asset(stage: Stage, school: School, machine: Instrument) -> None:
    """The office sends the register, as Excel in Chinese writes it; the worker reads it and takes it over."""
    row = (
        machine.asset_no,
        machine.name_zh,
        machine.name_en,
        f"0304{machine.class6[:4]}",
        f"{machine.price_fen // 100}.00",
        machine.commissioned.isoformat(),
        "在用",
        machine.unit.code,
        "A203",
    )
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADING, row])
    content = text.getvalue().encode("gb18030")
    now = clock_now()
    file = announce_file(name="资产登记.csv", size=len(content), by=school.office, now=now)
    append(file=file.stored, offset=0, read=io.BytesIO(content).read, by=school.office, now=now)
    compared = AssetFile.objects.filter(pk=file.pk, state=AssetFile.State.PREVIEWED)
    stage.wait(compared.exists, "the register to be read", seconds=40)
    confirm_file(file=compared.get(), by=school.office, now=clock_now())
    taken = Asset.objects.filter(asset_no=machine.asset_no)
    stage.wait(taken.exists, "the register to be taken over", seconds=40)


def open_up(stage: Stage, school: School, machine: Instrument, item: ItemDraft, teller: Teller) -> None:
    """From the handover to the office's word."""
    asset = Asset.objects.get(asset_no=machine.asset_no)
    openings = Case.objects.filter(flow="onboarding", subject_ref=f"asset:{asset.ulid}")
    stage.wait(openings.exists, "its manager to be asked to open it", seconds=30)
    case = openings.get()
    stage.wait(lambda: waits(case) == {"complete"}, "the record to be asked for", seconds=30)
    before = quality_of(machine, clock_now()).points
    describe_instrument(instrument=machine, by=school.trainer, now=clock_now(), **RECORD)
    stage.wait(lambda: waits(case) == {"price"}, "a price to be asked for", seconds=30)
    now = clock_now()
    approve_version(
        instrument=machine,
        approval_no="QY-FEE-HOSTED",
        items=[item],
        valid_from=now,
        source_case=CASE,
        now=now,
    )
    set_windows(owner=machine, week=ALWAYS, since=school_time(now).date(), by=school.trainer, now=now)
    stage.wait(lambda: waits(case) == {"confirm"}, "the office to be asked", seconds=30)
    answer(case, "confirm", school.office, "approve")
    machine.refresh_from_db()
    if machine.opening_level != LEVEL:
        raise StoryBroken(f"it is open at level {machine.opening_level}")
    after = quality_of(machine, clock_now()).points
    teller.say(
        f"By itself its manager is asked to open it ({case.number}): the record goes from {before} points to "
        f"{after}, a price and hours are there, the office confirms: level {LEVEL}."
    )
