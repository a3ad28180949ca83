"""From a training that is done to a certificate: the proposal of the rule `training.level`, the trainer's
decision within it, and certificates that are lowered after an incident.

Nobody is given more than was proposed. Only the training flow (and imports that say so) call these.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.parameters import value
from apps.core.periods import in_force
from apps.decisions.judging import judge
from apps.decisions.operations import Decided, decide
from apps.instruments.models import Instrument
from apps.instruments.queries import holds_manage
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.requirements import require_reason
from apps.people.roles import lab_heads
from apps.training.models import Certificate, ExamAttempt, TrainingRequest
from apps.training.operations import case_decides, end_certificate, issue_certificate, require_certifier
from apps.training.places import require_stranger
from apps.training.progress import Progress, progress_of
from apps.training.queries import LEVELS, held_by_case, rank
from apps.training.requests import finish, locked, moved
from rules.decision import Decision
from rules.points.training_level import FULL, KEY, LOWER, PROBATION, LevelFacts

Ending = Certificate.Ending


@dataclass(frozen=True)
class Proposal:
    """What the rule proposes: a level and for how many days. No level: not yet, and `decision` says why."""

    level: str
    days: int
    decision: Decision

    @property
    def is_one(self) -> bool:
        return self.level != ""


def level_facts(progress: Progress) -> tuple[LevelFacts, dict[str, dict[str, Any]]]:
    """The facts of `training.level` about a request, with their sources. One query."""
    request, demands = progress.request, progress.demands
    exam, assessment = progress.exam, progress.assessment
    tried = ExamAttempt.objects.filter(request=request, ended_at__isnull=False).count()
    groups: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (
            {"kind": request.kind, "wished_level": request.course.level},
            _source("training_request", request.ulid, "培训申请", "Training request"),
        ),
        (
            {
                "exam_asked": demands.exam,
                "exam_passed": exam is not None,
                "exam_percent": exam.percent if exam else None,
                "exam_attempts": tried,
            },
            _source("exam", exam.ulid if exam else "", "理论考试", "Theory exam"),
        ),
        (
            {
                "minutes": progress.minutes,
                "minutes_asked": demands.minutes,
                "minutes_missing": progress.minutes_missing,
            },
            _source("usage", "", "带教机时", "Supervised use"),
        ),
        (
            {
                "assessment_asked": demands.assessment,
                "assessment_passed": bool(assessment and assessment.passed),
                "assessment_percent": assessment.percent if assessment else None,
                "critical_failed": bool(assessment and assessment.critical_failed),
            },
            _source("assessment", assessment.ulid if assessment else "", "实操考核", "Practical assessment"),
        ),
    ]
    values: dict[str, Any] = {}
    sources: dict[str, dict[str, Any]] = {}
    for found, source in groups:
        values |= found
        sources |= dict.fromkeys(found, source)
    return LevelFacts(**values), sources


def propose_level(*, request: TrainingRequest, asked_by: str, now: datetime) -> tuple[Decided, Proposal]:
    """The recorded decision of `training.level`, and what it comes to. Raises WrongState
    `training.request_moved` for a request that is not in training.
    """
    progress = _progress(request)
    facts, sources = level_facts(progress)
    decided = decide(
        point=KEY,
        facts=facts,
        sources=sources,
        subject_id=request.user_id,
        object_ref=f"training_request:{request.ulid}",
        asked_by=asked_by,
        now=now,
    )
    return decided, proposal_of(progress, decided.decision, now)


def proposal_of(progress: Progress, decision: Decision, now: datetime) -> Proposal:
    """An outcome as level and days. An alarm, or anything unknown, proposes nothing."""
    request = progress.request
    assert request.version is not None  # noqa: S101 - there is no progress without terms
    level, days = request.course.level, request.version.validity_days
    if decision.outcome == FULL:
        return Proposal(level, days, decision)
    if decision.outcome == PROBATION:
        return Proposal(level, min(days, value("training.probation_days", at=now)), decision)
    if decision.outcome == LOWER and rank(level) > 1:
        return Proposal(LEVELS[rank(level) - 1], days, decision)
    return Proposal("", 0, decision)


def needs_countersign(level: str, now: datetime) -> bool:
    """Whether the head of the lab signs a certificate of this level too."""
    return level in value("training.countersigned_levels", at=now)


def may_countersign(signer: User, instrument: Instrument, now: datetime) -> bool:
    """Whether somebody signs for the lab: its head, or an active holder of the right to manage the
    instrument.
    """
    return signer in lab_heads(instrument.unit, now) or holds_manage(signer, instrument, now)


def check_certification(
    *, request: TrainingRequest, level: str, by: User | None, now: datetime, days: int | None = None
) -> Proposal:
    """Whether somebody may certify this level for these days now; gives what the rule proposes. Changes
    nothing.

    Raises Invalid `training.level`, `core.period`; NotPermitted `training.own_certificate`,
    `training.not_certifier`; WrongState `training.request_moved`, `training.not_proposed` (with the codes
    that are missing), `training.no_instrument`, `training.same_group`, `training.learner_inactive`,
    `training.case_decides` while a case is open about what the person holds.
    """
    progress = _progress(request)
    proposal = proposal_of(progress, judge(point=KEY, facts=level_facts(progress)[0], at=now).decision, now)
    if not proposal.is_one:
        raise WrongState(
            _("The training is not finished."),
            code="training.not_proposed",
            codes=list(proposal.decision.codes),
        )
    _require_within(proposal, level, days)
    if request.instrument is None:
        raise WrongState(_("It is open for which instrument."), code="training.no_instrument")
    if user_state(request.user, now) != ACTIVE:
        raise WrongState(_("The trainee's account is not in force."), code="training.learner_inactive")
    if held_by_case(request.user, request.instrument, now):
        raise case_decides()
    require_certifier(request.user, request.instrument, level, by, now)
    if by is not None:
        require_stranger(request.user, by, now)
    return proposal


@transaction.atomic
def certify_request(
    *,
    request: TrainingRequest,
    level: str,
    by: User | None,
    source_case: str,
    now: datetime,
    days: int | None = None,
    countersigned_by: User | None = None,
) -> Certificate:
    """The training ends with a certificate in force from now on, of at most the level and the days proposed;
    a certificate of the same or a lower level that it replaces ends.

    Raises what `check_certification` does; Invalid `training.source_case`; NotPermitted
    `training.not_countersigner`; WrongState `training.countersign_needed`, `training.case_used`.
    """
    row = locked(request)
    proposal = check_certification(request=row, level=level, by=by, now=now, days=days)
    assert row.instrument is not None and row.version is not None  # noqa: S101, PT018 - it has asked
    _require_countersign(row, level, by, countersigned_by, now)
    certificate = issue_certificate(
        user=row.user,
        instrument=row.instrument,
        level=level,
        valid_from=now,
        valid_until=now + timedelta(days=days or proposal.days),
        issued_by=by,
        source_case=source_case,
        now=now,
    )
    Certificate.objects.filter(pk=certificate.pk).update(
        course_version=row.version,
        disuse_days=row.version.disuse_days,
        countersigned_by=countersigned_by,
    )
    _replace(certificate, now)
    finish(row, certificate, by, now)
    certificate.refresh_from_db()
    return certificate


@transaction.atomic
def downgrade_certificate(
    *,
    certificate: Certificate,
    level: str,
    reason: str,
    by: User | None,
    source_case: str,
    now: datetime,
) -> Certificate:
    """After an incident: the certificate ends now and a lower one takes its place until the same day, in one
    transaction.

    Raises Invalid `core.reason_required`, `training.level`, `training.source_case`; NotPermitted
    `training.not_certifier`, `training.own_certificate`; WrongState `training.withdrawn`,
    `training.expired`, `training.case_used`.
    """
    reason = require_reason(reason)
    if level not in Certificate.Level.values or rank(level) >= rank(certificate.level):
        raise Invalid(_("The new level has to be lower."), code="training.level", field="level")
    require_certifier(certificate.user, certificate.instrument, certificate.level, by, now)
    end_certificate(certificate, as_=Ending.DOWNGRADED, reason=reason, by=by, now=now)
    certificate.refresh_from_db()
    assert certificate.valid_until is not None  # noqa: S101 - a constraint says so
    lower = issue_certificate(
        user=certificate.user,
        instrument=certificate.instrument,
        level=level,
        valid_from=now,
        valid_until=certificate.valid_until,
        issued_by=by,
        source_case=source_case,
        now=now,
    )
    Certificate.objects.filter(pk=lower.pk).update(
        course_version=certificate.course_version, disuse_days=certificate.disuse_days
    )
    lower.refresh_from_db()
    return lower


def _progress(request: TrainingRequest) -> Progress:
    progress = progress_of(request)
    if request.state != TrainingRequest.State.ACCEPTED or progress is None:
        raise moved()
    return progress


def _require_within(proposal: Proposal, level: str, days: int | None) -> None:
    """A trainer may give less than was proposed, never more."""
    if level not in Certificate.Level.values or rank(level) > rank(proposal.level):
        raise Invalid(_("No more can be certified than was proposed."), code="training.level", field="level")
    if days is not None and not 1 <= days <= proposal.days:
        raise Invalid(_("No more can be certified than was proposed."), code="core.period", field="days")


def _require_countersign(
    request: TrainingRequest, level: str, by: User | None, signer: User | None, now: datetime
) -> None:
    if not needs_countersign(level, now):
        return
    if signer is None:
        raise WrongState(
            _("The head of the lab has to countersign this level."), code="training.countersign_needed"
        )
    own = signer.pk == request.user_id or (by is not None and signer.pk == by.pk)
    assert request.instrument is not None  # noqa: S101 - the caller has asked
    if own or not may_countersign(signer, request.instrument, now):
        raise NotPermitted(
            _("The head of the lab has to countersign, and nobody who has certified."),
            code="training.not_countersigner",
        )


def _replace(new: Certificate, now: datetime) -> None:
    """What the new certificate makes superfluous ends without a word: the person may do as much as before."""
    lower = [name for name in LEVELS if rank(name) <= rank(new.level)]
    older = Certificate.objects.filter(
        in_force(now),
        user=new.user,
        instrument=new.instrument,
        level__in=lower,
        valid_until__lte=new.valid_until,
    ).exclude(pk=new.pk)
    older.update(revoked_at=now, ended_as=Ending.REPLACED)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
