"""Forming a panel, saying who presides, and the end of it. What becomes of its seats is `seating`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.panels.counting import result_of
from apps.panels.models import Committee, Panel, PanelSeat
from apps.panels.requirements import (
    State,
    locked,
    require_convener,
    require_later,
    require_reason_of,
    require_secretariat,
    require_voters,
    tell_seat,
)
from apps.panels.tally import TallyRules
from apps.panels.voting import abandon
from apps.people.models import User
from apps.people.requirements import require_office

_FROZEN = (
    *("quorum", "first_majority", "second_majority", "abstentions_count", "tie", "early_close"),
    *("minimum_members", "familiarity_average", "votes_shown_to", "names_shown"),
)


@transaction.atomic
def form_panel(
    *,
    committee: Committee,
    subject_ref: str,
    members: Sequence[User],
    substitutes: Sequence[User] = (),
    chair: User | None,
    answer_by: datetime,
    by: User | None,
    now: datetime,
    source_case: str = "",
    decisions: Mapping[int, str] | None = None,
) -> Panel:
    """The panel that judges a subject; its members are invited, the substitutes wait in this order. The
    numbers of the counting are those of now, for as long as the panel lasts. `decisions` names by primary key
    the record that found somebody eligible. `chair`: see `queries.presiding`; None until `name_chair`.

    Raises Invalid `panels.subject`, `panels.too_few`, `panels.even`, `panels.twice`, `panels.due`;
    NotPermitted `panels.not_convener`; WrongState `panels.no_seat`, `panels.panel_open`, `panels.rules`.
    """
    require_secretariat(committee, by, now)
    require_later(answer_by, now, "answer_by")
    if not subject_ref.strip():
        raise Invalid(_("Say what is judged."), code="panels.subject", field="subject_ref")
    rules = _rules(now)
    everybody = [*members, *substitutes]
    if len({user.pk for user in everybody}) != len(everybody):
        raise Invalid(_("Somebody is named twice."), code="panels.twice", field="members")
    require_voters(committee, [*everybody, *([chair] if chair else [])], now)
    if len(members) < rules["minimum_members"]:
        raise _too_few(rules["minimum_members"])
    if len(members) % 2 == 0:
        raise Invalid(_("A panel has an odd number of members."), code="panels.even", field="members")
    try:
        with transaction.atomic():
            panel = Panel.objects.create(
                committee=committee,
                subject_ref=subject_ref,
                rules=rules,
                chair=chair,
                formed_at=now,
                formed_by=by,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(_("A panel is judging this already."), code="panels.panel_open") from exc
    _ask(panel, members, State.INVITED, 1, decisions or {}, invited_at=now, answer_by=answer_by)
    _ask(panel, substitutes, State.RESERVE, len(members) + 1, decisions or {})
    for seat in panel.seats.filter(state=State.INVITED).select_related("user", "panel"):
        tell_seat(seat, now)
    _record("form_panel", panel, by, now, members=len(members), substitutes=len(substitutes))
    publish("panels.panel_formed", now=now, panel=panel.ulid, subject=subject_ref)
    return panel


@transaction.atomic
def name_chair(*, panel: Panel, user: User, reason: str, by: User | None, now: datetime) -> Panel:
    """Somebody presides over the panel from now on: a voting member of the committee who did not recuse.
    Named by the system (chair, else deputy), or by the office, which is above the secretary.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `panels.panel_ended`,
    `panels.chair_conflict`, `panels.no_seat`.
    """
    reason = require_reason_of(by, reason)
    require_office(by, now)
    row = locked(panel)
    if row.seats.filter(user=user, state=State.RECUSED).exists():
        raise WrongState(_("This person is in conflict."), code="panels.chair_conflict", field="user")
    require_voters(row.committee, [user], now)
    row.chair = user
    row.save(update_fields=["chair"])
    _record("name_chair", row, by, now, reason=reason, user=user.ulid)
    publish("panels.chair_changed", now=now, panel=row.ulid, user=user.ulid)
    return row


@transaction.atomic
def end_panel(*, panel: Panel, because: str, by: User | None, now: datetime, reason: str = "") -> Panel:
    """The panel has done its work, or its case ended under it: then a round that is open is abandoned,
    nothing of it is counted, and its ballots stay sealed.

    Raises Invalid `panels.ending`; NotPermitted `panels.not_convener`; WrongState `panels.panel_ended`,
    `panels.undecided`.
    """
    if because not in Panel.Ending.values:
        raise Invalid(_("A panel does not end like this."), code="panels.ending", field="because")
    row = locked(panel)
    require_convener(row, by, now)
    if because == Panel.Ending.DECIDED:
        _require_decided(row)
    abandon(row, now)
    row.ended_at, row.ended_because, row.end_reason = now, because, reason.strip()
    row.save(update_fields=["ended_at", "ended_because", "end_reason"])
    _record("end_panel", row, by, now, reason=reason, because=because)
    publish("panels.panel_ended", now=now, panel=row.ulid, subject=row.subject_ref, why=because)
    return row


def _ask(
    panel: Panel, people: Sequence[User], state: str, first: int, decisions: Mapping[int, str], **invited: Any
) -> None:
    for position, user in enumerate(people, start=first):
        PanelSeat.objects.create(
            panel=panel,
            user=user,
            position=position,
            state=state,
            decision=decisions.get(user.pk, ""),
            **invited,
        )


def _rules(now: datetime) -> dict[str, Any]:
    found = parameters.values((f"panels.{name}" for name in _FROZEN), at=now)
    rules = {name: found[f"panels.{name}"] for name in _FROZEN}
    try:
        return rules | TallyRules.from_json(rules).to_json()
    except (ValueError, ZeroDivisionError) as exc:
        raise WrongState(
            _("The numbers for voting are not usable; the office has to mend them."), code="panels.rules"
        ) from exc


def _too_few(minimum: int) -> Invalid:
    return Invalid(
        _("A panel has at least %(number)s members.") % {"number": minimum},
        code="panels.too_few",
        field="members",
        minimum=minimum,
    )


def _require_decided(panel: Panel) -> None:
    last = panel.rounds.order_by("-number").first()
    found = result_of(last) if last is not None else None
    if found is None or found.result not in ("approved", "modified", "rejected"):
        raise WrongState(_("The panel has not decided yet."), code="panels.undecided")


def _record(act: str, panel: Panel, by: User | None, now: datetime, reason: str = "", **details: Any) -> None:
    audit.record(
        action=f"panels.{act}",
        object_ref=f"panel:{panel.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )
