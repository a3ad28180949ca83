"""Writing a request: the samples, row by row, with every fault of every row told at once; handing it in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.outbox import publish
from apps.core.periods import is_in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import groups_of
from apps.people.requirements import require_active
from apps.samples.access import covers, require_requester
from apps.samples.fields import Fault, fields_of, read_values
from apps.samples.locking import lock_request
from apps.samples.models import Hazard, Sample, SampleRequest, ServiceTemplate

State = SampleRequest.State
_LONGEST_NAME = 80
_MOST_MM = 100_000


@dataclass(frozen=True, kw_only=True)
class SampleDraft:
    """One row of a request, as somebody typed it. `values` answers the fields of the service."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    hazards: Sequence[str] = ()
    magnetic: bool = False
    volatile: bool = False
    size_mm: int | None = None


@transaction.atomic
def draft_request(
    *,
    service: ServiceTemplate,
    by: User,
    now: datetime,
    instrument: Instrument | None = None,
    wishes: str = "",
    rush: bool = False,
    disposition: str = SampleRequest.Disposition.RETURN,
) -> SampleRequest:
    """A draft of somebody's own, without samples yet. `instrument` is empty where any of the class will do.

    Raises NotPermitted `people.not_active`; WrongState `samples.service_over`; Invalid `samples.instrument`,
    `samples.no_rush`, `samples.disposition`.
    """
    require_active(by, now)
    instrument = instrument or service.instrument
    _require_terms(service, instrument, now, rush=rush, disposition=disposition)
    request = SampleRequest.objects.create(
        requester=by,
        group=groups_of(by, now).order_by("pk").first(),
        template=service,
        instrument=instrument,
        wishes=wishes.strip(),
        rush=rush,
        disposition=disposition,
        created_at=now,
    )
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def change_draft(
    *,
    request: SampleRequest,
    by: User | None,
    now: datetime,
    instrument: Instrument | None,
    wishes: str,
    rush: bool,
    disposition: str,
) -> SampleRequest:
    """The draft says this from now on. Raises as `draft_request`, and NotPermitted `samples.not_yours`,
    WrongState `samples.not_draft`.
    """
    require_requester(request, by, now)
    request = _locked_draft(request)
    instrument = instrument or request.template.instrument
    _require_terms(request.template, instrument, now, rush=rush, disposition=disposition)
    request.instrument, request.wishes = instrument, wishes.strip()
    request.rush, request.disposition = rush, disposition
    request.save(update_fields=["instrument", "wishes", "rush", "disposition"])
    return request


@transaction.atomic
def set_samples(
    *, request: SampleRequest, rows: Sequence[SampleDraft], by: User | None, now: datetime
) -> list[Sample]:
    """These are the samples of the draft, in this order; all of them or none.

    Raises NotPermitted `samples.not_yours`; WrongState `samples.not_draft`; Invalid `samples.rows` with
    `details["faults"]`: row (from 1), field, code and message of every fault; `samples.too_many`.
    """
    require_requester(request, by, now)
    request = _locked_draft(request)
    most = request.template.max_samples
    if len(rows) > most:
        raise Invalid(
            _("At most %(most)d samples at once; these are %(count)d.") % {"most": most, "count": len(rows)},
            code="samples.too_many",
            field="samples",
            most=most,
        )
    values, faults = read_rows(request.template, rows)
    if faults:
        raise Invalid(
            gettext_lazy("Some of the samples need another look."),
            code="samples.rows",
            field="samples",
            faults=faults,
        )
    request.samples.all().delete()
    return Sample.objects.bulk_create(
        Sample(
            request=request,
            position=number,
            name=row.name.strip(),
            values=answers,
            hazards=sorted(set(row.hazards)),
            magnetic=row.magnetic,
            volatile=row.volatile,
            size_mm=row.size_mm,
            holder=request.requester,
        )
        for number, (row, answers) in enumerate(zip(rows, values, strict=True), start=1)
    )


