"""Proving the archive: every number there, every content as it was frozen, every file as it was sealed,
every signature.
Changes nothing; `manage.py documents_prove` prints it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from documents import signing, store
from documents.canonical import digest
from documents.models import Document, Rendition, Sequence
from documents.queries import unsealed


@dataclass(frozen=True)
class Proof:
    """The result of proving the archive; `problems` is empty when all of it holds."""

    documents: int
    files: int
    unsealed: int
    strays: int  # files that no document names: a process ended before it wrote the row. Harmless
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def prove() -> Proof:
    """Look at every document, its content and its files."""
    named = set(Rendition.objects.values_list("sha256", flat=True))
    problems = [*_number_problems(), *_content_problems(), *_file_problems()]
    return Proof(
        documents=Document.objects.count(),
        files=len(named),
        unsealed=unsealed().count(),
        strays=len(store.stored() - named),
        problems=tuple(problems),
    )


def _number_problems() -> Iterator[str]:
    for sequence in Sequence.objects.order_by("kind", "year"):
        issued = Document.objects.filter(kind=sequence.kind, year=sequence.year).order_by("serial")
        if list(issued.values_list("serial", flat=True)) != list(range(1, sequence.last + 1)):
            yield f"{sequence}: numbers 1 to {sequence.last} are not all there"


def _content_problems() -> Iterator[str]:
    for document in Document.objects.order_by("pk").iterator():
        if digest(document.content) != document.content_digest:
            yield f"{document}: the content does not fit its digest"
        elif json.loads(document.content)["kind"] != document.kind:
            yield f"{document}: the content is of another kind"


def _file_problems() -> Iterator[str]:
    for rendition in Rendition.objects.select_related("document").order_by("pk").iterator():
        try:
            pdf = store.get(rendition.sha256)
        except store.Damaged:
            yield f"{rendition}: the file {rendition.sha256} is damaged or missing"
        else:
            if len(pdf) != rendition.size:
                yield f"{rendition}: the file has {len(pdf)} bytes instead of {rendition.size}"
            if rendition.signer and not _is_signed(pdf):
                yield f"{rendition}: the electronic signature of {rendition.signer} does not hold"


def _is_signed(pdf: bytes) -> bool:
    signature = signing.inspect(pdf)
    return signature is not None and signature.is_intact
