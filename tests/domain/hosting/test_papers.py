"""The papers of hosting: the agreement with its countersign table and the statement, sealed, checked, and
read by both sides only.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.core.figures import Figure, FigureUnit
from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Agreement
from apps.hosting.papers import issue_agreement, issue_statement, paper_of, statement_paper
from apps.hosting.running import take_in
from apps.hosting.statements import make_statement
from documents.checks import Standing
from documents.models import Document
from documents.operations import seal
from documents.queries import check, may_read, sealed_bytes
from tests.factories.hosting import THINGS, House, countersigned, fresh, running
from tests.people import another_group


@pytest.fixture(autouse=True)
def _disk(tmp_path: Path, settings: Any) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"


def figures() -> dict[str, Figure]:
    """What the reports would give."""
    return {
        "effective_hours": Figure("effective_hours", FigureUnit.HOURS_MS, 432_000_000, "usage.records", 42),
        "users": Figure("users", FigureUnit.PEOPLE, 9, "usage.records", 42),
        "use_rate": Figure("use_rate", FigureUnit.PERMILLE, 712, "figures.ratio", 42),
    }


def printed(document: Document, language: str, now: datetime) -> bytes:
    return sealed_bytes(seal(document=document, language=language, now=now))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_agreement_is_an_official_paper_in_both_languages(home: House, language: str) -> None:
    agreement = countersigned(home)
    paper = issue_agreement(agreement, case_number="HST2026-000001", now=home.now)
    assert issue_agreement(agreement, case_number="HST2026-000001", now=home.now) == paper
    assert paper == paper_of(agreement)
    assert printed(paper, language, home.now).startswith(b"%PDF-")


def test_its_standing_follows_the_agreement(home: House) -> None:
    agreement = countersigned(home)
    paper = issue_agreement(agreement, case_number="HST2026-000001", now=home.now)
    found = check(paper.check_code, home.now)
    assert found is not None
    assert found.standing is Standing.NOT_YET
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    take_in(agreement=agreement, manager=home.hugo, by=home.owner, now=home.now)
    found = check(paper.check_code, home.now)
    assert found is not None
    assert found.standing is Standing.VALID
    Agreement.objects.filter(pk=agreement.pk).update(state="ended", ended_at=home.now)
    found = check(paper.check_code, home.now)
    assert found is not None
    assert found.standing is Standing.EXPIRED


def test_both_sides_and_the_office_read_them_and_nobody_else(home: House) -> None:
    agreement = running(home)
    first = datetime(2026, 12, 1, tzinfo=UTC)
    paper = issue_agreement(agreement, case_number="HST2026-000001", now=home.now)
    statement = make_statement(agreement=agreement, month="2026-11", figures=figures(), now=first)
    other = issue_statement(statement, now=first)
    assert other == statement_paper(statement)
    for document in (paper, other):
        for user in (home.owner, home.hana, home.they.office):
            assert may_read(user, document, first)
        for user in (home.they.alice, another_group(home.they, home.now).pi):
            assert not may_read(user, document, first)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_statement_keeps_its_figures_and_is_printed(home: House, language: str) -> None:
    agreement = running(home)
    first = datetime(2026, 12, 1, tzinfo=UTC)
    statement = make_statement(agreement=agreement, month="2026-11", figures=figures(), now=first)
    assert make_statement(agreement=agreement, month="2026-11", figures={}, now=first) == statement
    assert statement.content["figures"]["users"]["value"] == 9
    paper = issue_statement(statement, now=first)
    assert paper.number == "TGDZ-2026-00001"
    assert printed(paper, language, first).startswith(b"%PDF-")
    assert fresh(agreement).statements.count() == 1
