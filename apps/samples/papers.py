"""The report of a request as a paper: what it says, its issue, whether it counts, and who reads it. What was
measured is made and released elsewhere; nothing here changes it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from apps.files.models import StoredFile
from apps.notices.models import Profile
from apps.notices.queries import language_of
from apps.people.models import OrgUnit, User
from apps.samples.access import leads, serves
from apps.samples.models import Custody, Result, Sample, SampleFile, SampleRequest
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import NOTHING, Words
from documents.fonts import substitute
from documents.models import Document
from documents.operations import issue_document, replace_document
from documents.queries import document_for
from documents.sample_papers import Measured, ResultFile, SampleReportContext
from documents.saying import in_both, named

KIND = SampleReportContext.kind
_REASON = "tested again"


def subject_of(request: SampleRequest) -> str:
    """What the report of a request is about, as documents name it."""
    return f"sample_request:{request.ulid}"


def sample_report(request: SampleRequest, *, now: datetime) -> Document | None:
    """The numbered report of a request whose results are all released, in its requester's language; asked
    again, the same one. Where something was tested again since, the next edition, and the former one is
    void. None where nothing was tested.
    """
    issued = document_for(KIND, subject_of(request))
    if request.released_at is None:
        return issued
    context = sheet_of(request)
    if context is None:
        return issued
    if issued is not None and issued.content_digest != context.digest():
        return replace_document(document=issued, context=context, reason=_REASON, by=None, now=now)
    language = language_of(Profile.objects.filter(user=request.requester).first())
    return issue_document(
        context=context,
        subject_ref=subject_of(request),
        holder=request.requester,
        by=None,
        now=now,
        language=language,
    )


def report_for(user: User, request: SampleRequest, now: datetime) -> Document | None:
    """The report that stands for a request, for whoever may read it; None for everybody else. One query
    before results are released, at most three after.
    """
    if request.released_at is None:
        return None
    issued = document_for(KIND, subject_of(request))
    reads = user.pk == request.requester_id or _reads(user, request, now)
    return issued if reads else None


def sheet_of(request: SampleRequest) -> SampleReportContext | None:
    """What the report says, in both languages; None where nothing was measured. At most eight queries,
    however many samples. Letters that no paper draws are written by their code points: what somebody typed
    holds no report up.
    """
    instrument = request.instrument
    samples = list(request.samples.filter(state=Sample.State.RELEASED).order_by("position"))
    results = _last_results(samples)
    if instrument is None or request.released_at is None or not results:
        return None
    arrivals = _arrivals(samples)
    return SampleReportContext(
        institution=named(OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()),
        facility=named(instrument.facility),
        request_number=request.number,
        requester=_customer(request.customer_name) or named(request.requester),
        requester_unit=_customer(request.customer_org) or named(request.requester.unit),
        service=named(request.template),
        instrument=named(instrument),
        instrument_number=instrument.asset_no,
        received_at=min((link.at for link in arrivals.values()), default=request.released_at),
        released_at=request.released_at,
        samples=tuple(
            _measured(request, one, results[one.pk], arrivals.get(one.pk))
            for one in samples
            if one.pk in results
        ),
        files=tuple(_files(request, samples)),
        handling=substitute(request.handling),
        group=named(request.group),
    )


@standing_of(KIND)
def report_standing(document: Document, now: datetime) -> Standing:
    """A report counts until another edition takes its place, which its own void says."""
    return Standing.VALID


@reader_of(KIND)
def crew_and_leader_read(user: User, document: Document, now: datetime) -> bool:
    """Who reads the report beside its holder: the principal investigator where the school says so, and
    whoever runs the instrument.
    """
    return _reads(user, _request_of(document), now)


def _reads(user: User, request: SampleRequest, now: datetime) -> bool:
    return leads(user, request, now) or serves(user, request, now)


def _customer(text: str) -> Words | None:
    """What a sponsor typed about somebody without an account, the same in both languages."""
    words = substitute(text)
    return Words(words, words) if words else None


def _last_results(samples: Iterable[Sample]) -> dict[int, Result]:
    """The result that counts of each sample: the last one of its last test."""
    rows = Result.objects.filter(sample__in=samples).select_related("tester", "check_made__checker")
    return {result.sample_id: result for result in rows.order_by("round", "seq")}


def _arrivals(samples: Iterable[Sample]) -> dict[int, Custody]:
    """How each sample came: the first link of its chain that names a condition."""
    links = Custody.objects.filter(sample__in=samples).exclude(condition="").order_by("-seq")
    return {link.sample_id: link for link in links}


def _measured(request: SampleRequest, one: Sample, result: Result, arrival: Custody | None) -> Measured:
    check = getattr(result, "check_made", None)
    one.request = request
    return Measured(
        code=one.code,
        name=substitute(one.name),
        round=result.round,
        summary=substitute(result.summary),
        tester=named(result.tester),
        tested_at=result.at,
        condition=in_both(arrival.get_condition_display) if arrival is not None else NOTHING,
        checker=named(check.checker) if check is not None else NOTHING,
    )


def _files(request: SampleRequest, samples: Iterable[Sample]) -> Iterator[ResultFile]:
    rows = SampleFile.objects.filter(
        sample__in=samples, kind=SampleFile.Kind.RESULT, file__state=StoredFile.State.READY
    )
    for row in rows.select_related("file", "sample").order_by("sample__position", "id"):
        row.sample.request = request
        yield ResultFile(
            sample=row.sample.code, name=substitute(row.file.name), size=row.file.size, sha256=row.file.sha256
        )


def _request_of(document: Document) -> SampleRequest:
    rows = SampleRequest.objects.select_related("requester", "group", "template__instrument", "instrument")
    return rows.get(ulid=document.subject_ref.partition(":")[2])
