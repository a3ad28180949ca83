"""Rounds: opening one with its sheets, freezing figures for them, and the states that it goes through.
What was frozen is never changed; records that change later change nothing here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.figures import Figure
from apps.core.outbox import publish
from apps.evaluation.content import INSTRUMENT, RECORDS, Content
from apps.evaluation.models import FrozenFigure, Round, SchemeVersion, Sheet
from apps.evaluation.periods import period_of
from apps.instruments.models import Instrument
from apps.people.models import OrgUnit, User
from apps.people.requirements import require_office

NUMBERS = ("top_share", "bottom_share", "adjust_most", "shared_papers", "idle_charge", "stop_purchase")
BATCH = 500
EARLIEST, LATEST = 2000, 2100
State = Round.State


@transaction.atomic
def open_round(
    *,
    version: SchemeVersion,
    year: int,
    by: User | None,
    now: datetime,
    cohort: str = "",
    instruments: QuerySet[Instrument] | None = None,
    source_case: str = "",
) -> Round:
    """A round of the period that begins in `year`, with a sheet for everything that it judges: of every
    instrument that was in service in the period (`instruments`: only of these), or of every laboratory with
    one.

    Raises NotPermitted `people.office_only`; Invalid `evaluation.draft`, `evaluation.year`,
    `evaluation.not_for_period`, `evaluation.no_cohort`, `evaluation.nothing`; WrongState
    `evaluation.round_open`, `evaluation.judged_already` for what has a published score of this period.
    """
    require_office(by, now)
    content = _for_period(version, year, cohort)
    starts, ends = period_of(content.period, year)
    numbers = parameters.values((f"evaluation.{name}" for name in NUMBERS), at=now)
    try:
        with transaction.atomic():
            round_ = Round.objects.create(
                scheme=version.scheme,
                version=version,
                year=year,
                starts=starts,
                ends=ends,
                cohort=cohort,
                numbers={name: numbers[f"evaluation.{name}"] for name in NUMBERS},
                opened_by=by,
                opened_at=now,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("A round of this scheme and period is open already."), code="evaluation.round_open"
        ) from exc
    judged = Instrument.objects.all() if instruments is None else instruments
    made = _sheets(round_, content, judged)
    if not made:
        raise Invalid(_("There is nothing to judge in this period."), code="evaluation.nothing")
    _require_first(round_, made)
    Sheet.objects.bulk_create(made, batch_size=BATCH)
    Round.objects.filter(pk=round_.pk).update(total=len(made))
    round_.total = len(made)
    audit.record(
        action="evaluation.open_round",
        object_ref=f"evaluation_round:{round_.ulid}",
        now=now,
        actor=by,
        sheets=len(made),
        version=version.ulid,
    )
    publish("evaluation.round_opened", now=now, round=round_.ulid)
    return round_


@transaction.atomic
def freeze(*, round_: Round, figures: Mapping[int, Mapping[str, Figure]], now: datetime) -> int:
    """The figures of records of some sheets (by primary key of the sheet) are frozen; what the scheme does
    not name is left out, what records do not answer is 0. Sheets that were drawn before stay as they are, so
    that it may be repeated. Gives how many were frozen.

    Raises WrongState `evaluation.drawn` when the round draws no more; Invalid `evaluation.figure_unit`.
    """
    row = locked(round_)
    if row.state != State.DRAWING:
        raise WrongState(_("The figures of this round are frozen."), code="evaluation.drawn")
    content = row.version.tree
    waiting = Sheet.objects.select_for_update().filter(
        round=row, pk__in=list(figures), state=Sheet.State.DRAWN
    )
    drawn = list(waiting)
    rows = [made for sheet in drawn for made in _frozen(sheet, content, figures[sheet.pk], now)]
    FrozenFigure.objects.bulk_create(rows, batch_size=BATCH)
    Sheet.objects.filter(pk__in=[one.pk for one in drawn]).update(state=Sheet.State.REPORTING, drawn_at=now)
    Round.objects.filter(pk=row.pk).update(done=row.sheets.exclude(state=Sheet.State.DRAWN).count())
    return len(drawn)


@transaction.atomic
def begin_reports(*, round_: Round, now: datetime) -> Round:
    """Every sheet is drawn: the crews report. Raises WrongState `evaluation.undrawn`, `evaluation.state`."""
    row = locked(round_)
    if row.state == State.REPORTING:
        return row
    if row.sheets.filter(state=Sheet.State.DRAWN).exists():
        raise WrongState(_("Some figures are not drawn yet."), code="evaluation.undrawn")
    return move(row, (State.DRAWING,), State.REPORTING, now)


@transaction.atomic
def cancel_round(*, round_: Round, reason: str, by: User | None, now: datetime) -> Round:
    """The round is given up, with a reason. What was frozen stays to be read. Raises WrongState
    `evaluation.state`; NotPermitted `people.office_only`.
    """
    require_office(by, now)
    row = locked(round_)
    if row.is_over:
        raise _not_now(row)
    return move(row, (State(row.state),), State.CANCELLED, now, reason=reason.strip()[:300])


def locked(round_: Round) -> Round:
    """The round's row, held until the end of the transaction."""
    return Round.objects.select_for_update(of=("self",)).select_related("version__scheme").get(pk=round_.pk)


def move(row: Round, before: Sequence[str], after: str, now: datetime, **changes: Any) -> Round:
    """The round is in another state from now on. Raises WrongState `evaluation.state`."""
    if row.state not in before:
        raise _not_now(row)
    row.state = after
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *changes])
    publish("evaluation.round_changed", now=now, round=row.ulid, state=str(after))
    return row


def undrawn(round_: Round, most: int = BATCH) -> list[Sheet]:
    """Sheets whose figures are not frozen yet, the next ones first. One query."""
    found = round_.sheets.filter(state=Sheet.State.DRAWN).select_related("instrument", "lab")
    return list(found.order_by("id")[:most])


def instruments_of(sheets: Iterable[Sheet], round_: Round) -> dict[int, list[Instrument]]:
    """The instruments behind each sheet, by primary key of the sheet: itself, or those of the laboratory. At
    most one query.
    """
    listed = list(sheets)
    labs = {one.lab_id: one.pk for one in listed if one.lab_id is not None}
    found: dict[int, list[Instrument]] = {
        one.pk: [one.instrument] if one.instrument is not None else [] for one in listed
    }
    if labs:
        inside = _in_service(Instrument.objects.all(), round_).filter(
            Q(unit__in=labs) | Q(unit__parent__in=labs)
        )
        for instrument in inside.select_related("unit"):
            unit = instrument.unit
            pk = labs.get(unit.pk) or labs.get(unit.parent_id or 0)
            if pk is not None:
                found[pk].append(instrument)
    return found


def _for_period(version: SchemeVersion, year: int, cohort: str) -> Content:
    if version.is_draft or version.valid_from is None:
        raise Invalid(_("A round wants an adopted version."), code="evaluation.draft", field="version")
    if not EARLIEST <= year <= LATEST:
        raise Invalid(_("There is no such year."), code="evaluation.year", field="year")
    content = version.tree
    starts, _ends = period_of(content.period, year)
    if school_time(starts).date() < version.valid_from and version.number > 1:
        raise Invalid(
            _("This version is meant for later periods."), code="evaluation.not_for_period", field="version"
        )
    if cohort and cohort not in {one.key for one in content.cohorts}:
        raise Invalid(_("The scheme has no such cohort."), code="evaluation.no_cohort", field="cohort")
    return content


def _require_first(round_: Round, made: Sequence[Sheet]) -> None:
    """What follows from a score follows once: nothing is judged again for a period that is published."""
    published = Sheet.objects.filter(
        round__scheme=round_.scheme_id, round__year=round_.year, round__state=State.PUBLISHED
    )
    judged = set(published.values_list("instrument_id", "lab_id"))
    if number := sum((one.instrument_id, one.lab_id) in judged for one in made):
        raise WrongState(
            _("%(number)d of them have a published score of this period already.") % {"number": number},
            code="evaluation.judged_already",
            sheets=number,
        )


def _in_service(instruments: QuerySet[Instrument], round_: Round) -> QuerySet[Instrument]:
    return instruments.filter(valid_from__lt=round_.ends).filter(
        Q(retired_at__isnull=True) | Q(retired_at__gt=round_.starts)
    )


def _sheets(round_: Round, content: Content, instruments: QuerySet[Instrument]) -> list[Sheet]:
    judged = _in_service(instruments, round_)
    if content.subject != INSTRUMENT:
        cohort = content.cohort_of().key
        labs = OrgUnit.objects.filter(kind=OrgUnit.Kind.LAB).filter(
            Q(instruments__in=judged) | Q(children__instruments__in=judged)
        )
        return [
            Sheet(round=round_, lab=lab, unit=lab, cohort=cohort) for lab in labs.distinct().order_by("code")
        ]
    found = []
    for one in judged.order_by("asset_no"):
        cohort = content.cohort_of(class6=one.class6, grade=one.grade, mode=one.management_mode).key
        if round_.cohort in ("", cohort):
            found.append(Sheet(round=round_, instrument=one, unit_id=one.unit_id, cohort=cohort))
    return found


def _frozen(
    sheet: Sheet, content: Content, figures: Mapping[str, Figure], now: datetime
) -> Iterable[FrozenFigure]:
    for spec in content.figures:
        if spec.source != RECORDS:
            continue
        found = figures.get(spec.key)
        if found is not None and found.unit.value != spec.unit:
            raise Invalid(
                _("The scheme counts “%(key)s” in another unit than the records.") % {"key": spec.key},
                code="evaluation.figure_unit",
                figure=spec.key,
            )
        yield FrozenFigure(
            sheet=sheet,
            key=spec.key,
            unit=spec.unit,
            value=found.value if found else 0,
            source=found.source if found else "",
            records=found.records if found else 0,
            digest=found.digest if found else "",
            link=found.link[:300] if found else "",
            frozen_at=now,
        )


def _not_now(row: Round) -> WrongState:
    return WrongState(
        _("This is not possible now: %(state)s.") % {"state": State(row.state).label},
        code="evaluation.state",
        state=row.state,
    )
