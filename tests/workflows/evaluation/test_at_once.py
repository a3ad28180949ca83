"""Two people at the same moment, over real connections: of two appeals one is raised, of two claims of a
paper one stands, of two rounds one is opened, a draft is begun once.
"""

from datetime import datetime
from functools import partial

import pytest

from apps.core.errors import Invalid
from apps.evaluation import publications, publishing, rounds, schemes
from apps.evaluation.facility import open_review
from apps.evaluation.judging import raise_appeal
from apps.evaluation.models import Appeal, Claim, FacilityReview, Publication, Round, SchemeVersion
from tests.factories.evaluations import YEAR, drawn, scheme, scored, sheet_of
from tests.factories.races import at_once
from tests.factories.refusals import refused
from tests.people import gather_with_rules

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def test_two_appeals_at_once(now: datetime) -> None:
    they = gather_with_rules(now)
    round_ = publishing.open_notice(round_=scored(they, now), now=now)
    appeal = partial(raise_appeal, sheet=sheet_of(round_, they.sem), reason="the meter was out", now=now)
    ends = at_once(partial(appeal, by=they.teng), partial(appeal, by=they.olga))
    assert sorted(ends) == ["done", "evaluation.appealed"]
    assert Appeal.objects.count() == 1


def test_one_paper_claimed_twice_at_once(now: datetime) -> None:
    they = gather_with_rules(now)
    sheet = sheet_of(drawn(they, now), they.sem)
    claim = partial(
        publications.claim_paper, sheet=sheet, title="On things", year=2026, doi="10.1038/x1", now=now
    )
    ends = at_once(partial(claim, by=they.teng), partial(claim, by=they.olga))
    assert sorted(ends) == ["done", "evaluation.claimed"]
    assert (Publication.objects.count(), Claim.objects.count()) == (1, 1)


def test_one_doi_given_to_two_papers_at_once(now: datetime) -> None:
    """Both were found without a DOI, and the other was faster."""
    they = gather_with_rules(now)
    sheet = sheet_of(drawn(they, now), they.sem)
    claim = partial(publications.claim_paper, sheet=sheet, year=2026, by=they.teng, now=now)
    late = claim(title="On things").publication
    claim(title="On others", doi="10.1038/x1", journal="J")
    with refused(Invalid, "evaluation.paper_differs") as met:
        publications._completed(late, "10.1038/x1")
    assert met.field == "doi"
    Publication.objects.filter(pk=late.pk).update(doi="10.1038/x2")
    with refused(Invalid, "evaluation.paper_differs"):
        publications._completed(late, "10.1038/x3")
    late.refresh_from_db()
    assert late.doi == "10.1038/x2"


def test_two_rounds_of_one_period_at_once(now: datetime) -> None:
    they = gather_with_rules(now)
    open_ = partial(rounds.open_round, version=scheme(now), year=YEAR, by=they.office, now=now)
    assert sorted(at_once(open_, open_)) == ["done", "evaluation.round_open"]
    assert Round.objects.count() == 1


def test_one_draft_begun_twice_at_once(now: datetime) -> None:
    they = gather_with_rules(now)
    version = scheme(now)
    begin = partial(schemes.begin_draft, scheme=version.scheme, by=they.office, now=now)
    assert at_once(begin, begin) == ["done", "done"]
    assert SchemeVersion.objects.filter(scheme=version.scheme).count() == 2


def test_two_years_of_facilities_at_once(now: datetime) -> None:
    they = gather_with_rules(now)
    open_ = partial(open_review, year=2025, figures={}, by=they.office, now=now)
    assert sorted(at_once(open_, open_)) == ["done", "facility.year_taken"]
    assert FacilityReview.objects.count() == 1
