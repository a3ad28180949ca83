"""What a case of samples is about, and who is asked. Reads only: the domain's rows are looked at each
time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.people.models import OrgUnit, User
from apps.people.queries import active_users
from apps.samples.models import Objection, Sample, SampleRequest
from apps.samples.services import instruments_for
from workflows.errors import Overtaken
from workflows.models import Case

REFERENCE = "sample_request:"
_RUNS = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)


def find_request(case: Case) -> SampleRequest | None:
    """The request that a case is about, whatever its state."""
    rows = SampleRequest.objects.select_related(
        "requester", "template__instrument", "instrument__unit", "instrument__facility", "quote", "group"
    )
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def request_of(case: Case) -> SampleRequest:
    """The request of a case that is not over. Raises Overtaken when it is."""
    found = find_request(case)
    if found is None or found.state in SampleRequest.ENDED:
        raise Overtaken(gettext("The samples have been decided about otherwise."))
    return found


def request_page(case: Case) -> str:
    """Where what a case waits for is done: put right, received, tested, checked, given back."""
    request = find_request(case)
    return reverse("sample_request", args=[request.ulid]) if request else ""


def case_of(request: SampleRequest) -> Case | None:
    """The open case of a request."""
    found = Case.objects.filter(
        flow="sample", subject_ref=f"{REFERENCE}{request.ulid}", state=Case.State.OPEN
    )
    return found.select_related("process").first()


def instruments_of(request: SampleRequest, now: datetime) -> list[Instrument]:
    """The instruments on which the samples may still be tested: where they are, else all that would do."""
    if request.instrument is not None:
        return [request.instrument]
    return list(instruments_for(request.template, now).select_related("unit", "facility"))


def unit_for(request: SampleRequest, now: datetime) -> OrgUnit | None:
    """Whose superiors are asked when nobody of the crew is there."""
    found = instruments_of(request, now)
    return found[0].unit if found else None


def crew_of(instruments: Iterable[Instrument], now: datetime, roles: Sequence[str] = _RUNS) -> list[User]:
    """Everybody of these crews who is active, managers first, the longest there first."""
    held = CrewMember.objects.filter(
        in_force(now), instrument__in=list(instruments), role__in=roles, user__in=active_users(now)
    )
    found = sorted(
        held.select_related("user"),
        key=lambda one: (one.role != CrewMember.Role.MANAGER, one.valid_from, one.pk),
    )
    return list({one.user_id: one.user for one in found}.values())


def current_instruments(request: SampleRequest, now: datetime) -> list[Instrument]:
    """Where the samples are to be tested, also those that were moved to a sister."""
    moved = Instrument.objects.filter(
        pk__in=request.samples.filter(instrument__isnull=False).values("instrument")
    )
    return list(moved) or instruments_of(request, now)


def testers(request: SampleRequest) -> set[int]:
    """Primary keys of whoever tested a sample of the request last."""
    found = request.samples.filter(tested_by__isnull=False).values_list("tested_by_id", flat=True)
    return {key for key in found if key is not None}


def is_waiting(request: SampleRequest) -> bool:
    """Whether a sample is still to be tested."""
    return request.samples.filter(state__in=Sample.WAITING).exists()


def is_anything_here(request: SampleRequest) -> bool:
    """Whether the crew still has a sample that it does not keep as the requester wished."""
    here = request.samples.filter(custody__in=(*Sample.HERE, Sample.Custody.TRANSIT))
    if request.disposition == SampleRequest.Disposition.STORE:
        here = here.exclude(custody=Sample.Custody.STORED)
    return here.exists()


def open_objections(request: SampleRequest) -> list[Objection]:
    """The objections that wait for a decision, the oldest first."""
    rows = Objection.objects.filter(Q(sample__request=request), state=Objection.State.OPEN)
    return list(rows.select_related("sample").order_by("pk"))
