"""Questions about issued documents: which, whose, who may read them, what the check page may say. Changes
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from documents import store
from documents.checks import Standing, asked_standing, declared_reader
from documents.contexts import Context, Pair, Words
from documents.kinds import thaw
from documents.masking import masked
from documents.models import Document, Rendition

# What people type for what was printed: the letters that Crockford's base 32 leaves out for being misread.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": "", "\u2013": "", "\u2014": ""})


def document_for(kind: str, subject_ref: str) -> Document | None:
    """The document that stands for a subject: the last edition, unless it is void."""
    return (
        Document.objects.filter(kind=kind, subject_ref=subject_ref, voiding__isnull=True)
        .order_by("-edition")
        .first()
    )


def documents_for(kind: str, subject_refs: Iterable[str]) -> dict[str, Document]:
    """The documents that stand for several subjects, by subject; those without one are not in it. One query,
    without the frozen contents.
    """
    found = Document.objects.filter(kind=kind, subject_ref__in=list(subject_refs), voiding__isnull=True)
    return {one.subject_ref: one for one in found.defer("content").order_by("edition")}


def documents_of(holder: Any) -> QuerySet[Document]:
    """Everything issued to a person, newest first; void ones are among them (`voiding` is loaded)."""
    return Document.objects.filter(holder=holder).select_related("voiding").order_by("-issued_at", "-pk")


def may_read(user: Any, document: Document, now: datetime) -> bool:
    """Holder, issuer, and whoever a declared reader lets in."""
    return user.pk in (document.holder_id, document.issued_by_id) or declared_reader(user, document, now)


def sealed_bytes(rendition: Rendition) -> bytes:
    """The file, after its SHA-256 was compared. Raises store.Damaged."""
    return store.get(rendition.sha256)


def unsealed() -> QuerySet[Document]:
    """Documents whose file in their own language is not made yet: a process ended between the two steps."""
    made = Rendition.objects.filter(document=OuterRef("pk"), language=OuterRef("language"))
    return Document.objects.filter(~Exists(made)).order_by("pk")


def standing_now(document: Document, context: Context, now: datetime) -> Standing:
    """Whether the paper counts at a moment: void first, then what the declared app says, else the period
    that the paper itself names.
    """
    if hasattr(document, "voiding"):
        return Standing.VOIDED
    asked = asked_standing(document, now)
    if asked is not None:
        return asked
    if context.period is None:
        return Standing.VALID
    begins, ends = context.period
    if now < begins:
        return Standing.NOT_YET
    return Standing.EXPIRED if ends is not None and now >= ends else Standing.VALID


@dataclass(frozen=True)
class Checked:
    """What the check page says to anybody who holds a paper. `person` is masked already."""

    document: Document
    title: Words
    authority: Words
    person: Words | None
    public: tuple[Pair, ...]
    period: tuple[datetime, datetime | None] | None
    standing: Standing
    files: tuple[Rendition, ...]
    successor: str  # the number of the edition that replaced a void one


def check(code: str, now: datetime) -> Checked | None:
    """The document of a check code as somebody typed it; None when there is none. One query answers for
    unknown and malformed codes alike.
    """
    document = (
        Document.objects.filter(check_code=normal_code(code))
        .select_related("voiding", "superseded_by")
        .prefetch_related("renditions")
        .first()
    )
    if document is None:
        return None
    context = thaw(document.content)
    return Checked(
        document=document,
        title=Words(document.title_zh, document.title_en),
        authority=context.authority,
        person=masked(context.named) if context.named else None,
        public=context.public,
        period=context.period,
        standing=standing_now(document, context, now),
        files=tuple(sorted(document.renditions.all(), key=lambda one: one.pk)),
        successor=document.superseded_by.number if hasattr(document, "superseded_by") else "",
    )


def normal_code(typed: str) -> str:
    """A check code as it is stored, from what was typed or scanned: case, hyphens, blanks and the letters
    O, I and L do not matter.
    """
    return typed.strip().upper().translate(_MISREAD)[:40]
