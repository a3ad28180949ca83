"""Questions from files: CSV in UTF-8 and GBK, Excel; every bad row told, loaded whole or not at all, and a
second time without effect.
"""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from apps.core.clock import SCHOOL_ZONE
from apps.core.errors import Invalid, NotFound, WrongState
from apps.training.exams import start_exam
from apps.training.models import Question, QuestionUpload
from apps.training.question_import import import_questions, load_questions, preview_questions
from apps.training.question_rows import COLUMNS
from apps.training.questions import write_question
from apps.training.uploads import MOST_BYTES
from tests import people
from tests.factories import training as make
from tests.factories.facts import audited
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _row(code: str, **cells: str) -> dict[str, str]:
    return {
        "code": code,
        "topic": "SEM",
        "kind": "单选",
        "points": "2",
        "question_zh": f"{code}：装样前先做什么？",  # noqa: RUF001 - Chinese punctuation
        "question_en": "What comes before loading?",
        "option_a_zh": "放气",
        "option_a_en": "Vent",
        "option_b_zh": "关高压",
        "option_b_en": "High tension off",
        "answer": "B",
        "explanation_zh": "先关高压",
        **cells,
    }


def _csv(rows: list[dict[str, str]], *, encoding: str = "utf-8-sig", columns: Any = COLUMNS) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _xlsx(rows: list[dict[str, Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([row.get(column) for column in COLUMNS])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


GOOD = [
    _row("Q1"),
    _row("Q2", kind="multiple", option_c_zh="清洁", answer="a, c"),
    _row("Q3", kind="判断", option_a_zh="", option_a_en="", option_b_zh="", option_b_en="", answer="错"),
]


@pytest.fixture
def they(now: datetime) -> people.People:
    found = people.gather(now)
    make.topic(found, now)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_file_of_either_encoding_is_loaded(they: people.People, now: datetime, encoding: str) -> None:
    report = import_questions(content=_csv(GOOD, encoding=encoding), by=they.teng, now=now)
    assert (report.new, report.changed, report.unchanged, report.faults) == (3, 0, 0, ())
    first, second, third = Question.objects.order_by("code")
    assert (first.kind, first.points, first.correct) == ("single", 2, ["B"])
    assert first.options[1] == {"key": "B", "zh": "关高压", "en": "High tension off"}
    assert (second.kind, second.correct, len(second.options)) == ("multiple", ["A", "C"], 3)
    assert (third.kind, third.correct, third.options[1]["zh"]) == ("true_false", ["B"], "错误")


def test_a_workbook_is_loaded_like_the_csv_file(they: people.People, now: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {**_row("Q1"), "points": 2, "active_from": datetime(2026, 12, 1)},  # noqa: DTZ001 - as Excel has it
        {**GOOD[2], "answer": False},
    ]
    report = import_questions(content=_xlsx(rows), by=they.teng, now=now)
    assert (report.new, report.faults) == (2, ())
    first, third = Question.objects.order_by("code")
    assert first.valid_from == datetime(2026, 12, 1, tzinfo=SCHOOL_ZONE)
    assert third.correct == ["B"]
    text = import_questions(content=_csv([_row("Q1", active_from="2026-12-01")]), by=they.teng, now=now)
    assert (text.new, text.changed, text.unchanged) == (0, 0, 1)


def test_the_same_file_again_changes_nothing(they: people.People, now: datetime) -> None:
    import_questions(content=_csv(GOOD), by=they.teng, now=now)
    before = list(Question.objects.order_by("pk").values())
    report = import_questions(content=_csv(GOOD, encoding="gbk"), by=they.teng, now=now + DAY)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
    assert list(Question.objects.order_by("pk").values()) == before
    assert len(audited("training.import_questions")) == 1


def test_a_changed_row_replaces_one_wording_and_leaves_the_others(they: people.People, now: datetime) -> None:
    import_questions(content=_csv(GOOD), by=they.teng, now=now)
    changed = [_row("Q1", answer="A"), *GOOD[1:], _row("Q4")]
    report = import_questions(content=_csv(changed), by=they.teng, now=now + DAY)
    assert (report.new, report.changed, report.unchanged) == (1, 1, 2)
    assert Question.objects.count() == 5
    assert Question.objects.get(code="Q1", revoked_at=None).correct == ["A"]


def test_every_bad_row_is_told_and_nothing_is_loaded(they: people.People, now: datetime) -> None:
    make.topic(they, now, "GEN", school=True)
    rows = [
        _row("Q1"),
        _row("Q1"),
        _row("Q2", kind="作文"),
        _row("Q3", topic="NONE"),
        _row("Q4", topic="GEN"),
        _row("Q5", points="zwei", answer="E"),
        _row("Q6", option_b_zh="", option_c_zh="丙"),
        _row("Q7", active_from="2026-02-30"),
        _row("Q8", active_from="2026-12-02", active_until="2026-12-01"),
        _row("Q9", question_zh=""),
    ]
    with refused(Invalid, "training.import_refused") as met:
        import_questions(content=_csv(rows), by=they.teng, now=now)
    assert [(one["row"], one["column"], one["code"]) for one in met.details["faults"]] == [
        (3, "code", "training.question_twice"),
        (4, "kind", "training.question_kind"),
        (5, "topic", "training.topic_unknown"),
        (6, "topic", "training.not_topic_keeper"),
        (7, "answer", "training.question_correct"),
        (7, "points", "training.question_points"),
        (8, "option_a_zh", "training.question_options"),
        (9, "active_from", "training.question_day"),
        (10, "active_until", "training.question_period"),
        (11, "question_zh", "training.question_text"),
    ]
    assert all(one["message"] for one in met.details["faults"])
    assert not Question.objects.exists()


def test_a_question_of_anothers_topic_is_not_taken_over_by_its_code(
    they: people.People, now: datetime
) -> None:
    make.topic(they, now, "GEN", school=True)
    write_question(wording=make.wording("Q1", "GEN"), by=they.office, now=now)
    with refused(Invalid, "training.import_refused") as met:
        import_questions(content=_csv([_row("Q1")]), by=they.teng, now=now)
    assert [one["code"] for one in met.details["faults"]] == ["training.not_topic_keeper"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "training.file_size"),
        (b"x" * (MOST_BYTES + 1), "training.file_size"),
        (b"\x80\x81\xff\xfe\x00", "training.file_encoding"),
        (b"code,topic\nQ1,SEM\n", "training.file_columns"),
        (_csv([]), "training.file_rows"),
        (b"PK\x03\x04 not a workbook", "training.file_unreadable"),
        (
            _csv([_row("Q1")]).replace(b"\r\n", b"\r\n\r\n") + b'"' + b"x" * 200_000,
            "training.file_unreadable",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    they: people.People, now: datetime, content: bytes, code: str
) -> None:
    with refused(Invalid, code):
        import_questions(content=content, by=they.teng, now=now)


def test_missing_columns_are_named_and_optional_ones_may_miss(they: people.People, now: datetime) -> None:
    with refused(Invalid, "training.file_columns") as met:
        import_questions(content=b"code,topic\nQ1,SEM\n", by=they.teng, now=now)
    assert met.details["columns"] == ["kind", "question_zh", "option_a_zh", "option_b_zh", "answer"]
    few = ("code", "topic", "kind", "question_zh", "option_a_zh", "option_b_zh", "answer")
    import_questions(content=_csv([_row("Q1")], columns=few), by=they.teng, now=now)
    assert Question.objects.get().points == 1


def test_a_row_with_more_cells_than_headings_is_a_fault(they: people.People, now: datetime) -> None:
    with refused(Invalid, "training.import_refused") as met:
        import_questions(content=_csv([_row("Q1")]).rstrip() + b",surplus\n", by=they.teng, now=now)
    assert met.details["faults"][0]["code"] == "training.row_too_long"


def test_a_file_is_looked_at_first_and_loaded_by_a_second_yes(they: people.People, now: datetime) -> None:
    import_questions(content=_csv([_row("Q1")]), by=they.teng, now=now)
    upload, report = preview_questions(
        name="q.csv", content=_csv([_row("Q1", points="5"), *GOOD[1:]]), by=they.teng, now=now
    )
    assert upload is not None
    assert (report.new, report.changed, report.unchanged, report.loads) == (2, 1, 0, True)
    assert Question.objects.count() == 1
    with refused(NotFound, "training.upload_gone"):
        load_questions(upload=upload, by=they.office, now=now)
    assert load_questions(upload=upload, by=they.teng, now=now) == report
    assert Question.objects.count() == 4
    with refused(NotFound, "training.upload_gone"):
        load_questions(upload=upload, by=they.teng, now=now)
    assert not QuestionUpload.objects.exists()


def test_a_file_with_faults_does_not_wait(they: people.People, now: datetime) -> None:
    upload, report = preview_questions(
        name="q.csv", content=_csv([_row("Q1", kind="x")]), by=they.teng, now=now
    )
    assert upload is None
    assert [fault.code for fault in report.faults] == ["training.question_kind"]
    assert not QuestionUpload.objects.exists()


def test_the_yes_is_judged_by_the_bank_of_that_moment(they: people.People, now: datetime) -> None:
    upload, _report = preview_questions(name="q.csv", content=_csv([_row("Q1")]), by=they.teng, now=now)
    assert upload is not None
    import_questions(content=_csv([_row("Q1")]), by=they.office, now=now)
    report = load_questions(upload=upload, by=they.teng, now=now)
    assert (report.new, report.unchanged) == (0, 1)


def test_old_uploads_vanish_with_the_next_one(they: people.People, now: datetime) -> None:
    preview_questions(name="a.csv", content=_csv([_row("Q1")]), by=they.teng, now=now)
    preview_questions(name="b.csv", content=_csv([_row("Q1")]), by=they.office, now=now + 2 * DAY)
    assert [one.name for one in QuestionUpload.objects.all()] == ["b.csv"]


def test_nobody_uploads_questions_while_sitting_an_exam(they: people.People, now: datetime) -> None:
    start_exam(user=they.teng, course=make.safety_course(they, now), by=they.teng, now=now)
    with refused(WrongState, "training.exam_running"):
        preview_questions(name="q.csv", content=_csv(GOOD), by=they.teng, now=now)
    with refused(WrongState, "training.exam_running"):
        import_questions(content=_csv(GOOD), by=they.teng, now=now)


def test_ten_thousand_rows_are_loaded_in_one_go(they: people.People, now: datetime) -> None:
    rows = [_row(f"Q{number:05d}") for number in range(10_000)]
    report = import_questions(content=_csv(rows), by=they.teng, now=now)
    assert report.new == Question.objects.count() == 10_000
