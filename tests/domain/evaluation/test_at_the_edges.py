"""Schemes and rounds at their edges: the first day for which a version is meant, scores above what there is,
formulas that divide by nothing for one instrument, numbers and names that no column holds.
"""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from apps.core.errors import Invalid, WrongState
from apps.evaluation import publications, publishing, rounds, schemes
from apps.evaluation.bibliography import normal_doi
from apps.evaluation.checking import findings
from apps.evaluation.content import Content, read, stored
from apps.evaluation.models import Claim, Publication, Scheme, SchemeVersion, Sheet
from apps.evaluation.scorers import score_round
from apps.evaluation.shipped import shipped
from tests.factories.evaluations import YEAR, confirmed, drawn, figures, scheme, scored
from tests.factories.instruments import many
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db


def part(content: Content, key: str, **changes: Any) -> Content:
    parts = tuple(replace(one, **changes) if one.key == key else one for one in content.parts)
    return replace(content, parts=parts)


def adopted(they: People, now: datetime, content: Content, day: date) -> SchemeVersion:
    scheme(now)
    draft = schemes.begin_draft(scheme=Scheme.objects.get(key="ministry"), by=they.office, now=now)
    saved = schemes.save_draft(version=draft, revision=1, content=content, by=they.office, now=now)
    return schemes.adopt(version=saved, revision=2, valid_from=day, citation="", by=they.office, now=now)


def test_a_version_counts_for_the_period_that_begins_on_its_first_day(they: People, now: datetime) -> None:
    """1 September begins while it is still August in London."""
    other = part(shipped("ministry"), "hours", formula="effective_hours / quota * 90")
    version = adopted(they, now, other, date(YEAR, 9, 1))
    assert rounds.open_round(version=version, year=YEAR, by=they.office, now=now).year == YEAR
    with refused(Invalid, "evaluation.not_for_period"):
        rounds.open_round(version=version, year=YEAR - 1, by=they.office, now=now)


@pytest.mark.parametrize("cap", ["100.05", "200"])
def test_a_scheme_that_gives_more_than_a_hundred_is_not_adopted(cap: str) -> None:
    found = findings(part(shipped("ministry"), "hours", cap=Fraction(cap)))
    assert [one.code for one in found] == ["evaluation.too_much"]


def test_rounding_makes_no_more_than_a_hundred_either() -> None:
    whole = shipped("ministry")
    eighths = tuple(replace(whole.parts[0], key=f"p{number}", weight=Fraction("12.5")) for number in range(8))
    found = findings(replace(whole, parts=eighths, decimals=0))
    assert [one.code for one in found] == ["evaluation.too_much"]


@pytest.mark.parametrize("number", ["1e99999999", "1e5", "1_0", "٣", "nan", "inf", "0x1", ""])
def test_numbers_of_a_scheme_are_written_out(number: str) -> None:
    kept = stored(shipped("ministry"))
    kept["figures"][0]["step"] = number
    with refused(Invalid, "evaluation.scheme_shape"):
        read(kept)


def test_an_instrument_for_which_a_formula_divides_by_nothing_keeps_no_round_waiting(
    they: People, now: datetime
) -> None:
    many(they.sem, 1)
    formula = "effective_hours / (quota - 2 * effective_hours) * 100"
    version = adopted(they, now, part(shipped("ministry"), "hours", formula=formula), date(YEAR, 9, 1))
    round_ = rounds.open_round(version=version, year=YEAR, by=they.office, now=now)
    quota = int(version.tree.cohort(round_.sheets.all()[0].cohort).values["quota"])
    hours = {they.sem.pk: quota // 2}
    rounds.freeze(
        round_=round_,
        figures={
            one.pk: figures(hours.get(one.instrument_id or 0, quota // 4)) for one in round_.sheets.all()
        },
        now=now,
    )
    rounds.begin_reports(round_=round_, now=now)
    confirmed(round_, now)
    assert score_round(round_=round_, now=now).state == "judging"
    lines = {one.instrument_id: one.score.lines for one in round_.sheets.select_related("score")}
    weighted = {
        pk: next(line["weighted"] for line in found if line["part"] == "hours") for pk, found in lines.items()
    }
    assert weighted.pop(they.sem.pk) == 0
    assert set(weighted.values()) == {1750}


def test_shares_of_many_papers_are_frozen_whatever_their_divisors(they: People, now: datetime) -> None:
    """Papers that 2, 3, 5, … sheets claim make a divisor that no column of the table holds."""
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
    many(they.sem, max(primes))
    round_ = drawn(they, now)
    sheets = list(round_.sheets.order_by("id"))
    year = round_.ends.year
    for number in primes:
        paper = Publication.objects.create(
            title=f"P{number}", title_key=f"p{number}", year=year, added_at=now
        )
        Claim.objects.bulk_create(Claim(publication=paper, sheet=one, at=now) for one in sheets[:number])
    confirmed(round_, now)
    assert score_round(round_=round_, now=now).state == "judging"
    frozen = Sheet.objects.get(pk=sheets[0].pk).figures.get(key="papers_core")
    assert frozen.divisor < 2**31
    assert abs(Fraction(frozen.value, frozen.divisor) - sum(Fraction(1, one) for one in primes)) < Fraction(
        1, 10**8
    )


def test_a_doi_that_no_column_holds_is_none() -> None:
    with refused(Invalid, "evaluation.doi"):
        normal_doi("10.1234" + ".1" * 90 + "/" + "\u3396" * 12)


def test_a_paper_that_somebody_enters_at_this_moment_is_found(they: People, now: datetime) -> None:
    round_ = drawn(they, now)
    sheet = round_.sheets.all()[0]
    paper: dict[str, Any] = {"title": "A", "year": round_.ends.year, "by": None, "now": now}
    first = publications.claim_paper(sheet=sheet, doi="10.1000/a", **paper)
    with refused(Invalid, "evaluation.paper_differs"):
        publications.claim_paper(sheet=sheet, doi="10.1000/b", **paper)
    assert first.publication.doi == "10.1000/a"


def test_what_has_a_published_score_is_not_judged_again_for_the_period(they: People, now: datetime) -> None:
    """Awards and charges would follow twice."""
    many(they.sem, 1)
    round_ = publishing.open_notice(round_=scored(they, now), now=now)
    assert round_.notice_until is not None
    after = round_.notice_until
    publishing.publish_round(round_=round_, by=they.office, now=after)
    with refused(WrongState, "evaluation.judged_already") as met:
        rounds.open_round(version=scheme(now), year=YEAR, by=they.office, now=after)
    assert met.details["sheets"] == 2
    later = rounds.open_round(version=scheme(now), year=YEAR + 1, by=they.office, now=after)
    assert later.total == 2
