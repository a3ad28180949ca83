"""The paper of a round's results: what it says, its issue, whether it stands, and who reads it."""

from collections import Counter
from datetime import datetime
from fractions import Fraction

from django.db.models import Prefetch
from django.utils.translation import gettext as _

import apps.evaluation.facility_papers  # noqa: F401 - answers for its own kind
from apps.evaluation.content import LAB, Title, written
from apps.evaluation.models import Adjustment, Appeal, Round, Sheet
from apps.evaluation.wording import score_words
from apps.people.models import OrgUnit, User
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import NOTHING, Pair, Words
from documents.evaluation_papers import EvaluationResultContext, GradeCount, ResultRow
from documents.models import Document
from documents.operations import issue_document
from documents.saying import in_both, named

KIND = EvaluationResultContext.kind


def issue_results(round_: Round, *, case_number: str, by: User | None, now: datetime) -> Document:
    """The numbered paper of a round; asked again, the same one. Raises Invalid `documents.missing_glyph`."""
    return issue_document(
        context=results_of(round_, case_number),
        subject_ref=f"{KIND}:{round_.ulid}",
        holder=None,
        by=by,
        now=now,
        language="zh-hans",
    )


def results_of(round_: Round, case_number: str) -> EvaluationResultContext:
    """What the paper says, in both languages. Four queries."""
    content = round_.version.tree
    school = OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()
    changed = Prefetch("adjustments", Adjustment.objects.order_by("-id"))
    sheets = round_.sheets.select_related("instrument", "lab", "unit__parent").prefetch_related(changed)
    listed = list(sheets.order_by("-total", "id"))
    titles = {one.key: _words(one.title) for one in content.grades}
    counts = Counter(one.grade for one in listed)
    appeals = Appeal.objects.filter(sheet__round=round_)
    return EvaluationResultContext(
        institution=named(school),
        office=in_both(lambda: _("Equipment office")),
        scheme=_words(content.title),
        version=round_.version.number,
        judged_from=round_.starts,
        judged_until=round_.ends,
        rows=tuple(_row(one, titles) for one in listed),
        grades=tuple(GradeCount(grade=titles[one.key], number=counts[one.key]) for one in content.grades),
        parts=tuple(Pair(_words(one.title), Words(f"{written(one.weight)}%")) for one in content.parts),
        laboratories=content.subject == LAB,
        notice_from=round_.notice_from,
        notice_until=round_.notice_until,
        appeals=appeals.count(),
        upheld=appeals.filter(upheld=True).count(),
        scheme_digest=round_.version.digest,
        case_number=case_number,
    )


@standing_of(KIND)
def results_standing(document: Document, now: datetime) -> Standing:
    """Results stand for good: what was published of a period is not published again."""
    return Standing.VALID


@reader_of(KIND)
def everybody_reads(user: User, document: Document, now: datetime) -> bool:
    """Everybody who has an account: published results are public."""
    return True


def _row(sheet: Sheet, titles: dict[str, Words]) -> ResultRow:
    stages = [one.stage for one in sheet.adjustments.all()]
    note = NOTHING
    if "appeal" in stages:
        note = in_both(lambda: _("after an appeal"))
    elif stages:
        note = in_both(lambda: _("changed by the panel"))
    return ResultRow(
        subject=Words(sheet.name_zh, sheet.name_en),
        code=sheet.code,
        unit=named(sheet.unit),
        score=score_words(Fraction(sheet.total or 0, 100)),
        grade=titles[sheet.grade],
        note=note,
    )


def _words(title: Title) -> Words:
    return Words(title.zh, title.en)
