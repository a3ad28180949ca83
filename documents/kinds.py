"""The kinds of documents and what is fixed for each: its context, its template, its numbers. A kind is
one context, one template and one line here.
"""

# ruff: noqa: RUF001, RUF002  # the full-width punctuation is Chinese and meant

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from documents.appointments import AppointmentContext
from documents.canonical import NotCanonical, decode
from documents.contexts import CaseContext, CertificateContext, Context
from documents.evaluation_papers import EvaluationResultContext
from documents.facility_papers import FacilityTableContext
from documents.fee_papers import FeeDecisionContext, FeeNoticeContext, NotOpenContext, NotOpenNoticeContext
from documents.hosting_papers import HostingAgreementContext, HostingStatementContext
from documents.sample_papers import SampleReportContext


@dataclass(frozen=True)
class Kind:
    """A kind of document. `prefix` begins its numbers and, like the key, is printed for ever: never
    change it. Official papers have none: their numbers begin with the word of the agency that issues
    them (机关代字), and that is a dated parameter.
    """

    context: type[Context]
    prefix: str
    template: str

    @property
    def is_official(self) -> bool:
        """Whether it is an official paper (公文) with a number such as '青屿设备〔2026〕12号'."""
        return not self.prefix

    @property
    def word_parameter(self) -> str:
        """The parameter that holds the agency's word for the numbers of an official kind."""
        return f"documents.word_{self.key}"

    @property
    def key(self) -> str:
        return self.context.kind

    def number(self, year: int, serial: int, word: str = "") -> str:
        """The number printed on the paper: 'SJZ-2026-00042', or with the agency's word '青屿设备〔2026〕12号'
        as GB/T 9704-2012 writes it. Serials count from 1 in every year of the school's calendar.
        """
        return f"{word}〔{year}〕{serial}号" if self.is_official else f"{self.prefix}-{year}-{serial:05d}"


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            Kind(CertificateContext, "SJZ", "documents/certificate.html"),
            Kind(CaseContext, "SPD", "documents/case.html"),
            Kind(SampleReportContext, "JCBG", "documents/sample_report.html"),
            Kind(FeeNoticeContext, "", "documents/fee_notice.html"),
            Kind(FeeDecisionContext, "", "documents/fee_decision.html"),
            Kind(NotOpenNoticeContext, "", "documents/not_open_notice.html"),
            Kind(NotOpenContext, "", "documents/not_open.html"),
            Kind(AppointmentContext, "", "documents/appointment.html"),
            Kind(EvaluationResultContext, "", "documents/evaluation_result.html"),
            Kind(HostingAgreementContext, "", "documents/hosting_agreement.html"),
            Kind(HostingStatementContext, "TGDZ", "documents/hosting_statement.html"),
            Kind(FacilityTableContext, "NDKH", "documents/facility_table.html"),
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