def read_rows(
    service: ServiceTemplate, rows: Sequence[SampleDraft]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The answers of each row as they are stored, and all faults (row, field, code, message). No query."""
    fields = fields_of(service.fields)
    values: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    names: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        answers, wrong = read_values(fields, row.values)
        values.append(answers)
        found = [*_name_faults(row, names, number), *_nature_faults(row), *wrong]
        faults += [{"row": number, **asdict(fault)} for fault in found]
    return values, faults


@transaction.atomic
def discard_draft(*, request: SampleRequest, by: User, now: datetime) -> None:
    """The draft is gone, with its samples, which nobody ever handed in. Raises NotPermitted
    `samples.not_yours`; WrongState `samples.not_draft`.
    """
    require_requester(request, by, now)
    request = _locked_draft(request)
    request.samples.all().delete()
    audit.record(
        action="samples.discard_draft", object_ref=f"sample_request:{request.ulid}", now=now, actor=by
    )
    request.delete()


@transaction.atomic
def submit_request(*, request: SampleRequest, by: User | None, now: datetime) -> SampleRequest:
    """Hand the draft in: from now on it is judged. Its samples stay with the requester until they are
    received.

    Raises NotPermitted `samples.not_yours`, `people.not_active`; WrongState `samples.not_draft`,
    `samples.service_over`; Invalid `samples.none`.
    """
    require_requester(request, by, now)
    request = _locked_draft(request)
    _require_offered(request.template, now)
    if not request.samples.exists():
        raise Invalid(gettext_lazy("There is no sample yet."), code="samples.none", field="samples")
    request.state, request.submitted_at = State.SUBMITTED, now
    request.save(update_fields=["state", "submitted_at"])
    audit.record(
        action="samples.submit_request", object_ref=f"sample_request:{request.ulid}", now=now, actor=by
    )
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def reopen_draft(*, request: SampleRequest, by: User | None, now: datetime, reason: str) -> SampleRequest:
    """What was handed in goes back to its writer to be corrected, before anybody offered a price.

    By the flow (`by=None`) or the requester. Raises NotPermitted `samples.not_yours`; WrongState
    `samples.not_submitted`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if request.state != State.SUBMITTED:
        raise WrongState(gettext_lazy("This request is not being judged."), code="samples.not_submitted")
    request.state, request.acceptance, request.handling = State.DRAFT, "", ""
    request.submitted_at, request.outcome_note = None, reason.strip()
    request.save(update_fields=["state", "acceptance", "handling", "submitted_at", "outcome_note"])
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


def _locked_draft(request: SampleRequest) -> SampleRequest:
    try:
        request = lock_request(request)
    except SampleRequest.DoesNotExist:
        raise NotFound(gettext_lazy("This draft is gone."), code="samples.no_request") from None
    if request.state != State.DRAFT:
        raise WrongState(gettext_lazy("This request was handed in."), code="samples.not_draft")
    return request


def _require_terms(
    service: ServiceTemplate,
    instrument: Instrument | None,
    now: datetime,
    *,
    rush: bool,
    disposition: str,
) -> None:
    _require_offered(service, now)
    if instrument is not None and not covers(service, instrument):
        raise Invalid(
            gettext_lazy("This instrument does not offer the service."),
            code="samples.instrument",
            field="instrument",
        )
    if rush and not service.rush_allowed:
        raise Invalid(gettext_lazy("This service has no rush."), code="samples.no_rush", field="rush")
    if disposition not in SampleRequest.Disposition.values:
        raise Invalid(
            gettext_lazy("Say what becomes of the samples."), code="samples.disposition", field="disposition"
        )


def _require_offered(service: ServiceTemplate, now: datetime) -> None:
    if not is_in_force(service, now):
        raise WrongState(gettext_lazy("This service is not offered any more."), code="samples.service_over")


def _name_faults(row: SampleDraft, names: dict[str, int], number: int) -> list[Fault]:
    name = row.name.strip()
    if not name:
        return [Fault("name", "samples.name_missing", _("Each sample needs a name."))]
    if len(name) > _LONGEST_NAME:
        return [Fault("name", "samples.name_long", _("This name is too long."))]
    first = names.setdefault(name.casefold(), number)
    if first != number:
        words = _("Row %(row)d has the same name.") % {"row": first}
        return [Fault("name", "samples.name_twice", words)]
    return []


def _nature_faults(row: SampleDraft) -> list[Fault]:
    faults = []
    if not set(row.hazards) <= set(Hazard.values):
        known = ", ".join(str(label) for label in Hazard.labels)
        words = _("Unknown hazard. Known are: %(known)s.") % {"known": known}
        faults.append(Fault("hazards", "samples.hazard", words))
    if row.size_mm is not None and not 0 < row.size_mm <= _MOST_MM:
        faults.append(Fault("size_mm", "samples.size", _("The size is in millimetres, above 0.")))
    return faults
