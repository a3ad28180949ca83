"""How certificates come to an end by themselves: over, or not used for too long. Their holders are warned
before, once; the rule `training.lapse` judges each.

What only time changes is found by a sweep; a certificate that is over counts no more from that instant on,
whether or not anything ran.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from apps.core import audit
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.periods import in_force
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.training.models import Certificate, LastUse
from apps.training.queries import LEVELS, days_left, rank
from rules.points.training_lapse import KEY, LAPSE, WARN, LapseFacts

_RANK = Case(
    *(When(level=level, then=Value(rank(level))) for level in LEVELS),
    default=Value(0),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Swept:
    """How many holders were warned and how many certificates lapsed."""

    warned: int
    lapsed: int


def lapse_certificates(*, now: datetime, limit: int = 2000) -> Swept:
    """Judge every certificate whose end is near; warn or end it, each in a transaction of its own. Doing it
    again changes nothing.
    """
    warned = lapsed = 0
    for certificate in ending(now)[:limit]:
        facts, sources = lapse_facts(certificate, now)
        judgement = judge(point=KEY, facts=facts, at=now)
        outcome = judgement.decision.outcome
        if outcome == WARN:
            warned += _warn(certificate, judgement, sources, now)
        elif outcome == LAPSE:
            lapsed += _lapse(certificate, judgement, sources, now)
    return Swept(warned, lapsed)


def ending(at: datetime) -> QuerySet[Any]:
    """Certificates that end by themselves within `training.lapse_review_days`, or have ended and nobody was
    told; the nearest end first. Each with `last_use` and `better_held`.
    """
    ahead = timedelta(days=value("training.lapse_review_days", at=at))
    alive = Certificate.objects.filter(revoked_at__isnull=True, lapsed_at__isnull=True, valid_from__lte=at)
    used = LastUse.objects.filter(user=OuterRef("user"), instrument=OuterRef("instrument"))
    alive = alive.annotate(
        last_use=Coalesce(Subquery(used.values("used_at")[:1]), F("valid_from")), rank=_RANK
    )
    near = Q(valid_until__lte=at + ahead)
    for days in _disuse_days():
        near |= Q(disuse_days=days, last_use__lte=at + ahead - timedelta(days=days)) & Q(
            valid_from__lte=at + ahead - timedelta(days=days)
        )
    better = (
        Certificate.objects.filter(in_force(at), user=OuterRef("user"), instrument=OuterRef("instrument"))
        .annotate(rank=_RANK)
        .filter(rank__gte=OuterRef("rank"), valid_until__gt=OuterRef("valid_until"))
    )
    found = alive.filter(near).annotate(better_held=Exists(better))
    return found.select_related("user", "instrument").order_by("valid_until", "pk")


def lapse_facts(certificate: Any, now: datetime) -> tuple[LapseFacts, dict[str, dict[str, Any]]]:
    """The facts of `training.lapse` about a row of `ending`, with their sources. No query."""
    used = max(certificate.last_use, certificate.valid_from)
    left = None
    if certificate.disuse_days is not None:
        left = days_left(used + timedelta(days=certificate.disuse_days), now)
    own = _source("certificate", certificate.ulid, "操作证", "Certificate")
    usage = _source("usage", "", "最近一次使用", "Last use")
    facts = LapseFacts(
        level=certificate.level,
        days_to_expiry=days_left(certificate.valid_until, now),
        days_since_use=max((now - used).days, 0),
        disuse_days_left=left,
        warned=certificate.warned_at is not None,
        better_held=certificate.better_held,
    )
    sources = dict.fromkeys(("level", "days_to_expiry", "warned", "better_held"), own)
    return facts, sources | dict.fromkeys(("days_since_use", "disuse_days_left"), usage)


@transaction.atomic
def _warn(
    certificate: Certificate, judgement: Judgement, sources: dict[str, dict[str, Any]], now: datetime
) -> int:
    told = Certificate.objects.filter(
        pk=certificate.pk, warned_at__isnull=True, revoked_at__isnull=True, lapsed_at__isnull=True
    ).update(warned_at=now)
    if told:
        _record(certificate, judgement, sources, now)
        publish("training.certificate_lapsing", now=now, **_named(certificate))
    return told


@transaction.atomic
def _lapse(
    certificate: Certificate, judgement: Judgement, sources: dict[str, dict[str, Any]], now: datetime
) -> int:
    """One that is over only gets its mark; one that was not used ends now."""
    alive = Certificate.objects.filter(pk=certificate.pk, revoked_at__isnull=True, lapsed_at__isnull=True)
    code = next(iter(judgement.decision.codes), KEY)
    lapsed = alive.filter(valid_until__lte=now).update(lapsed_at=now, ended_as=Certificate.Ending.LAPSED)
    if not lapsed:
        lapsed = alive.update(
            lapsed_at=now, revoked_at=now, ended_as=Certificate.Ending.LAPSED, withdraw_reason=code
        )
    if lapsed:
        _record(certificate, judgement, sources, now)
        audit.record(
            action="training.lapse_certificate",
            object_ref=f"certificate:{certificate.ulid}",
            now=now,
            reason=code,
        )
        publish("training.certificate_lapsed", now=now, **_named(certificate), reason=code)
    return lapsed


def _record(
    certificate: Certificate, judgement: Judgement, sources: dict[str, dict[str, Any]], now: datetime
) -> None:
    record_judgement(
        judgement,
        sources=sources,
        subject_id=certificate.user_id,
        object_ref=f"instrument:{certificate.instrument.ulid}",
        asked_by="sweep",
        now=now,
    )


def _named(certificate: Certificate) -> dict[str, str]:
    return {
        "user": certificate.user.ulid,
        "instrument": certificate.instrument.ulid,
        "certificate": certificate.ulid,
    }


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}


def _disuse_days() -> Iterator[int]:
    """The few different terms of disuse that certificates have."""
    known = Certificate.objects.filter(
        revoked_at__isnull=True, lapsed_at__isnull=True, disuse_days__isnull=False
    )
    for days in known.order_by().values_list("disuse_days", flat=True).distinct():
        if days is not None:
            yield days
