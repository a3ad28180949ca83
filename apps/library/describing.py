"""What people write about the quality of records: the manager tells of an instrument, the office sets another
table of checks, the scores are found anew, and managers are reminded once a month.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.clock import school_month
from apps.core.errors import Invalid, NotPermitted
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import manages
from apps.library.models import InstrumentProfile, InstrumentQuality, QualityTable
from apps.library.noticekinds import RECORD_INCOMPLETE
from apps.library.quality import CHECKS, TEXTS, WHOLE, Score, quality_of, records_of, score_of, table_at
from apps.notices.kinds import both
from apps.notices.operations import notify
from apps.people.models import User
from apps.people.queries import active_users
from apps.people.requirements import require_office, require_reason

_AT_ONCE = 200
_LONGEST = {
    "technical": 500,
    "function": 300,
    "services": 200,
    "terms": 500,
    "subjects": 200,
    "phone": 40,
    "email": 120,
}


@transaction.atomic
def describe_instrument(
    *, instrument: Instrument, by: User | None, now: datetime, **texts: str
) -> InstrumentProfile:
    """The manager (or the office) tells of the instrument: technical, function, services, terms, subjects,
    phone, email; what is not named stays.

    Raises NotPermitted `instruments.not_manager`; Invalid `library.text` for an unknown or too long one.
    """
    if by is not None and not manages(by, instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    for name, text in texts.items():
        if name not in TEXTS or len(text) > _LONGEST[name]:
            raise Invalid(_("This text is too long."), code="library.text", field=name)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    profile, _made = InstrumentProfile.objects.get_or_create(
        instrument=instrument, defaults={"saved_by": by, "saved_at": now}
    )
    before = {name: getattr(profile, name) for name in texts if getattr(profile, name) != texts[name].strip()}
    if not before:
        return profile
    for name in before:
        setattr(profile, name, texts[name].strip())
    profile.saved_by, profile.saved_at = by, now
    profile.save()
    audit.record(
        action="library.describe_instrument",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        before=before,
        after={name: texts[name].strip() for name in before},
    )
    keep_score(instrument, quality_of(instrument, now), now)
    return profile


@transaction.atomic
def set_table(
    *, weights: Mapping[str, int], valid_from: datetime, reason: str, by: User, now: datetime
) -> QualityTable:
    """Another version of the table, from a moment that is not past. Checks that are not named do not count.

    Raises NotPermitted `people.office_only`; Invalid `core.reason_required`, `library.check` (unknown, or a
    weight that is none), `library.weights` (they are not 100 together; `details.sum` says what they are),
    `library.past`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    for key, weight in weights.items():
        if key not in CHECKS or type(weight) is not int or not 0 <= weight <= WHOLE:
            raise Invalid(_("This is no check, or no weight."), code="library.check", field=key)
    total = sum(weights.values())
    if total != WHOLE:
        raise Invalid(
            _("The weights are %(sum)d together, and must be 100.") % {"sum": total},
            code="library.weights",
            sum=total,
        )
    if valid_from < now:
        raise Invalid(_("A table holds from now on or later."), code="library.past", field="since")
    last = QualityTable.objects.aggregate(last=Max("number"))["last"] or 0
    table = QualityTable.objects.create(
        number=last + 1, weights=dict(weights), valid_from=valid_from, reason=reason[:200], by=by, at=now
    )
    audit.record(
        action="library.set_table",
        object_ref=f"quality_table:{table.ulid}",
        now=now,
        actor=by,
        reason=reason,
        weights=dict(weights),
    )
    return table


def score_all(*, now: datetime) -> int:
    """The scores of all instruments in service are found anew, a few at a time; returns how many."""
    table = table_at(now)
    number = 0
    for batch in _batches(_in_service(now)):
        with transaction.atomic():
            for record in records_of(batch, now):
                keep_score(record.instrument, score_of(record, table), now)
                number += 1
    return number


def keep_score(instrument: Instrument, score: Score, now: datetime) -> None:
    """What lists and reminders know of an instrument. A change is told: `library.record_changed`."""
    known = InstrumentQuality.objects.filter(instrument=instrument).first()
    missing = [one.check.key for one in score.missing]
    said: dict[str, Any] = {"score": score.points, "missing": missing, "table": score.table}
    if known is not None and all(getattr(known, name) == value for name, value in said.items()):
        return
    InstrumentQuality.objects.update_or_create(instrument=instrument, defaults={**said, "found_at": now})
    publish("library.record_changed", now=now, instrument=instrument.ulid, score=score.points)


def remind_managers(*, now: datetime) -> int:
    """The managers of instruments whose record scores less than `library.reminder_score` hear of it, each
    once a month for each; returns how many such notices of this month there are.
    """
    least = parameters.value("library.reminder_score", at=now)
    weak = InstrumentQuality.objects.filter(score__lt=least, instrument__in=_in_service(now))
    number = 0
    for quality in weak.select_related("instrument").order_by("instrument_id"):
        for user in _managers(quality.instrument, now):
            notify(
                user=user,
                kind=RECORD_INCOMPLETE.key,
                now=now,
                args={
                    "instrument": both(quality.instrument.name_zh, quality.instrument.name_en),
                    "score": quality.score,
                    "missing": len(quality.missing),
                },
                url=reverse("quality_detail", args=[quality.instrument.asset_no]),
                dedupe=f"record:{quality.instrument.ulid}:{school_month(now)}",
            )
            number += 1
    return number


def _managers(instrument: Instrument, at: datetime) -> QuerySet[User]:
    crew = CrewMember.objects.filter(in_force(at), instrument=instrument, role=CrewMember.Role.MANAGER)
    return active_users(at).filter(pk__in=crew.values("user")).order_by("id")


def _in_service(at: datetime) -> QuerySet[Instrument]:
    return Instrument.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=at)).order_by("id")


def _batches(rows: QuerySet[Instrument]) -> Iterator[list[Instrument]]:
    found = rows.iterator(chunk_size=_AT_ONCE)
    while batch := list(islice(found, _AT_ONCE)):
        yield batch
