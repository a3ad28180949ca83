"""Publications and which sheets claim them. A paper stands once for the whole school; a sheet claims it once;
what two instruments claim is shared or counted for each, as the round's numbers say, and both see it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.evaluation.access import require_correct, require_report
from apps.evaluation.bibliography import normal_doi, title_key
from apps.evaluation.models import Claim, Publication, Round, Sheet
from apps.evaluation.sheets import held, require_open
from apps.people.models import User
from apps.people.requirements import require_reason

SPLIT, EACH = "split", "each"
EARLIEST, LATEST = 1900, 2100
COUNTING = Q(withdrawn_at__isnull=True, refused="")


@transaction.atomic
def claim_paper(
    *,
    sheet: Sheet,
    title: str,
    year: int,
    by: User | None,
    now: datetime,
    doi: str = "",
    journal: str = "",
    core: bool = True,
) -> Claim:
    """A sheet claims a paper, which is found by its DOI, else by title and year, and entered where it is new.

    Raises Invalid `evaluation.doi`, `evaluation.paper_title`, `evaluation.paper_year`,
    `evaluation.paper_differs` (the DOI is that of another title); WrongState `evaluation.claimed`,
    `evaluation.sheet_state`; NotPermitted `evaluation.not_reporter`.
    """
    row = held(sheet)
    require_open(row)
    require_report(row, by, now)
    paper = _found_or_made(
        doi=normal_doi(doi), title=title, year=year, journal=journal, core=core, by=by, now=now
    )
    try:
        with transaction.atomic():
            made = Claim.objects.create(publication=paper, sheet=row, by=by, at=now)
    except IntegrityError as exc:
        raise WrongState(
            _("This paper is on the sheet already."), code="evaluation.claimed", publication=paper.ulid
        ) from exc
    audit.record(
        action="evaluation.claim_paper",
        object_ref=f"evaluation_sheet:{row.ulid}",
        now=now,
        actor=by,
        publication=paper.ulid,
    )
    return made


@transaction.atomic
def withdraw_claim(*, claim: Claim, by: User | None, now: datetime) -> None:
    """The sheet claims the paper no more. Raises as `claim_paper`; WrongState `evaluation.claim_gone`."""
    row = held(claim.sheet)
    require_open(row)
    require_report(row, by, now)
    if not Claim.objects.filter(pk=claim.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        raise WrongState(_("It was withdrawn already."), code="evaluation.claim_gone")


@transaction.atomic
def refuse_claim(*, claim: Claim, reason: str, by: User, now: datetime) -> None:
    """The laboratory does not count a claim; it says why. Raises Invalid `core.reason_required`;
    NotPermitted `evaluation.not_reviewer`; WrongState `evaluation.sheet_state`, `evaluation.claim_gone`.
    """
    reason = require_reason(reason)
    row = held(claim.sheet)
    require_open(row, Sheet.State.LAB, Sheet.State.DEPARTMENT)
    require_correct(row, by, now)
    if not Claim.objects.filter(COUNTING, pk=claim.pk).update(refused=reason[:300]):
        raise WrongState(_("It was withdrawn already."), code="evaluation.claim_gone")
    audit.record(
        action="evaluation.refuse_claim",
        object_ref=f"evaluation_sheet:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )


def sharers(round_: Round, publications: Iterable[int]) -> dict[int, int]:
    """How many sheets of a round claim each paper (primary keys) so that it counts. One query."""
    rows = Claim.objects.filter(COUNTING, sheet__round=round_, publication__in=list(publications))
    return dict(rows.values_list("publication").annotate(sheets=Count("id")))


def counted(round_: Round, sheets: Iterable[Sheet]) -> dict[int, dict[str, tuple[Fraction, list[str]]]]:
    """What the papers of each sheet (primary key) come to, `papers` and `papers_core`, with the ULIDs of the
    papers behind it. Papers outside of the period count nothing. Two queries.
    """
    pks = [sheet.pk for sheet in sheets]
    rows = Claim.objects.filter(COUNTING, sheet__in=pks).select_related("publication").order_by("id")
    within = [row for row in rows if is_within(row.publication.year, round_)]
    shared = sharers(round_, [row.publication_id for row in within])
    split = round_.numbers.get("shared_papers", SPLIT) == SPLIT
    found: dict[int, dict[str, tuple[Fraction, list[str]]]] = {
        pk: {"papers": (Fraction(0), []), "papers_core": (Fraction(0), [])} for pk in pks
    }
    for row in within:
        part = Fraction(1, shared[row.publication_id]) if split else Fraction(1)
        for key in ("papers", "papers_core") if row.publication.core else ("papers",):
            amount, behind = found[row.sheet_id][key]
            found[row.sheet_id][key] = (amount + part, [*behind, row.publication.ulid])
    return found


def is_within(year: int, round_: Round) -> bool:
    """Whether a paper of a year counts in a round: papers know years only, so either year of the period."""
    first, last = school_time(round_.starts), school_time(round_.ends - timedelta(microseconds=1))
    return first.year <= year <= last.year


def _found_or_made(
    *, doi: str, title: str, year: int, journal: str, core: bool, by: User | None, now: datetime
) -> Publication:
    key = title_key(title)
    if not EARLIEST <= year <= LATEST:
        raise Invalid(_("There is no such year."), code="evaluation.paper_year", field="year")
    known = Publication.objects.filter(doi=doi).first() if doi else None
    if known is not None and known.title_key != key:
        raise _differs(known)
    known = known or Publication.objects.filter(title_key=key, year=year).first()
    if known is not None:
        return _completed(known, doi)
    try:
        with transaction.atomic():
            return Publication.objects.create(
                doi=doi,
                title=" ".join(title.split())[:500],
                title_key=key,
                year=year,
                journal=journal.strip()[:200],
                core=core,
                added_by=by,
                added_at=now,
            )
    except IntegrityError:  # somebody entered it at this moment: it is found now, and looked at like any
        return _found_or_made(doi=doi, title=title, year=year, journal=journal, core=core, by=by, now=now)


def _completed(known: Publication, doi: str) -> Publication:
    """A paper that was entered without its DOI has it from now on; one with another DOI is another paper."""
    if not doi or known.doi == doi:
        return known
    if known.doi:
        raise Invalid(
            _("A paper of this title and year has the DOI %(doi)s.") % {"doi": known.doi},
            code="evaluation.paper_differs",
            field="doi",
            publication=known.ulid,
        )
    try:
        with transaction.atomic():
            written = Publication.objects.filter(pk=known.pk, doi="").update(doi=doi)
    except IntegrityError:  # another paper was given this DOI at this moment
        raise _differs(Publication.objects.get(doi=doi)) from None
    known.refresh_from_db()
    return known if written else _completed(known, doi)


def _differs(known: Publication) -> Invalid:
    return Invalid(
        _("This DOI is that of “%(title)s”.") % {"title": known.title},
        code="evaluation.paper_differs",
        field="doi",
        publication=known.ulid,
    )
