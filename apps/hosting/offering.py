"""An owner offers an instrument to a facility; the offer is taken back, declined, or goes on."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.hosting.models import Agreement, Side
from apps.hosting.sides import locked, moved, require_side, traced
from apps.instruments.models import HOSTED, Facility, Instrument
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.requirements import require_active, require_reason

State = Agreement.State


@transaction.atomic
def offer_instrument(
    *,
    group: ResearchGroup,
    facility: Facility,
    asset_no: str,
    why: str,
    by: User,
    now: datetime,
    name_zh: str = "",
    name_en: str = "",
    source_case: str = "",
) -> Agreement:
    """The principal investigator of a group offers an instrument for hosting: one of the register that
    belongs to the group's unit, or one by its asset number that is to be taken in and so wants a name.

    Raises NotPermitted `hosting.not_owner`, `people.not_active`; Invalid `core.reason_required`,
    `hosting.asset_no`, `hosting.name`, `hosting.not_theirs`; WrongState `hosting.open`, `hosting.hosted`.
    """
    require_active(by, now)
    if group.pi_id != by.pk:
        raise NotPermitted(
            _("The principal investigator of the owning group offers it."), code="hosting.not_owner"
        )
    why, asset_no = require_reason(why), asset_no.strip().upper()
    if not asset_no or len(asset_no) > 20:
        raise Invalid(_("Please give the asset number."), code="hosting.asset_no", field="asset_no")
    machine = Instrument.objects.filter(asset_no=asset_no).first()
    if machine is not None:
        if machine.hosting == HOSTED:
            raise WrongState(_("This instrument is hosted already."), code="hosting.hosted")
        if not is_theirs(machine, group):
            raise Invalid(
                _("This instrument belongs to another unit than that of your group."),
                code="hosting.not_theirs",
                field="asset_no",
            )
        name_zh, name_en = machine.name_zh, machine.name_en
    if not name_zh.strip():
        raise Invalid(_("Please name the instrument."), code="hosting.name", field="name_zh")
    try:
        with transaction.atomic():
            made = Agreement.objects.create(
                asset_no=asset_no,
                name_zh=name_zh.strip()[:80],
                name_en=name_en.strip()[:120],
                instrument=machine,
                group=group,
                facility=facility,
                why=why,
                offered_by=by,
                offered_at=now,
                source_case=source_case,
            )
    except IntegrityError as exc:
        raise WrongState(
            _("There is an agreement about this instrument, or an offer that is not answered."),
            code="hosting.open",
        ) from exc
    traced("offer_instrument", made, by, now, reason=why)
    return made


@transaction.atomic
def withdraw_offer(*, agreement: Agreement, by: User | None, now: datetime, reason: str = "") -> Agreement:
    """The owner takes the offer back before the handover. Raises `hosting.not_your_side`; WrongState
    `hosting.moved`.
    """
    require_side(agreement, Side.OWNER, by, now)
    row = locked(agreement, *Agreement.BEFORE)
    return moved(row, State.WITHDRAWN, by, now, reason=reason, ended_at=now, ended_why=reason)


@transaction.atomic
def decline_offer(*, agreement: Agreement, by: User | None, now: datetime, reason: str) -> Agreement:
    """The host, or the office, does not take the instrument in. Raises Invalid `core.reason_required`;
    NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`.
    """
    reason = require_reason(reason)
    try:
        require_side(agreement, Side.HOST, by, now)
    except NotPermitted:
        require_side(agreement, Side.OFFICE, by, now)
    row = locked(agreement, *Agreement.BEFORE)
    return moved(row, State.DECLINED, by, now, reason=reason, ended_at=now, ended_why=reason)


def is_theirs(machine: Instrument, group: ResearchGroup) -> bool:
    """Whether the instrument stands in the group's unit or one around it; or, run by a stand-alone crew, in a
    lab of the group's unit. Whose it really is the inspection looks at.
    """
    dispersed = machine.facility.level == Facility.Level.INDEPENDENT
    return machine.unit_id in _around(group.unit) or (dispersed and group.unit_id in _around(machine.unit))


def _around(unit: OrgUnit | None) -> set[int]:
    """A unit and those above it, by primary keys."""
    found = set()
    while unit is not None:
        found.add(unit.pk)
        unit = unit.parent
    return found
