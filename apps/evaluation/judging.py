"""Panels over scores: who judges in a round, and what they change. A panel of the first stage looks at the
best and the last of each cohort; an appeal is decided by people none of whom judged first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.evaluation.access import require_report
from apps.evaluation.models import Adjustment, Appeal, Judge, Round, Sheet
from apps.evaluation.rounds import locked, move
from apps.evaluation.scoring import grade_of
from apps.evaluation.sheets import held
from apps.people.models import User
from apps.people.requirements import require_reason
from rules.points.evaluation_score import PANEL

BANDS, APPEAL = "bands", "appeal"
HIGHEST = 10_000  # hundredths
State = Round.State


@dataclass(frozen=True)
class Change:
    """What a panel makes of a score: hundredths of a point up or down, and why."""

    hundredths: int
    reason: str


@transaction.atomic
def register_judges(*, round_: Round, users: Iterable[User], stage: str, now: datetime) -> None:
    """These people judge in a stage of the round, as members or in reserve. Raises WrongState
    `evaluation.first_judge` for whoever judges in the other one: nobody hears the appeal against themselves.
    """
    row = locked(round_)
    for user in users:
        try:
            with transaction.atomic():
                Judge.objects.get_or_create(round=row, user=user, stage=stage, defaults={"at": now})
        except IntegrityError as exc:
            raise WrongState(
                _("%(name)s judges in another stage of this round.") % {"name": user.display_name},
                code="evaluation.first_judge",
                field="members",
                user=user.ulid,
            ) from exc


def judges_of(round_: Round, stage: str) -> set[int]:
    """Primary keys of those who judge in a stage. One query."""
    return set(Judge.objects.filter(round=round_, stage=stage).values_list("user_id", flat=True))


def before_panel(round_: Round) -> list[Sheet]:
    """The sheets that the first panel looks at, the best first. One query."""
    found = round_.sheets.filter(way=PANEL).select_related("instrument", "lab", "unit")
    return list(found.order_by("cohort", "-computed", "id"))


def appealed(round_: Round) -> list[Sheet]:
    """The sheets against whose score somebody appealed and that are not decided. One query."""
    found = round_.sheets.filter(appeal__isnull=False, appeal__decided_at__isnull=True)
    return list(found.select_related("instrument", "lab", "unit", "appeal").order_by("id"))


def require_change(round_: Round, sheet: Sheet, change: Change) -> int:
    """The score after a change. Raises Invalid `evaluation.adjust_most` (the round's limit),
    `evaluation.adjust_range` (below 0 or above 100), `core.reason_required`.
    """
    require_reason(change.reason)
    limit = int(Fraction(str(round_.numbers["adjust_most"])) * 100)
    if abs(change.hundredths) > limit:
        raise Invalid(
            _("A panel changes a score by at most %(most)s points.")
            % {"most": round_.numbers["adjust_most"]},
            code="evaluation.adjust_most",
            field="change",
        )
    after = (sheet.total or 0) + change.hundredths
    if not 0 <= after <= HIGHEST:
        raise Invalid(_("A score is between 0 and 100."), code="evaluation.adjust_range", field="change")
    return after


@transaction.atomic
def conclude_bands(
    *, round_: Round, changes: Mapping[str, Change], panel: str, now: datetime
) -> list[Adjustment]:
    """What the first panel came to: these scores (by ULID of the sheet) are others now, the rest stands. Each
    sheet is changed once. Raises Invalid as `require_change`, `evaluation.not_before_panel`; WrongState
    `evaluation.state`.
    """
    row = locked(round_)
    if row.state != State.JUDGING:
        move(row, (State.JUDGING,), State.JUDGING, now)
    known = {one.ulid: one for one in before_panel(row)}
    if strange := sorted(set(changes) - set(known)):
        raise Invalid(
            _("This sheet is not before the panel."), code="evaluation.not_before_panel", sheets=strange
        )
    return [_adjust(row, known[ulid], BANDS, change, panel, now) for ulid, change in changes.items()]


@transaction.atomic
def raise_appeal(*, sheet: Sheet, reason: str, by: User, now: datetime) -> Appeal:
    """Whoever answers for the sheet appeals against its score, once, while the notice stands. Raises Invalid
    `core.reason_required`; WrongState `evaluation.no_notice`, `evaluation.appealed`; NotPermitted
    `evaluation.not_reporter`.
    """
    reason = require_reason(reason)
    round_ = locked(sheet.round)
    row = held(sheet)
    require_notice(round_, now)
    may_appeal(row, by, now)
    try:
        with transaction.atomic():
            made = Appeal.objects.create(sheet=row, by=by, reason=reason, raised_at=now)
    except IntegrityError as exc:
        raise WrongState(_("There is one appeal, and it was raised."), code="evaluation.appealed") from exc
    audit.record(
        action="evaluation.appeal",
        object_ref=f"evaluation_sheet:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
    )
    publish("evaluation.appealed", now=now, appeal=made.ulid, sheet=row.ulid)
    return made


@transaction.atomic
def decide_appeal(*, appeal: Appeal, change: Change | None, answer: str, panel: str, now: datetime) -> Appeal:
    """The other panel has decided: `change` upholds the appeal, None does not. Raises Invalid as
    `require_change`; WrongState `evaluation.appeal_decided`, `evaluation.state`.
    """
    answer = require_reason(answer)
    round_ = locked(appeal.sheet.round)
    row = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    if row.decided_at is not None:
        raise WrongState(_("This appeal was decided already."), code="evaluation.appeal_decided")
    if round_.state != State.NOTICE:
        move(round_, (State.NOTICE,), State.NOTICE, now)
    sheet = held(appeal.sheet)
    if change is not None:
        _adjust(round_, sheet, APPEAL, change, panel, now)
    row.upheld, row.answer, row.panel, row.decided_at = change is not None, answer, panel, now
    row.save(update_fields=["upheld", "answer", "panel", "decided_at"])
    publish("evaluation.appeal_decided", now=now, appeal=row.ulid, sheet=sheet.ulid, upheld=bool(row.upheld))
    return row


def require_notice(round_: Round, now: datetime) -> None:
    """WrongState `evaluation.no_notice` unless the notice stands."""
    open_ = (
        round_.state == State.NOTICE
        and round_.notice_from is not None
        and round_.notice_until is not None
        and round_.notice_from <= now < round_.notice_until
    )
    if not open_:
        raise WrongState(_("Appeals are raised while the notice stands."), code="evaluation.no_notice")


def may_appeal(sheet: Sheet, by: User, now: datetime) -> None:
    """NotPermitted `evaluation.not_reporter`."""
    require_report(sheet, by, now)


def _adjust(round_: Round, sheet: Sheet, stage: str, change: Change, panel: str, now: datetime) -> Adjustment:
    after = require_change(round_, sheet, change)
    before = sheet.total or 0
    try:
        with transaction.atomic():
            made = Adjustment.objects.create(
                sheet=sheet,
                stage=stage,
                change=change.hundredths,
                before=before,
                after=after,
                reason=change.reason.strip(),
                panel=panel,
                decided_at=now,
            )
    except IntegrityError as exc:
        raise WrongState(_("This score was judged already."), code="evaluation.adjusted") from exc
    grade = grade_of(round_.version.tree, Fraction(after, 100)).key
    Sheet.objects.filter(pk=sheet.pk).update(total=after, grade=grade)
    sheet.total, sheet.grade = after, grade
    return made
