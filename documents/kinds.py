"""The kinds of documents and what is fixed for each: its context, its template, its numbers. A kind is
one context, one template and one line here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from documents.canonical import NotCanonical, decode
from documents.contexts import CaseContext, CertificateContext, Context


@dataclass(frozen=True)
class Kind:
    """A kind of document. `prefix` begins its numbers and, like the key, is printed for ever: never
    change it.
    """

    context: type[Context]
    prefix: str
    template: str

    @property
    def key(self) -> str:
        return self.context.kind

    def number(self, year: int, serial: int) -> str:
        """The number printed on the paper: 'SJZ-2026-00042'. Serials count from 1 in every year of the
        school's calendar.
        """
        return f"{self.prefix}-{year}-{serial:05d}"


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            Kind(CertificateContext, "SJZ", "documents/certificate.html"),
            Kind(CaseContext, "SPD", "documents/case.html"),
        )
    }
)


def thaw(content: str) -> Context:
    """The context that was frozen as canonical JSON. Raises NotCanonical where no kind or schema of today
    reads it.
    """
    data = json.loads(content)
    kind = KINDS.get(data["kind"])
    if kind is None or data["schema"] != kind.context.schema:
        raise NotCanonical("kind", f"{data['kind']} of schema {data['schema']} is not known")
    return decode(kind.context, data["content"])
