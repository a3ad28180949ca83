"""Who may do what with a request: its person, and the crews that could serve it. One place for both
questions, asked by operations and by readers alike.
"""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted
from apps.core.parameters import value
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by, manages, may_manage
from apps.instruments.scopes import instruments_within
from apps.people.models import User
from apps.people.queries import ACTIVE, counting_rights, user_state
from apps.people.requirements import require_active
from apps.samples.models import SampleRequest, ServiceTemplate


def covers(template: ServiceTemplate, instrument: Instrument) -> bool:
    """Whether the service is one of this instrument's: its own, or its class's where it takes samples."""
    if template.instrument_id is not None:
        return template.instrument_id == instrument.pk
    return instrument.class6 == template.class6 and "T" in instrument.service_modes


def run_by(user: User, now: datetime) -> QuerySet[Instrument]:
    """The instruments on which the person may act: of whose crew they are, or that lie in what they
    manage. One query when it is asked, two before.
    """
    if user_state(user, now) != ACTIVE:
        return Instrument.objects.none()
    scopes = list(counting_rights(now).filter(user=user, kind="manage").values_list("scope", flat=True))
    mine = Q(pk__in=managed_by(user, now).values("pk"))
    return Instrument.objects.filter(mine | Q(pk__in=instruments_within(scopes).values("pk")))


def serves(user: User, request: SampleRequest, now: datetime) -> bool:
    """Whether the person runs the instrument of a request, or, while any will do, one of those that could
    serve it.
    """
    instrument = request.instrument or request.template.instrument
    if instrument is not None:
        return may_manage(user, instrument, now)
    return run_by(user, now).filter(class6=request.template.class6, service_modes__contains="T").exists()


def leads(user: User, request: SampleRequest, now: datetime) -> bool:
    """Whether the person is the principal investigator who may read along, where the school says so."""
    group = request.group
    if group is None or group.pi_id != user.pk or not value("samples.pi_reads_results", at=now):
        return False
    return user_state(user, now) == ACTIVE


def may_see(user: User, request: SampleRequest, now: datetime) -> bool:
    """Whether the person may know of a request: its own, their group's, or one that they serve. Drafts are
    their writer's alone.
    """
    if user.pk == request.requester_id:
        return user_state(user, now) == ACTIVE
    if request.state == SampleRequest.State.DRAFT:
        return False
    return leads(user, request, now) or serves(user, request, now)


def require_requester(request: SampleRequest, by: User | None, now: datetime) -> None:
    """Only the person whose samples they are, while their account is in force: `samples.not_yours`,
    `people.not_active`.
    """
    if by is None:
        return
    if by.pk != request.requester_id:
        raise NotPermitted(_("These are not your samples."), code="samples.not_yours")
    require_active(by, now)


def require_crew(request: SampleRequest, by: User | None, now: datetime) -> None:
    """Only whoever runs the instrument, and nobody for their own samples: `samples.crew_only`,
    `samples.own_request`.
    """
    if by is None:
        return
    require_not_own(request, by)
    if not serves(by, request, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="samples.crew_only")


def require_not_own(request: SampleRequest, by: User | None) -> None:
    """Nobody serves their own request: `samples.own_request`."""
    if by is not None and by.pk == request.requester_id:
        raise NotPermitted(_("Nobody serves their own request."), code="samples.own_request")


def require_crew_of(instrument: Instrument, by: User | None, now: datetime) -> None:
    """Only whoever runs this instrument: `samples.crew_only`."""
    if by is not None and not may_manage(by, instrument, now):
        raise NotPermitted(_("Only the instrument's crew may do this."), code="samples.crew_only")


def require_manager_of(instrument: Instrument, by: User | None, now: datetime) -> None:
    """Only whoever is responsible for this instrument: `samples.manager_only`."""
    if by is not None and not manages(by, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="samples.manager_only")
