"""Opening an instrument, level by level, and taking it back: every change is a dated row with its reason, and
nothing else writes the level of an instrument in service. Enlisting an asset as an instrument begins at 0, as
does what a person imports; only a school that is founded takes the levels of its instruments over.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.ladder import LEVELS, Standing, unmet
from apps.instruments.models import CrewMember, Facility, Instrument, OpeningChange, SelfTest
from apps.instruments.queries import crew_of, holds_manage
from apps.people.models import OrgUnit, User
from apps.people.requirements import require_office, require_reason

_ASSET_NO = re.compile(r"[A-Z0-9][A-Z0-9-]{3,19}")
_QUOTA = 1400
TAKEN_OVER = "import"  # the reason of what was open before the school began here


@transaction.atomic
def open_level(
    *,
    instrument: Instrument,
    level: int,
    by: User | None,
    now: datetime,
    reason: str = "",
    standing: Standing | None = None,
    source_case: str = "",
) -> OpeningChange:
    """The instrument is open at a level from now on, 0 to 5. Higher asks for its `standing` and that nothing
    is missing (what this room knows itself is looked at anew, under the lock); lower asks for a reason.

    Raises NotPermitted `instruments.not_authorized`; Invalid `instruments.level`, `core.reason_required`;
    WrongState `instruments.same_level`, `instruments.retired`, `instruments.ladder` (`details.missing` names
    what is not there).
    """
    if level not in (0, *LEVELS):
        raise Invalid(_("There are the levels 0 to 5."), code="instruments.level", field="level")
    if by is not None and not holds_manage(by, instrument, now):
        raise NotPermitted(
            _("This needs the right to manage the instrument."), code="instruments.not_authorized"
        )
    row = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    if row.retired_at is not None and row.retired_at <= now:
        raise WrongState(_("The instrument has already left service."), code="instruments.retired")
    before = row.opening_level
    if before == level:
        raise WrongState(_("It is open at this level already."), code="instruments.same_level")
    if level < before:
        reason = require_reason(reason)
    else:
        _require_standing(row, level, standing, now)
    row.opening_level = level
    row.save(update_fields=["opening_level"])
    change = OpeningChange.objects.create(
        instrument=row,
        before=before,
        after=level,
        reason=reason[:200],
        by=by,
        at=now,
        source_case=source_case,
    )
    audit.record(
        action="instruments.open_level",
        object_ref=f"instrument:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        before=before,
        after=level,
    )
    publish("instruments.changed", now=now, instrument=row.ulid)
    publish("instruments.level_changed", now=now, instrument=row.ulid, before=before, after=level)
    instrument.refresh_from_db()
    return change


def note_taken_over(instruments: Sequence[Instrument], now: datetime) -> None:
    """The levels that a school brings along when it is founded, as the first rows of the history. In the
    transaction that makes the instruments.
    """
    OpeningChange.objects.bulk_create(
        [
            OpeningChange(
                instrument=one, before=0, after=one.opening_level, reason=TAKEN_OVER, by=None, at=now
            )
            for one in instruments
            if one.opening_level
        ],
        batch_size=500,
    )


@transaction.atomic
def note_self_test(*, instrument: Instrument, dev: str, node: int, ok: bool, now: datetime) -> SelfTest:
    """A controller tested itself at the instrument. Passed, it is told: `instruments.commissioned`."""
    test = SelfTest.objects.create(instrument=instrument, dev=dev, node=node, ok=ok, at=now)
    if ok:
        publish("instruments.commissioned", now=now, instrument=instrument.ulid)
    return test


def last_self_test(instrument: Instrument) -> SelfTest | None:
    """How the controller's last test of itself went."""
    return instrument.self_tests.order_by("-at", "-id").first()


@transaction.atomic
def enlist_instrument(
    *,
    asset_no: str,
    name_zh: str,
    name_en: str,
    class6: str,
    class_name: str,
    model: str,
    maker: str,
    origin: str,
    price_fen: int,
    commissioned: date,
    facility: Facility,
    unit: OrgUnit,
    service_modes: str,
    access_node: str,
    required_level: str,
    customs_supervised: bool,
    customs_until: date | None,
    by: User | None,
    now: datetime,
) -> Instrument:
    """An asset is an instrument of a facility from now on, open at level 0.

    Raises NotPermitted `people.office_only`; Invalid `instruments.asset_no`, `instruments.class6`,
    `instruments.access_node`; WrongState `instruments.enlisted`.
    """
    require_office(by, now)
    if not _ASSET_NO.fullmatch(asset_no):
        raise Invalid(
            _("An instrument's number has 4 to 20 capital letters, digits and dashes."),
            code="instruments.asset_no",
            field="asset_no",
        )
    if not re.fullmatch(r"\d{6}", class6):
        raise Invalid(_("A class has six digits."), code="instruments.class6", field="class6")
    if access_node not in Instrument.AccessNode.values:
        raise Invalid(_("This cannot be set so."), code="instruments.access_node", field="access_node")
    try:
        with transaction.atomic():
            instrument = Instrument.objects.create(
                asset_no=asset_no,
                name_zh=name_zh[:80],
                name_en=name_en[:120],
                class6=class6,
                class_name=class_name[:60],
                grade="research",
                model=model[:80],
                maker=maker[:80],
                origin=origin[:40],
                price_fen=price_fen,
                commissioned=commissioned,
                facility=facility,
                unit=unit,
                management_mode="pooled",
                hosting="own",
                service_modes=service_modes,
                required_level=required_level,
                night_self_use=False,
                access_node=access_node,
                customs_supervised=customs_supervised,
                customs_until=customs_until,
                quota_hours=_QUOTA,
                opening_level=0,
                revocation_class=Instrument.RevocationClass.CUT,
                valid_from=now,
            )
    except IntegrityError:
        raise WrongState(_("This asset is an instrument already."), code="instruments.enlisted") from None
    audit.record(
        action="instruments.enlist_instrument",
        object_ref=f"instrument:{instrument.ulid}",
        now=now,
        actor=by,
        asset_no=asset_no,
        facility=facility.code,
    )
    publish("instruments.imported", now=now, count=1, first=asset_no, last=asset_no)
    return instrument


def _require_standing(row: Instrument, level: int, standing: Standing | None, now: datetime) -> None:
    missing = ["standing"]
    if standing is not None:
        test = last_self_test(row)
        found = replace(
            standing,
            in_service=True,
            managed=any(one.role == CrewMember.Role.MANAGER for one in crew_of(row, now)),
            service_modes=row.service_modes,
            access_node=row.access_node,
            self_tested=test is not None and test.ok,
        )
        missing = [rung.key for rung in unmet(level, found)]
    if missing:
        raise WrongState(
            _("Something is still missing for this level of opening."),
            code="instruments.ladder",
            missing=missing,
        )
