"""The library of a large school on one database, asked of Django itself: files of the register go through the
worker's own steps, and searches through the page's own query. How much memory the process has held at most is
told after each file: it must not grow with the number of rows.
"""

import csv
import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing import Process
from pathlib import Path
from statistics import median

import xlsxwriter
from django.db import connection

from apps.core.clock import now
from apps.files import disk
from apps.files.models import StoredFile
from apps.instruments.models import Instrument
from apps.library.models import Asset, AssetFile
from apps.library.register.deciding import apply_file, confirm_file, reject_file
from apps.library.register.reading import read_file
from apps.library.searching import Wanted, page_of
from apps.library.words import needles
from apps.people.models import User
from apps.people.operations import grant_authorization
from bench.lines import say, spread
from bench.school import found, person

SEARCH_BAR = 3.0
FLAT_MB = 48  # a tenfold file may hold so much more, for the database's own caches
PAGE = 50
TIMES = 20
_HEADING = (
    "仪器编号",
    "仪器名称",
    "英文名称",
    "分类号",
    "型号",
    "厂家",
    "单价",
    "单位编号",
    "单位名称",
    "现状",
    "使用方向",
    "购置日期",
)
_SIGNS = (
    "高低温场发射扫描电子透射原子力激光共聚焦双光束液相气相质谱核"
    "磁共振等离子傅里叶红外拉曼紫外可见荧光热重差示扫描量热"
)
_KINDS = (
    "显微镜",
    "光谱仪",
    "质谱仪",
    "色谱仪",
    "计算机",
    "服务器",
    "离心机",
    "培养箱",
    "投影机",
    "打印机",
    "示波器",
    "天平",
)
_MAKERS = ("日本电子", "赛默飞", "安捷伦", "岛津", "联想", "JEOL", "Bruker", "Agilent", "Leica", "蔡司")
_WORDS = (
    "显微镜",
    "共振离心",
    "jeol",
    "光谱",
    "jsm-78",
    "zzzz9",
    "质谱仪 bruker",
    "氦",
    "红外 天平",
    "紫外",
    "镜光",
    "jx",
)
_COLUMNS = ", ".join(str(field.column) for field in Asset._meta.concrete_fields)


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    small, large = (500, 2_500) if quick else (25_000, 250_000)
    at = now()
    office = _office(found(at)[0], at)
    first = _import("import_small", small, office, at)
    second = _import("import", large, office, at)
    _import("import_again", large, office, at)
    say(
        "import_memory",
        database=connection.vendor,
        small_rows=small,
        rows=large,
        small_peak_mb=first,
        peak_mb=second,
        bar=f"<= {FLAT_MB} MB more",
        meets_bar=second - first <= FLAT_MB,
    )
    _workbooks(small, large, office, at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _search(at)


def _office(first: Instrument, at: datetime) -> User:
    who = person("office", first.unit, at)
    grant_authorization(user=who, kind="manage", scope="school", grantor=None, now=at)
    return who


def _workbooks(small: int, large: int, office: User, at: datetime) -> None:
    """The same rows as Excel workbooks with shared strings, as Excel writes them: read, then put aside."""
    peaks = []
    for name, rows in (("workbook_small", small), ("workbook", large)):
        file = _announced(f"register-{rows}.xlsx", office, at)
        path = disk.path_of(file.stored.ulid)
        writer = Process(target=_write_workbook, args=(path, rows))  # what writing holds is not measured
        writer.start()
        writer.join()
        StoredFile.objects.filter(pk=file.stored_id).update(size=path.stat().st_size)
        begin = time.perf_counter()
        read = read_file(ulid=file.ulid, now=now())
        took = time.perf_counter() - begin
        if read is None or read.state != AssetFile.State.PREVIEWED or read.fault_count:
            raise RuntimeError(f"{name}: {read and (read.state, read.refused_code, read.fault_count)}")
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        say(
            name,
            database=connection.vendor,
            rows=rows,
            changes={key: read.counts[key] for key in ("new", "changed", "gone", "same")},
            read_s=round(took, 2),
            rows_per_s=round(rows / took),
            peak_mb=peaks[-1],
        )
        reject_file(file=read, reason="bench", by=office, now=now())
    say(
        "workbook_memory",
        database=connection.vendor,
        small_rows=small,
        rows=large,
        small_peak_mb=peaks[0],
        peak_mb=peaks[1],
        bar=f"<= {FLAT_MB} MB more",
        meets_bar=peaks[1] - peaks[0] <= FLAT_MB,
    )


def _write_workbook(path: Path, count: int) -> None:
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    for number, row in enumerate((_HEADING, *_rows(count))):
        for place, value in enumerate(row):
            sheet.write_string(number, place, str(value))
    book.close()


def _import(name: str, rows: int, office: User, at: datetime) -> int:
    """A file of so many rows through the worker's steps; returns the most memory held so far, in MB."""
    file = _written(rows, office, at)
    begin = time.perf_counter()
    read = read_file(ulid=file.ulid, now=now())
    took_reading = time.perf_counter() - begin
    if read is None or read.state != AssetFile.State.PREVIEWED or read.fault_count:
        raise RuntimeError(f"{name}: {read and (read.state, read.refused_code, read.fault_count)}")
    confirm_file(file=read, by=office, now=now())
    begin = time.perf_counter()
    apply_file(ulid=file.ulid, now=now())
    took_applying = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say(
        name,
        database=connection.vendor,
        rows=rows,
        changes={key: read.counts[key] for key in ("new", "changed", "gone", "same")},
        read_s=round(took_reading, 2),
        apply_s=round(took_applying, 2),
        rows_per_s=round(rows / (took_reading + took_applying)),
        peak_mb=peak,
    )
    return peak


def _written(rows: int, office: User, at: datetime) -> AssetFile:
    """A file on disk as the upload leaves it."""
    file = _announced(f"register-{rows}.csv", office, at)
    path = disk.path_of(file.stored.ulid)
    with path.open("w", encoding="gb18030", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(_HEADING)
        writer.writerows(_rows(rows))
    StoredFile.objects.filter(pk=file.stored_id).update(size=path.stat().st_size)
    return file


def _announced(name: str, office: User, at: datetime) -> AssetFile:
    """A file that has arrived; its bytes are still to be written."""
    stored = StoredFile.objects.create(
        about="asset_register",
        name=name,
        content_type="text/csv",
        size=1,
        by=office,
        state=StoredFile.State.READY,
        begun_at=at,
        expires_at=at,
        received_at=at,
        ready_at=at,
        sha256="0" * 64,
    )
    disk.path_of(stored.ulid).parent.mkdir(parents=True, exist_ok=True)
    return AssetFile.objects.create(stored=stored, by=office, begun_at=at)


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    """The same rows for the same count, and the first of them for a smaller one."""
    chance = random.Random(7)  # noqa: S311 - invented assets
    for number in range(count):
        name = "".join(chance.choices(_SIGNS, k=chance.randint(2, 5))) + chance.choice(_KINDS)
        model = "".join(chance.choices("ABCDEFJKLMSTX", k=3)) + f"-{chance.randint(100, 9999)}"
        yield (
            f"{2000 + number % 26}{number:06d}",
            name,
            f"Instrument {number % 977}",
            f"03{chance.randint(1, 30):02d}{chance.randint(1, 20):02d}",
            model,
            chance.choice(_MAKERS),
            f"{chance.randint(800, 4_000_000)}.00",
            f"U{number % 120:03d}",
            f"第{number % 120}实验室",
            "在用",
            "科研",
            "2019-05-07",
        )


def _search(at: datetime) -> None:
    all_ours, all_theirs, worst = list[float](), list[float](), 0.0
    for text in _WORDS:
        ours, theirs, rows = _compare(text, at)
        all_ours.append(median(ours))
        all_theirs.append(median(theirs))
        worst = max(worst, median(ours) / median(theirs))
        say(
            "search",
            database=connection.vendor,
            text=text,
            rows=rows,
            **spread(ours),
            baseline_p50_ms=round(median(theirs), 3),
            ratio=round(median(ours) / median(theirs), 2),
        )
    ratio = sum(all_ours) / sum(all_theirs)
    say(
        "search_all",
        database=connection.vendor,
        keywords=len(_WORDS),
        sum_ms=round(sum(all_ours), 2),
        baseline_sum_ms=round(sum(all_theirs), 2),
        ratio=round(ratio, 2),
        worst_ratio=round(worst, 2),
        bar=f"<= {SEARCH_BAR} for every keyword",
        meets_bar=worst <= SEARCH_BAR,
    )
    _turned(at)


def _turned(at: datetime) -> None:
    """The page after, and the one before, from the middle of what a common keyword finds."""
    cursor = ""
    for _page in range(20):
        part = page_of(Wanted(text="质谱仪"), at, size=PAGE, cursor=cursor)
        cursor = part.next
    if not cursor:
        return
    took: dict[str, list[float]] = {"next": [], "previous": []}
    for _turn in range(TIMES + 1):
        for way, where in (("next", part.next), ("previous", part.previous)):
            begin = time.perf_counter()
            page_of(Wanted(text="质谱仪"), at, size=PAGE, cursor=where)
            took[way].append((time.perf_counter() - begin) * 1000)
    for way, times in took.items():
        say(f"turned_{way}", database=connection.vendor, pages_in=20, **spread(times[1:]))


def _compare(text: str, at: datetime) -> tuple[list[float], list[float], int]:
    """The page's query and the statement by hand, in turn; they must find the same rows."""
    ours, theirs = list[float](), list[float]()
    by_hand = _by_hand(text)
    for turn in range(TIMES + 1):
        begin = time.perf_counter()
        part = page_of(Wanted(text=text), at, size=PAGE)
        middle = time.perf_counter()
        rows = by_hand()
        end = time.perf_counter()
        if [one.pk for one in part.rows] != [row[0] for row in rows[:PAGE]]:
            raise RuntimeError(f"'{text}' found other rows by hand")
        if turn:
            ours.append((middle - begin) * 1000)
            theirs.append((end - middle) * 1000)
    return ours, theirs, len(part.rows)


def _by_hand(text: str) -> Callable[[], list[tuple[object, ...]]]:
    words = needles(text)
    where = " AND ".join(["gone_at IS NULL", *("haystack LIKE %s" for _ in words)])
    sql = f"SELECT {_COLUMNS} FROM library_asset WHERE {where} ORDER BY asset_no LIMIT {PAGE + 1}"  # noqa: S608 - ours
    values = [f"%{word}%" for word in words]

    def read() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    return read
