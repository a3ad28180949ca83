"""Which papers are those of a facility in a calendar year: the core papers that sheets of its instruments
claim so that they count, each once however many sheets and rounds claim it. What only the sheet of a
laboratory claims is no facility's. Reads only.
"""

from collections.abc import Mapping

from django.db.models import Prefetch, QuerySet

from apps.evaluation.models import Claim, Publication, Round
from apps.evaluation.publications import COUNTING
from apps.instruments.models import Facility

Claims = QuerySet[Claim]


def crediting(year: int) -> Claims:
    """The claims that credit core papers of a year to facilities."""
    claims = Claim.objects.filter(
        COUNTING, publication__year=year, publication__core=True, sheet__instrument__isnull=False
    )
    return claims.exclude(sheet__round__state=Round.State.CANCELLED)


def papers_of_facilities(year: int) -> Mapping[int, list[str]]:
    """The papers (ULIDs, in order) of each facility (primary key) that has any. One query."""
    rows = crediting(year).values_list("sheet__instrument__facility", "publication__ulid").distinct()
    found: dict[int, list[str]] = {}
    for facility, ulid in rows.order_by("sheet__instrument__facility", "publication__ulid"):
        found.setdefault(facility, []).append(ulid)
    return found


def papers_of(facility: Facility, year: int) -> QuerySet[Publication]:
    """The papers of one facility, by title, with the claims that credit them as `credits`."""
    mine = crediting(year).filter(sheet__instrument__facility=facility)
    claims = mine.select_related("sheet__instrument", "sheet__lab", "sheet__round__version").order_by("pk")
    found = Publication.objects.filter(pk__in=mine.values("publication"))
    return found.order_by("title", "pk").prefetch_related(Prefetch("claims", claims, to_attr="credits"))
