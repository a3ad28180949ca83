"""Putting assets on a list by hand, and taking them off: with who, when and why, for a period."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.library.lists import list_of
from apps.library.models import Asset, AssetTag
from apps.people.models import User
from apps.people.requirements import require_office, require_period, require_reason


@transaction.atomic
def tag_asset(
    *,
    asset: Asset,
    kind: str,
    included: bool,
    reason: str,
    by: User | None,
    now: datetime,
    valid_until: datetime | None = None,
) -> AssetTag:
    """The asset is on a list (or, not `included`, is taken off a computed one) from now on; a tag of before
    ends.

    Raises NotFound `library.no_list`; Invalid `core.reason_required`, `core.period`, `library.whole_list`
    (everything is on it), `library.only_tagged` (nothing is computed there that could be taken off);
    WrongState `library.tagged`, `library.gone`; NotPermitted `people.office_only`.
    """
    reason = require_reason(reason)
    require_period(now, valid_until)
    require_office(by, now)
    _require_taggable(kind, included=included, now=now)
    fresh = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=asset.pk)
    if fresh.gone_at is not None:
        raise WrongState(_("The register no longer has this asset."), code="library.gone")
    before = fresh.tags.filter(in_force(now), kind=kind).first()
    if before is not None and before.included == included:
        raise WrongState(_("This is so already."), code="library.tagged")
    fresh.tags.filter(in_force(now), kind=kind).update(revoked_at=now)
    tag = AssetTag.objects.create(
        asset=fresh,
        kind=kind,
        included=included,
        reason=reason[:200],
        by=by,
        valid_from=now,
        valid_until=valid_until,
    )
    audit.record(
        action="library.tag_asset",
        object_ref=f"asset:{fresh.ulid}",
        now=now,
        actor=by,
        reason=reason,
        kind=kind,
        included=included,
    )
    publish("library.asset_changed", now=now, asset=fresh.ulid)
    return tag


@transaction.atomic
def end_tag(*, tag: AssetTag, reason: str, by: User | None, now: datetime) -> AssetTag:
    """What is computed counts again. Raises Invalid `core.reason_required`; NotPermitted
    `people.office_only`; WrongState `library.tag_ended`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if not AssetTag.objects.filter(in_force(now), pk=tag.pk).update(revoked_at=now):
        raise WrongState(_("This tag has ended."), code="library.tag_ended")
    audit.record(
        action="library.end_tag",
        object_ref=f"asset:{tag.asset.ulid}",
        now=now,
        actor=by,
        reason=reason,
        kind=tag.kind,
    )
    publish("library.asset_changed", now=now, asset=tag.asset.ulid)
    tag.refresh_from_db()
    return tag


def tags_at(assets: Iterable[int], at: datetime) -> list[AssetTag]:
    """The tags of assets that hold at a moment."""
    found = AssetTag.objects.filter(in_force(at), asset__in=list(assets))
    return list(found.select_related("by", "asset").order_by("kind"))


def _require_taggable(kind: str, *, included: bool, now: datetime) -> None:
    computed = list_of(kind).computed
    if computed is not None and not computed(now):
        raise Invalid(_("Everything is on this list."), code="library.whole_list", field="kind")
    if computed is None and not included:
        raise Invalid(
            _("Only tags put assets on this list: end the tag instead."),
            code="library.only_tagged",
            field="kind",
        )
