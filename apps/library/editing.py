"""Changing here what the register says of an asset: with a reason, column by column, and back again."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.instruments.models import Instrument
from apps.instruments.queries import manages
from apps.library.models import Asset, AssetEdit
from apps.library.register.cells import Wrong
from apps.library.register.columns import BY_NAME, EDITABLE, FAULTS, read_cell, written
from apps.library.register.deciding import lay_over
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.requirements import require_reason


@transaction.atomic
def edit_asset(*, asset: Asset, column: str, text: str, reason: str, by: User | None, now: datetime) -> Asset:
    """The asset says this in a column here, whatever the register says, until both say the same or a person
    takes the register's word.

    Raises Invalid `core.reason_required`, `library.column`, and the codes of faults of a cell; NotPermitted
    `library.not_yours`; WrongState `library.gone`.
    """
    reason = require_reason(reason)
    if column not in EDITABLE:
        raise Invalid(_("This column cannot be changed here."), code="library.column", field="column")
    fresh = _locked(asset, by, now)
    after = _checked(column, text.strip(), school_time(now).date())
    before = written(column, getattr(fresh, column))
    if before == after:
        return fresh
    edit = fresh.edits.filter(column=column, ended_at__isnull=True).first()
    if edit is None:
        AssetEdit.objects.create(
            asset=fresh, column=column, ours=after, theirs=before, reason=reason[:200], by=by, at=now
        )
    elif edit.theirs == after:
        AssetEdit.objects.filter(pk=edit.pk).update(ended_at=now, ended_by=by)
    else:
        AssetEdit.objects.filter(pk=edit.pk).update(ours=after, reason=reason[:200], by=by, at=now)
    return _told(fresh, column, before, after, reason, by, now)


@transaction.atomic
def take_back(*, edit: AssetEdit, reason: str, by: User, now: datetime) -> Asset:
    """The register's word holds again in a column. Raises Invalid `core.reason_required`; NotPermitted
    `library.not_yours`; WrongState `library.edit_ended`.
    """
    reason = require_reason(reason)
    fresh = _locked(edit.asset, by, now)
    if not AssetEdit.objects.filter(pk=edit.pk, ended_at__isnull=True).update(ended_at=now, ended_by=by):
        raise WrongState(_("The register's word holds here already."), code="library.edit_ended")
    edit.refresh_from_db()
    return _told(fresh, edit.column, edit.ours, edit.theirs, reason, by, now)


def may_edit(user: User, asset: Asset, at: datetime) -> bool:
    """The office may, and whoever is responsible for the instrument that the asset is."""
    if is_office(user, at):
        return True
    instrument = Instrument.objects.filter(asset_no=asset.asset_no).first()
    return instrument is not None and manages(user, instrument, at)


def _told(
    asset: Asset, column: str, before: str, after: str, reason: str, by: User | None, now: datetime
) -> Asset:
    lay_over(asset, column, after)
    audit.record(
        action="library.edit_asset",
        object_ref=f"asset:{asset.ulid}",
        now=now,
        actor=by,
        reason=reason,
        column=column,
        before=before,
        after=after,
    )
    publish("library.asset_changed", now=now, asset=asset.ulid)
    asset.refresh_from_db()
    return asset


def _locked(asset: Asset, by: User | None, now: datetime) -> Asset:
    fresh = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=asset.pk)
    if by is not None and not may_edit(by, fresh, now):
        raise NotPermitted(
            _("Only the equipment office, or who manages the instrument, changes this."),
            code="library.not_yours",
        )
    if fresh.gone_at is not None:
        raise WrongState(_("The register no longer has this asset."), code="library.gone")
    return fresh


def _checked(column: str, text: str, latest: date) -> str:
    try:
        return written(column, read_cell(BY_NAME[column], text, latest))
    except Wrong as wrong:
        raise Invalid(FAULTS[wrong.code], code=wrong.code, field="text") from None
