"""The public price list: every price in force, with the version it belongs to and the papers behind it. Reads
only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from apps.core.periods import in_force
from apps.fees.models import FeeItem, FeeVersion, PublicNotice, Tier
from apps.instruments.models import Instrument
from apps.instruments.queries import search
from documents.models import Document

SHOWN = (Tier.INTERNAL, Tier.EXTERNAL_ACADEMIC, Tier.ENTERPRISE)
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One item: what is bought, and what each tier that the list shows pays for it, in fen."""

    item: FeeItem
    prices: tuple[tuple[Tier, int | None], ...]
    others: tuple[tuple[Tier, int], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A fee standard in force: its items, the notice before it and the documents of both, where there are
    any.
    """

    version: FeeVersion
    lines: tuple[Line, ...]
    notice: PublicNotice | None
    notice_paper: Document | None
    decision_paper: Document | None

    @property
    def instrument(self) -> Instrument:
        """What it is the price of."""
        return self.version.instrument


def versions_listed(
    *, text: str = "", facility: str = "", class6: str = "", tier: str = "", at: datetime
) -> QuerySet[FeeVersion]:
    """The versions in force at a moment of instruments in service, by asset number.

    `text` is found in the names of instruments and of their items, in asset numbers and in the numbers of
    decisions; `facility` is a ULID; with `tier` only those that name a price for it.
    """
    machines = search(facility=facility, class6=class6, at=at).order_by()
    found = FeeVersion.objects.filter(in_force(at), instrument__in=machines)
    for word in text.split():
        named = FeeItem.objects.filter(
            Q(name_zh__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word),
            version=OuterRef("pk"),
        )
        found = found.filter(
            Q(instrument__name_zh__icontains=word)
            | Q(instrument__name_en__icontains=word)
            | Q(instrument__asset_no__icontains=word)
            | Q(instrument__model__icontains=word)
            | Q(approval_no__icontains=word)
            | Exists(named)
        )
    if tier:
        found = found.filter(Exists(FeeItem.objects.filter(version=OuterRef("pk"), tier=tier)))
    return found.select_related("instrument__facility").order_by("instrument__asset_no", "id")


def listed(versions: Iterable[FeeVersion], *, tier: str = "") -> list[Listed]:
    """Versions as the list shows them; with `tier` only its prices. Three queries, however many there are."""
    rows = list(versions)
    items: dict[int, list[FeeItem]] = {row.pk: [] for row in rows}
    for item in FeeItem.objects.filter(version__in=rows).order_by("position", "code", "id"):
        items[item.version_id].append(item)
    notices = _notices(rows)
    papers = _papers(rows, notices.values())
    return [_listed(row, items[row.pk], notices, papers, tier) for row in rows]


def item_rows(versions: QuerySet[FeeVersion], *, tier: str = "") -> Iterator[FeeItem]:
    """Every price of the versions, streamed in the order of the list. Each row carries `notice_number`: the
    number of the public notice before it, None where there was none.
    """
    notices = PublicNotice.objects.filter(
        submission=OuterRef("version__submission"), withdrawn_at__isnull=True
    ).order_by("-id")
    found: Any = FeeItem.objects.filter(version__in=versions.order_by())
    if tier:
        found = found.filter(tier=tier)
    found = found.select_related("version__instrument__facility").annotate(
        notice_number=Subquery(notices.values("number")[:1])
    )
    ordered = found.order_by("version__instrument__asset_no", "position", "code", "id")
    rows: Iterator[FeeItem] = ordered.iterator(chunk_size=CHUNK)
    return rows


def _listed(
    version: FeeVersion,
    items: list[FeeItem],
    notices: Mapping[int, PublicNotice],
    papers: Mapping[str, Document],
    tier: str,
) -> Listed:
    notice = notices.get(version.submission_id or 0)
    return Listed(
        version=version,
        lines=_lines(items, tier),
        notice=notice,
        notice_paper=papers.get(notice.document) if notice else None,
        decision_paper=papers.get(version.approval_no),
    )


def _lines(items: list[FeeItem], tier: str) -> tuple[Line, ...]:
    by_code: dict[str, dict[str, FeeItem]] = {}
    for item in items:
        by_code.setdefault(item.code, {})[item.tier] = item
    shown = (Tier(tier),) if tier else SHOWN
    return tuple(
        Line(
            item=next(iter(rows.values())),
            prices=tuple((one, rows[one].price_fen if one in rows else None) for one in shown),
            others=tuple(
                (one, rows[one].price_fen) for one in Tier if not tier and one not in shown and one in rows
            ),
        )
        for rows in by_code.values()
        if not tier or tier in rows
    )


def _notices(versions: Iterable[FeeVersion]) -> dict[int, PublicNotice]:
    """The notice that each submission was under at last, by the submission's key."""
    submissions = [one.submission_id for one in versions if one.submission_id]
    found = PublicNotice.objects.filter(submission__in=submissions, withdrawn_at__isnull=True)
    return {one.submission_id: one for one in found.order_by("id")}


def _papers(versions: Iterable[FeeVersion], notices: Iterable[PublicNotice]) -> dict[str, Document]:
    """Documents by what they are looked for under: a decision by its number, a notice's by its ULID."""
    numbers = {one.approval_no for one in versions}
    ulids = {one.document for one in notices if one.document}
    found: dict[str, Document] = {}
    for paper in Document.objects.filter(Q(number__in=numbers) | Q(ulid__in=ulids)).defer("content"):
        found[paper.number] = found[paper.ulid] = paper
    return found
