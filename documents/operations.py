"""Issuing and voiding documents, and sealing their files. Whether somebody may issue or void is decided
by the room that calls; nothing here asks for rights.

Number first, file after (docs/decisions/0008): one transaction takes the number and freezes the content;
the file is rendered from the frozen row once that is committed. A number is therefore never lost to a
crash, no lock is held while a page is laid out, and a file that is missing is made at the next look.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.audit import record
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from documents import fonts, signing, store
from documents.contexts import Context
from documents.kinds import KINDS, thaw
from documents.models import Document, Rendition, Sequence, Voiding
from documents.numbers import next_number
from documents.sheets import Imprint, make_pdf

Person = Any  # a people.User; this room stands below theirs

# Crockford's base 32: nothing that is misread from paper. 16 of them carry 80 bits: nobody finds one by
# trying.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16

_one_at_a_time = threading.Lock()
_later = ContextVar("documents_later", default=False)


@contextmanager
def sealing_later() -> Iterator[None]:
    """What is issued in this block gets its number at once and its file at the next look: from the worker's
    `documents.seal_pending`, or at the first download. For whoever issues many papers in a row.
    """
    before = _later.set(True)
    try:
        yield
    finally:
        _later.reset(before)


def issue_document(
    *,
    context: Context,
    subject_ref: str,
    holder: Person | None,
    by: Person | None,
    now: datetime,
    language: str,
) -> Document:
    """Give a content its number and freeze it; the file is sealed when the outermost transaction commits, or
    later (`sealing_later`).

    Once for each kind and subject ('certificate:ulid'): asked again, the same document comes back,
    whatever the new context says; to say something else, replace it. Of a voided one a new edition is
    issued. `by` is None for the system. Raises Invalid `documents.missing_glyph`, `documents.language`, what
    the context's `refuse_unfit` raises, and for official papers `documents.word` and
    `documents.number_taken` when the agency's word makes no number.
    """
    _check_language(language)
    existing = _current(context.kind, subject_ref)
    if existing is None or _is_void(existing):
        frozen = _freeze(context)
        try:
            with transaction.atomic():
                existing = _number(
                    context, frozen, subject_ref=subject_ref, holder=holder, by=by, now=now, language=language
                )
        except IntegrityError:  # somebody issued it in another year's sequence meanwhile
            existing = _current(context.kind, subject_ref)
            if existing is None or _is_void(existing):
                raise
    if not _later.get():
        sealing = partial(seal, document=existing, language=existing.language, now=now)
        transaction.on_commit(sealing, robust=True)
    return existing


def void_document(*, document: Document, reason: str, by: Person | None, now: datetime) -> Voiding:
    """Declare a paper void for good; the check page says so from now on, and it keeps its number. Raises
    Invalid `documents.reason` without a reason, WrongState `documents.voided` when it is void already.
    """
    if not reason.strip():
        raise Invalid(_("Say why the document is void."), code="documents.reason", field="reason")
    try:
        with transaction.atomic():
            voiding = Voiding.objects.create(document=document, reason=reason.strip(), by=by, at=now)
            record(
                action="documents.void_document",
                object_ref=f"document:{document.ulid}",
                now=now,
                actor=by,
                reason=reason.strip(),
                number=document.number,
            )
            publish(
                "documents.voided",
                now=now,
                document=document.ulid,
                kind=document.kind,
                subject=document.subject_ref,
            )
    except IntegrityError:
        raise WrongState(_("This document is void already."), code="documents.voided") from None
    return voiding


def replace_document(
    *,
    document: Document,
    context: Context,
    reason: str,
    by: Person | None,
    now: datetime,
    language: str | None = None,
) -> Document:
    """Void a paper and issue its next edition with a new content, number and check code, or neither.
    Raises what `issue_document` and `void_document` raise; Invalid `documents.other_kind` for a
    context of another kind.
    """
    if context.kind != document.kind:
        raise Invalid(_("A document is only replaced by one of its own kind."), code="documents.other_kind")
    with transaction.atomic():
        void_document(document=document, reason=reason, by=by, now=now)
        return issue_document(
            context=context,
            subject_ref=document.subject_ref,
            holder=document.holder,
            by=by,
            now=now,
            language=language or document.language,
        )


def seal(*, document: Document, language: str, now: datetime) -> Rendition:
    """The sealed file of a document in a language, made from its frozen content when there is none yet.
    Signed where this installation signs. Safe to repeat and to race. Raises Invalid `documents.language`;
    signing.Unsigned when the key cannot be used: the file is made once it can.
    """
    _check_language(language)
    with _one_at_a_time:  # whoever waited finds it made
        made = Rendition.objects.filter(document=document, language=language).first()
        if made is not None:
            return made
        pdf, signer = _file(document, language)
        sha256 = store.put(pdf)
    rendition, _created = Rendition.objects.get_or_create(
        document=document,
        language=language,
        defaults={"sha256": sha256, "size": len(pdf), "signer": signer, "made_at": now},
    )
    return rendition


def _file(document: Document, language: str) -> tuple[bytes, str]:
    """The bytes of a document's file, and who signed it."""
    pdf = make_pdf(thaw(document.content), language=language, imprint=imprint_of(document))
    return (signing.sign(pdf), signing.signer_name()) if signing.is_configured() else (pdf, "")


