"""A case as a paper: who signed, for whom, with which words, and all that was shown; in both languages."""

from base64 import b64decode
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from apps.people.absences import declare_absence
from documents.contexts import Words
from documents.sheets import compose, print_case
from tests.people import People
from tests.workflows.toys import three_steps, waiting, yes
from workflows import services
from workflows.paper import paper_of, way_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_paper_holds_every_signature_with_its_opinion(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    services.add_signer(step=step, by=they.wang, user=they.olga, now=now, where="after", reason="一并签")
    services.answer(step=step, by=they.wang, now=now, outcome="approve", opinion="同意")
    services.answer(step=step, by=they.olga, now=now + DAY, outcome="approve", opinion="无异议")
    paper = paper_of(case, by=they.alice, now=now + DAY)
    lines = [(line.person.zh, line.opinion, line.approves, line.at) for line in paper.countersigns]
    assert lines == [
        ("王教授", "同意", True, now),
        ("欧丽佳", "无异议", True, now + DAY),
        ("滕老师", "", None, None),
    ]
    assert paper.countersigns[0].role == Words(they.lab.parent.name_zh, they.lab.parent.name_en)  # type: ignore[union-attr]
    assert (paper.case_number, paper.applicant.en, paper.settled) == (case.number, "Alice", None)
    assert paper.dossier_digest == case.dossiers.get().digest
    assert [pair.value for section in paper.sections for pair in section.pairs] == [Words("艾丽", "艾丽")]
    assert paper.address.endswith(f"/cases/{case.ulid}/")


def test_a_substitute_signs_on_behalf_of_whom_they_stand_in_for(they: People, now: datetime) -> None:
    declare_absence(
        user=they.wang,
        substitute=they.teng,
        valid_from=now,
        valid_until=now + 9 * DAY,
        by=they.wang,
        now=now,
    )
    case = three_steps(they, now)
    yes(case, they.teng, now)
    [signed, _next] = paper_of(case, by=they.alice, now=now).countersigns
    assert (signed.person.zh, signed.on_behalf_of.zh) == ("滕老师", "王教授")


def test_what_was_sent_back_counts_neither_way_and_what_was_cancelled_is_left_out(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    services.send_back(step=waiting(case)["tutor"], by=they.wang, now=now, to="revise", reason="缺附件")
    services.answer(step=waiting(case)["revise"], by=they.alice, now=now, outcome="complete")
    services.withdraw(case=case, by=they.alice, now=now, reason="另行申请")
    case.refresh_from_db()
    paper = paper_of(case, by=they.alice, now=now)
    assert [(line.opinion, line.approves) for line in paper.countersigns] == [("缺附件", None)]
    assert paper.facts[0].value == "另行申请"
    assert paper.settled is None
    assert [happening.note for happening in paper.history if happening.note] == ["缺附件", "另行申请"]


@pytest.mark.parametrize(("outcome", "state"), [("reject", "Refused"), ("approve", "Approved")])
def test_an_ended_case_says_whether_it_was_granted(
    outcome: str, state: str, they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now)
    yes(case, they.teng, now)
    services.answer(step=waiting(case)["office"], by=they.olga, now=now, outcome=outcome, opinion="x")
    services.sweep(now=now + 2 * DAY)
    case.refresh_from_db()
    paper = paper_of(case, by=they.alice, now=now + 2 * DAY)
    assert paper.settled is (outcome == "approve")
    assert paper.state.en == state


def test_every_type_of_value_is_printed_in_words(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    rows = [
        {"label": "A", "value": 123450, "type": "money"},
        {"label": "B", "value": 210, "type": "hours"},
        {"label": "C", "value": ["甲", "乙"], "type": "list"},
        {"label": "D", "value": "2026-12-31", "type": "date"},
        {"label": "E", "value": "2026-11-23T02:00:00+00:00", "type": "datetime"},
        {"label": "F", "value": {"zh": "电镜", "en": "SEM"}},
        {"label": "G", "value": None},
        {"label": "H", "value": "Student", "type": "choice"},
    ]
    table = {"columns": ["K", "L"], "rows": [["丙", 7]]}
    content = {"sections": [{"title": "All", "rows": rows, "table": table}]}
    case.dossiers.create(number=2, content=content, digest="d" * 64, frozen_at=now)
    [section] = paper_of(case, by=they.alice, now=now).sections
    said = [pair.value.said("en") for pair in section.pairs if isinstance(pair.value, Words)]
    assert said == ["¥1,234.50", "3.5 h", "甲\n乙", "2026-12-31", "2026-11-23 10:00", "SEM", "", "Student"]
    assert section.pairs[-1].value == Words("学生", "Student")
    assert [column.numeric for column in section.tables[0].columns] == [False, True]


def test_the_paper_renders_in_both_languages(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    yes(case, they.wang, now, opinion="同意 \U0001f44d")
    paper = paper_of(case, by=they.alice, now=now)
    with override("en"):
        assert paper.title.en in compose(paper, language="en")
    for language in ("zh-hans", "en"):
        assert print_case(paper, language).startswith(b"%PDF-")


def test_the_print_ends_with_the_way_that_the_case_took(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.send_back(step=waiting(case)["tutor"], by=they.wang, now=now, to="revise", reason="缺附件")
    paper = paper_of(case, by=they.alice, now=now)
    for language, title in (("zh-hans", "开始"), ("en", "Beginning")):
        picture = way_of(case, language)
        svg = b64decode(picture.partition("base64,")[2]).decode()
        assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own file
        assert f"{title}</tspan>" in svg
        assert "var(" not in svg
        assert svg.count("is-present") > svg.count(".is-present") > 0
        assert 'class="flow-return"' in svg
        assert picture in compose(paper, language=language, diagram=picture)
        assert len(print_case(paper, language, diagram=picture)) > len(print_case(paper, language)) + 1000
