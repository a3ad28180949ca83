"""What crews report, what laboratories correct, and papers that count once."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.evaluation import publications, reporting, sheets
from apps.evaluation.access import find_sheet, visible_sheets
from apps.evaluation.bibliography import normal_doi, title_key
from apps.evaluation.models import Claim, Publication, Round, Sheet
from apps.people.operations import appoint_post
from tests.factories.evaluations import confirmed, drawn, item, sheet_of
from tests.factories.instruments import many
from tests.factories.refusals import refused
from tests.people import People


@pytest.fixture
def round_(db: None, they: People, now: datetime) -> Round:
    appoint_post(user=they.wang, unit=they.lab, kind="lab_head", by=they.office, now=now)
    return drawn(they, now)


@pytest.fixture
def sheet(round_: Round, they: People) -> Sheet:
    return sheet_of(round_, they.sem)


def test_the_crew_reports_with_evidence(sheet: Sheet, they: People, now: datetime) -> None:
    made = reporting.report_item(
        sheet=sheet, key="prizes_school", amount=Decimal(2), what=" 校教学成果奖 ", by=they.teng, now=now
    )
    assert made.what == "校教学成果奖"
    assert made.amount == made.counted == 2
    shown = reporting.attach_evidence(item=made, name="prize.pdf", size=1000, by=they.teng, now=now)
    again = reporting.attach_evidence(item=made, name="prize.pdf", size=1000, by=they.teng, now=now)
    assert again == shown
    assert reporting.find_evidence(shown.ulid, they.teng, now) == shown.file
    for stranger in (they.alice, they.charlie):
        with refused(NotFound, "evaluation.no_sheet"):
            reporting.find_evidence(shown.ulid, stranger, now)
    with refused(NotFound, "evaluation.no_file"):
        reporting.find_evidence("0" * 26, they.teng, now)


@pytest.mark.parametrize(
    ("key", "amount", "what", "code"),
    [
        ("effective_hours", "3", "more hours", "evaluation.not_reported"),
        ("papers_core", "3", "papers", "evaluation.not_reported"),
        ("prizes_school", "1.5", "half a prize", "evaluation.amount"),
        ("prizes_school", "-1", "less", "evaluation.amount"),
        ("prizes_school", "NaN", "nothing", "evaluation.amount"),
        ("prizes_school", "9999999", "all", "evaluation.amount"),
        ("prizes_school", "1", "  ", "evaluation.what"),
    ],
)
def test_what_cannot_be_reported(
    sheet: Sheet, they: People, now: datetime, key: str, amount: str, what: str, code: str
) -> None:
    with refused(Invalid, code):
        reporting.report_item(sheet=sheet, key=key, amount=Decimal(amount), what=what, by=they.teng, now=now)


def test_strangers_neither_report_nor_correct(sheet: Sheet, they: People, now: datetime) -> None:
    made = item(sheet, now)
    for stranger in (they.alice, they.charlie, they.wang):
        with refused(NotPermitted, "evaluation.not_reporter"):
            reporting.report_item(
                sheet=sheet, key="prizes_school", amount=Decimal(1), what="x", by=stranger, now=now
            )
        with refused(NotPermitted, "evaluation.not_reporter"):
            reporting.withdraw_item(item=made, by=stranger, now=now)
        with refused(NotPermitted, "evaluation.not_reporter"):
            publications.claim_paper(sheet=sheet, title="A", year=2026, by=stranger, now=now)
    sheets.pass_on(sheet=sheet, to="lab", by=None, now=now)
    for stranger in (they.alice, they.teng):
        with refused(NotPermitted, "evaluation.not_reviewer"):
            reporting.correct_item(item=made, counted=Decimal(0), reason="x", by=stranger, now=now)


def test_the_laboratory_corrects_with_a_reason_and_the_report_stays(
    sheet: Sheet, they: People, now: datetime
) -> None:
    made = item(sheet, now, amount="3")
    with refused(WrongState, "evaluation.sheet_state"):  # the crew still reports
        reporting.correct_item(item=made, counted=Decimal(1), reason="twice", by=they.wang, now=now)
    sheets.pass_on(sheet=sheet, to="lab", by=None, now=now)
    with refused(WrongState, "evaluation.sheet_state"):  # now it does not
        reporting.withdraw_item(item=made, by=they.teng, now=now)
    with refused(Invalid, "core.reason_required"):
        reporting.correct_item(item=made, counted=Decimal(1), reason=" ", by=they.wang, now=now)
    kept = reporting.correct_item(item=made, counted=Decimal(1), reason="two twice", by=they.wang, now=now)
    made.refresh_from_db()
    assert [made.amount, made.counted] == [kept.before, kept.after] == [Decimal(3), Decimal(1)]
    assert reporting.sums([sheet])[sheet.pk]["prizes_school"][0] == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(kept).objects.update(after=3)


def test_an_item_that_was_taken_back_counts_nothing(sheet: Sheet, they: People, now: datetime) -> None:
    made = item(sheet, now)
    reporting.withdraw_item(item=made, by=they.teng, now=now)
    with refused(WrongState, "evaluation.item_gone"):
        reporting.withdraw_item(item=made, by=they.teng, now=now)
    assert reporting.sums([sheet]) == {sheet.pk: {}}


# -- papers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "10.1038/NATURE12373",
        "https://doi.org/10.1038/nature12373",
        "http://dx.doi.org/10.1038/nature12373",
        "doi: 10.1038/nature12373.",
        " DOI:10.1038/nature12373 ",
        "10.1038/nature12373\u3002",
    ],
)
def test_a_doi_is_the_same_however_it_is_typed(typed: str) -> None:
    assert normal_doi(typed) == "10.1038/nature12373"


def test_brackets_of_a_doi_are_its_own() -> None:
    assert normal_doi("10.1016/S0022-2836(05)80360-2") == "10.1016/s0022-2836(05)80360-2"
    assert normal_doi("(10.1016/x)".strip("(")) == "10.1016/x"
    assert normal_doi("") == ""


@pytest.mark.parametrize(
    "wrong", ["nature12373", "11.1038/x", "10.1/x", "10.1038", "10.1038/ x", "https://doi.org/"]
)
def test_what_is_no_doi(wrong: str) -> None:
    with refused(Invalid, "evaluation.doi"):
        normal_doi(wrong)


@given(st.text(min_size=1, max_size=80))
def test_the_key_of_a_title_forgets_case_blanks_and_signs(title: str) -> None:
    try:
        key = title_key(title)
    except Invalid:
        assert not any(sign.isalnum() for sign in title.casefold())
    else:
        assert title_key(f"  {title}. ") == key
        assert title_key(key) == key


def test_one_paper_stands_once_and_counts_once(sheet: Sheet, they: People, now: datetime) -> None:
    first = publications.claim_paper(
        sheet=sheet, title="On Things: A Study", year=2026, doi="10.1038/X1", by=they.teng, now=now
    )
    for title, doi in (("on things a study", "https://doi.org/10.1038/x1"), ("On Things, a Study.", "")):
        with refused(WrongState, "evaluation.claimed"):
            publications.claim_paper(sheet=sheet, title=title, year=2026, doi=doi, by=they.teng, now=now)
    assert Publication.objects.count() == 1
    with refused(Invalid, "evaluation.paper_differs"):
        publications.claim_paper(sheet=sheet, title="Another", year=2026, doi="10.1038/x1", by=None, now=now)
    with refused(Invalid, "evaluation.paper_differs"):
        publications.claim_paper(
            sheet=sheet, title="On things: a study", year=2026, doi="10.1038/x2", by=None, now=now
        )
    publications.withdraw_claim(claim=first, by=they.teng, now=now)
    again = publications.claim_paper(sheet=sheet, title="On things: a study", year=2026, by=None, now=now)
    assert again.publication.doi == "10.1038/x1"


def test_a_paper_without_doi_gets_it_later(sheet: Sheet, now: datetime) -> None:
    claim = publications.claim_paper(sheet=sheet, title="A study", year=2026, by=None, now=now)
    publications.withdraw_claim(claim=claim, by=None, now=now)
    publications.claim_paper(sheet=sheet, title="A Study", year=2026, doi="10.1038/x9", by=None, now=now)
    assert Publication.objects.get().doi == "10.1038/x9"


@pytest.mark.parametrize(("policy", "share"), [("split", Fraction(1, 2)), ("each", Fraction(1))])
def test_what_two_instruments_claim_is_shared_or_counts_for_each(
    sheet: Sheet, round_: Round, now: datetime, policy: str, share: Fraction
) -> None:
    other = many(sheet.instrument, 1)[0]  # type: ignore[arg-type]
    second = Sheet.objects.create(
        round=round_, instrument=other, unit=sheet.unit, cohort="general", state="reporting"
    )
    round_.numbers["shared_papers"] = policy
    round_.save()
    for one in (sheet, second):
        publications.claim_paper(sheet=one, title="Both", year=2026, by=None, now=now)
    publications.claim_paper(sheet=sheet, title="Mine", year=2025, core=False, by=None, now=now)
    publications.claim_paper(sheet=sheet, title="Too early", year=2024, by=None, now=now)
    found = publications.counted(round_, [sheet, second])
    assert found[sheet.pk]["papers_core"][0] == share
    assert found[sheet.pk]["papers"][0] == share + 1
    assert found[second.pk]["papers_core"][0] == share


def test_a_paper_that_the_laboratory_refuses_counts_nothing(
    sheet: Sheet, round_: Round, they: People, now: datetime
) -> None:
    claim = publications.claim_paper(sheet=sheet, title="Not ours", year=2026, by=they.teng, now=now)
    sheets.pass_on(sheet=sheet, to="lab", by=None, now=now)
    with refused(NotPermitted, "evaluation.not_reviewer"):
        publications.refuse_claim(claim=claim, reason="x", by=they.teng, now=now)
    publications.refuse_claim(claim=claim, reason="made elsewhere", by=they.wang, now=now)
    assert publications.counted(round_, [sheet])[sheet.pk]["papers_core"] == (Fraction(0), [])
    assert Claim.objects.get().refused == "made elsewhere"


# -- who reads ---------------------------------------------------------------------------------------------


def test_who_reads_a_sheet_before_it_is_published(
    sheet: Sheet, round_: Round, they: People, now: datetime
) -> None:
    for user in (they.teng, they.olga, they.office, they.finance):  # finance sees the reports of the school
        assert find_sheet(sheet.ulid, user, now) == sheet
    for user in (they.alice, they.charlie):
        assert not visible_sheets(user, round_, now).exists()
        with refused(NotFound, "evaluation.no_sheet"):
            find_sheet(sheet.ulid, user, now)


def test_a_confirmed_sheet_is_closed(sheet: Sheet, round_: Round, they: People, now: datetime) -> None:
    confirmed(round_, now)
    with refused(WrongState, "evaluation.sheet_state"):
        reporting.report_item(
            sheet=sheet, key="prizes_school", amount=Decimal(1), what="x", by=they.teng, now=now
        )