def imprint_of(document: Document) -> Imprint:
    """What of a document's row is printed on its paper, and the seal if papers of its day bear it."""
    return Imprint(
        number=document.number,
        grouped_code=document.grouped_code,
        issued_at=document.issued_at,
        supersedes=document.supersedes.number if document.supersedes else "",
        bears_seal=bool(value("documents.seal_shown", at=document.issued_at)),
    )


def _freeze(context: Context) -> str:
    """The content as it will be stored, after everything that could make its file impossible was looked
    at.
    """
    context.refuse_unfit()
    frozen = context.content()
    fonts.refuse_missing(json.loads(frozen)["content"])
    return frozen


def _check_language(language: str) -> None:
    if language not in dict(settings.LANGUAGES):
        raise Invalid(
            _("Documents are made in Chinese and in English."), code="documents.language", field="language"
        )


def _current(kind: str, subject_ref: str) -> Document | None:
    """The last edition for a subject."""
    return (
        Document.objects.filter(kind=kind, subject_ref=subject_ref)
        .select_related("voiding")
        .order_by("-edition")
        .first()
    )


def _is_void(document: Document) -> bool:
    return hasattr(document, "voiding")


def _number(context: Context, frozen: str, *, subject_ref: str, now: datetime, **rest: Any) -> Document:
    """Take the next number under the row lock of its sequence and write the document. Whoever waited for
    the lock looks again: the one before may have issued this very subject.
    """
    year = school_time(now).year
    Sequence.objects.bulk_create([Sequence(kind=context.kind, year=year)], ignore_conflicts=True)
    sequence = Sequence.objects.select_for_update().get(kind=context.kind, year=year)
    before = _current(context.kind, subject_ref)
    if before is not None and not _is_void(before):
        return before
    sequence.last += 1
    sequence.save(update_fields=["last"])
    heading = context.heading
    document = Document.objects.create(
        kind=context.kind,
        year=year,
        serial=sequence.last,
        number=next_number(KINDS[context.kind], year=year, serial=sequence.last, now=now),
        check_code="".join(secrets.choice(CODE_ALPHABET) for _digit in range(CODE_LENGTH)),
        subject_ref=subject_ref,
        edition=before.edition + 1 if before else 1,
        supersedes=before,
        title_zh=heading.zh,
        title_en=heading.said("en"),
        content=frozen,
        content_digest=context.digest(),
        issued_at=now,
        holder=rest["holder"],
        issued_by=rest["by"],
        language=rest["language"],
    )
    _tell(document)
    return document


def _tell(document: Document) -> None:
    record(
        action="documents.issue_document",
        object_ref=f"document:{document.ulid}",
        now=document.issued_at,
        actor=document.issued_by,
        number=document.number,
        subject=document.subject_ref,
        content_digest=document.content_digest,
    )
    publish(
        "documents.issued",
        now=document.issued_at,
        document=document.ulid,
        kind=document.kind,
        subject=document.subject_ref,
    )
