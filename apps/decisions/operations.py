"""Rule sets going into force, and decisions being made and recorded. The only room that runs the engine; it
never gathers a fact.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core import audit, outbox
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.ids import new_ulid
from apps.decisions.judging import Judgement, is_sampled, judge
from apps.decisions.models import DecisionRecord, RuleSetVersion
from apps.people.models import User
from rules.decision import Decision
from rules.engine import run_examples
from rules.engines import available, names
from rules.errors import RuleEngineError
from rules.facts import Facts
from rules.registry import all_points, get_point
from rules.rows import DENY, PERMIT, HitPolicy
from rules.table import RuleSet

Sources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Decided:
    """A recorded decision: its row, and the decision with the table it came from."""

    record: DecisionRecord
    judgement: Judgement

    @property
    def decision(self) -> Decision:
        return self.judgement.decision

    @property
    def allowed(self) -> bool:
        return self.judgement.allowed


@transaction.atomic
def install_defaults(*, now: datetime) -> list[RuleSetVersion]:
    """Version 1 of every registered point that has no version yet, in force from `now`; what is there
    already stays as it is.
    """
    known = set(RuleSetVersion.objects.values_list("point", flat=True))
    return [
        RuleSetVersion.objects.create(
            point=spec.key,
            version=spec.default.version,
            body=spec.default.to_json(),
            digest=spec.default.digest,
            valid_from=now,
            reason="default",
        )
        for spec in all_points()
        if spec.key not in known
    ]


@transaction.atomic
def add_version(
    *,
    point: str,
    body: object,
    valid_from: datetime,
    author: User,
    approver: User,
    reason: str,
    now: datetime,
) -> RuleSetVersion:
    """Put the next version of a table in force from `valid_from`; the predecessor ends at the same instant.

    Raises NotPermitted `decisions.same_person` (nobody approves their own text), Invalid (the code of the
    table's own error, `decisions.unconditional_permit`, `decisions.examples_failed`,
    `decisions.examples_missing`, `decisions.in_the_past`), WrongState (`decisions.version_taken`,
    `decisions.later_version`).
    """
    if author.pk == approver.pk:
        raise NotPermitted(
            _("A rule set is approved by another person than its author."), code="decisions.same_person"
        )
    if valid_from < now:
        raise Invalid(
            _("A rule set cannot go into force in the past."),
            code="decisions.in_the_past",
            field="valid_from",
        )
    table = _readable(point, body)
    versions = list(RuleSetVersion.objects.select_for_update().filter(point=point).order_by("-version"))
    if table.version != (versions[0].version if versions else 0) + 1:
        raise WrongState(
            _("Another version of this rule set has come in between."), code="decisions.version_taken"
        )
    _end_predecessor(point, valid_from)
    try:
        with transaction.atomic():
            version = RuleSetVersion.objects.create(
                point=point,
                version=table.version,
                body=table.to_json(),
                digest=table.digest,
                valid_from=valid_from,
                reason=reason,
                author=author,
                approver=approver,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("Another version of this rule set has come in between."), code="decisions.version_taken"
        ) from exc
    audit.record(
        action="decisions.add_version",
        object_ref=f"ruleset:{version.ulid}",
        now=now,
        actor=approver,
        reason=reason,
        point=point,
        version=version.version,
        digest=version.digest,
        author=author.ulid,
    )
    outbox.publish("decisions.ruleset_in_force", now=now, point=point, version=version.version)
    return version


def decide(
    *,
    point: str,
    facts: Facts,
    sources: Sources,
    subject_id: int | None,
    object_ref: str,
    asked_by: str,
    now: datetime,
    at: datetime | None = None,
) -> Decided:
    """Decide by the table in force at `at` (default `now`) and record it. `sources` names for each fact
    where it comes from.

    Never raises because of rules: an error, a missing table or two engines that differ is a recorded
    refusal and an alarm.
    """
    ulid = new_ulid()
    judgement = judge(point=point, facts=facts, at=at or now, sampled=is_sampled(ulid))
    record = record_judgement(
        judgement,
        ulid=ulid,
        sources=sources,
        subject_id=subject_id,
        object_ref=object_ref,
        asked_by=asked_by,
        now=now,
    )
    return Decided(record, judgement)


@transaction.atomic(savepoint=False)
def record_judgement(
    judgement: Judgement,
    *,
    sources: Sources,
    subject_id: int | None,
    object_ref: str,
    asked_by: str,
    now: datetime,
    ulid: str = "",
) -> DecisionRecord:
    """Write down a judgement that has consequences. An alarm of it is published with the record."""
    decision = judgement.decision
    record = DecisionRecord.objects.create(
        ulid=ulid or new_ulid(),
        point=decision.key,
        ruleset_id=judgement.version.id if judgement.version else None,
        engine=decision.engine,
        outcome=decision.outcome,
        codes=list(decision.codes),
        reasons=[asdict(reason) for reason in decision.reasons],
        fired=list(decision.fired),
        nearest=[asdict(near) for near in decision.nearest],
        facts=decision.facts,
        facts_schema=decision.facts_schema,
        facts_digest=decision.facts_digest,
        sources=sources,
        subject_id=subject_id,
        object_ref=object_ref,
        asked_by=asked_by,
        decided_at=now,
    )
    if judgement.alarm:
        outbox.publish(
            "decisions.alarm", now=now, point=decision.key, code=judgement.alarm, decision=record.ulid
        )
    return record


def _readable(point: str, body: object) -> RuleSet:
    """The body as a table that may serve the point and whose examples hold on every engine that is here."""
    try:
        spec = get_point(point)
        table = spec.check(RuleSet.from_json(body, spec.facts))
        _refuse_open_door(table)
        failed = {
            engine: [failure.name for failure in run_examples(table, engine=engine)]
            for engine in names()
            if available(engine)
        }
    except RuleEngineError as error:
        raise Invalid(error.message, code=error.code, field="body", path=error.path) from error
    if any(failed.values()):
        raise Invalid(
            _("The stored examples do not hold."),
            code="decisions.examples_failed",
            field="body",
            failed=failed,
        )
    if table.hit is HitPolicy.DENY_OVERRIDES and {PERMIT, DENY} - {one.outcome for one in table.examples}:
        # Without both, a table that permits everything or nothing would pass its own examples.
        raise Invalid(
            _("A rule set needs at least one example that permits and one that refuses."),
            code="decisions.examples_missing",
            field="body",
        )
    return table


def _refuse_open_door(table: RuleSet) -> None:
    """A row without conditions, or a default, that permits would permit whatever nobody has thought of."""
    if table.default == PERMIT or any(row.outcome == PERMIT and not row.cells for row in table.rows):
        raise Invalid(
            _("A permit without conditions is not a rule."),
            code="decisions.unconditional_permit",
            field="body",
        )


def _end_predecessor(point: str, valid_from: datetime) -> None:
    later = RuleSetVersion.objects.filter(point=point, revoked_at__isnull=True, valid_from__gte=valid_from)
    if later.exists():
        raise WrongState(
            _("A later version of this rule set is planned already."), code="decisions.later_version"
        )
    RuleSetVersion.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from), point=point, revoked_at__isnull=True
    ).update(valid_until=valid_from)
