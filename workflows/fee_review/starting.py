"""A fee review begins: a manager submits a proposal, or by itself, because the prices in force are due."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, WrongState
from apps.core.ids import new_ulid
from apps.fees.content import FEE
from apps.fees.drafting import create_draft
from apps.fees.editing import look_at
from apps.fees.models import FeeVersion, Proposal
from apps.fees.submitting import claim, submit
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import crew_of
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.roles import superiors, unit_managers
from workflows import services
from workflows.fee_review import asked
from workflows.fee_review.flow import FeeReviewFlow
from workflows.models import Case
from workflows.services.answering import waiting_at


def send(*, proposal: Proposal, revision: int, by: User, now: datetime, words: str = "") -> Case:
    """A proposal goes to the department as it is saved at this revision: with a case of its own the first
    time, in the case that waits for its revision afterwards.

    Raises what `fees.submitting.submit` refuses, and of a revision what `services.answer` does.
    """
    case = open_case(proposal)
    step = waiting_at(case, "revise") if case is not None else None
    if case is None or step is None:
        return begin_review(proposal=proposal, revision=revision, by=by, now=now)
    services.answer(step=step, by=by, now=now, outcome="complete", opinion=words, data={"revision": revision})
    case.refresh_from_db()
    return case


@transaction.atomic
def begin_review(*, proposal: Proposal, revision: int, by: User, now: datetime) -> Case:
    """What the proposal says is frozen, and its case begins. Raises Invalid `fee_review.departments` when its
    instruments are of several departments; WrongState `fees.case_open`; what `submit` refuses.
    """
    ulid = new_ulid()
    instruments = asked.instruments_of(proposal)
    unit = _unit_of(instruments)
    submit(
        proposal=proposal,
        revision=revision,
        by=by,
        now=now,
        source_case=f"case:{ulid}",
        findings=look_at(proposal, now).findings,
    )
    return services.start(
        FeeReviewFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=f"{asked.REFERENCE}{proposal.ulid}",
        unit=unit,
        title_args={"title": proposal.title},
        data={"record": asked.record_of(instruments)},
        ulid=ulid,
    )


@transaction.atomic
def reopen_review(*, version: FeeVersion, cause: str, now: datetime) -> Case | None:
    """Prices in force are due to be judged anew (`cause`: 'sunset' or 'drift'): a draft that begins with them
    is put to the manager of the instrument. Once for each version and cause. None when that was done before,
    when a case about the instrument is open, or when there is nobody to ask.
    """
    instrument = Instrument.objects.select_for_update(no_key=True).get(pk=version.instrument_id)
    manager = _manager_of(instrument, now)
    if manager is None or reopened_before(version, cause) or _is_under_way(instrument):
        return None
    ulid = new_ulid()
    draft = create_draft(kind=FEE, instruments=[instrument], by=None, now=now, title=instrument.name_zh)
    claim(proposal=draft, source_case=f"case:{ulid}")
    return services.start(
        FeeReviewFlow,
        by=None,
        now=now,
        applicant=manager,
        subject_ref=f"{asked.REFERENCE}{draft.ulid}",
        unit=_unit_of([instrument]),
        title_args={"title": instrument},
        data={"record": {}, "version": version.ulid, "cause": cause},
        ulid=ulid,
    )


def open_case(proposal: Proposal) -> Case | None:
    """The open case of a proposal. One query."""
    cases = Case.objects.filter(
        flow=FeeReviewFlow.key, subject_ref=f"{asked.REFERENCE}{proposal.ulid}", state=Case.State.OPEN
    )
    return cases.select_related("process", "unit", "applicant").first()


def reopened_before(version: FeeVersion, cause: str) -> bool:
    """Whether a case was opened by itself for this version and cause. One query."""
    opened: Any = Case.objects.filter(flow=FeeReviewFlow.key, started_by__isnull=True)
    return bool(opened.filter(process__data__version=version.ulid, process__data__cause=cause).exists())


def _is_under_way(instrument: Instrument) -> bool:
    """Whether an open case is about the instrument, also one that waits for a first submission."""
    proposals = Proposal.objects.filter(about__instrument=instrument).exclude(state__in=Proposal.ENDED)
    refs = [f"{asked.REFERENCE}{ulid}" for ulid in proposals.values_list("ulid", flat=True)]
    return Case.objects.filter(flow=FeeReviewFlow.key, subject_ref__in=refs, state=Case.State.OPEN).exists()


def _manager_of(instrument: Instrument, now: datetime) -> User | None:
    """Who is asked to draft: the manager of the crew, else of the unit, else of those above it."""
    crew = crew_of(instrument, now).filter(role=CrewMember.Role.MANAGER).select_related("user")
    people = [member.user for member in crew.order_by("valid_from", "id")]
    people += [*unit_managers(instrument.unit, now), *superiors(instrument.unit, now)]
    return next((user for user in people if user_state(user, now) == ACTIVE), None)


def _unit_of(instruments: list[Instrument]) -> Any:
    """The department that answers for a proposal: one."""
    departments = {unit.pk if unit else None: unit for unit in map(asked.answering_unit, instruments)}
    if len(departments) != 1:
        raise Invalid(
            _("The instruments of one proposal belong to one department."), code="fee_review.departments"
        )
    return next(iter(departments.values()))


__all__ = ["WrongState", "begin_review", "open_case", "reopen_review", "send"]
