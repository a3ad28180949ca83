"""Which components of the cost a tier may be charged, on a day. A dated table, because the answer is a
school's own: State Council document 70 of 2014 names materials, water and power, and labour; depreciation,
space and overhead are charged where the institution charges them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid
from apps.core.periods import in_force
from apps.fees.content import MODES, PARTS, TIERS, Parts
from apps.fees.models import ChargeableComponent
from apps.people.models import User
from apps.people.requirements import require_office, require_reason

# Where a school says nothing: labour is charged where somebody operates for the user; people of the school
# pay no overhead to their own school.
_NOT_CHARGED = frozenset(
    {("internal", "management"), ("own_group", "management"), ("hosted_owner", "management")}
)
_NOT_IN_MODE = frozenset({("labour", "self")})


@dataclass(frozen=True, slots=True)
class Chargeable:
    """The table on a day: a row of a mode counts before the row of all modes."""

    rows: Mapping[tuple[str, str, str], bool]

    def allows(self, tier: str, component: str, mode: str) -> bool:
        """Whether a tier may be charged a component in a service mode."""
        for key in ((tier, component, mode), (tier, component, "")):
            if key in self.rows:
                return self.rows[key]
        return (tier, component) not in _NOT_CHARGED and (component, mode) not in _NOT_IN_MODE

    def ceiling_e4(self, tier: str, mode: str, parts: Parts) -> int:
        """The most that the price of a unit can be made of: what it costs without the components that the
        tier may not be charged.
        """
        return sum(parts.of(part) for part in PARTS if self.allows(tier, part, mode))

    def barred(self, tier: str, mode: str, parts: Parts) -> tuple[str, ...]:
        """The components that cost something and that the tier may not be charged."""
        return tuple(part for part in PARTS if parts.of(part) and not self.allows(tier, part, mode))


NOTHING_SAID = Chargeable(MappingProxyType({}))


def chargeable_at(at: datetime) -> Chargeable:
    """The table in force at a moment. One query."""
    rows = ChargeableComponent.objects.filter(in_force(at)).order_by("valid_from", "id")
    return Chargeable(
        MappingProxyType({(row.tier, row.component, row.service_mode): row.allowed for row in rows})
    )


@transaction.atomic
def set_chargeable(
    *,
    tier: str,
    component: str,
    allowed: bool,
    valid_from: datetime,
    reason: str,
    by: User | None,
    now: datetime,
    service_mode: str = "",
    cites: str = "",
) -> ChargeableComponent:
    """From `valid_from` on a tier may, or may not, be charged a component; the row before it ends then. The
    past keeps its answer.

    Raises Invalid `fees.component`, `fees.retroactive_component`, `core.reason_required`; NotPermitted
    `people.office_only`.
    """
    reason = require_reason(reason)
    require_office(by, now)
    if tier not in TIERS or component not in PARTS or service_mode not in ("", *MODES):
        raise Invalid(_("There is no such tier, component or service mode."), code="fees.component")
    open_row = ChargeableComponent.objects.select_for_update(no_key=True).filter(
        tier=tier,
        component=component,
        service_mode=service_mode,
        valid_until__isnull=True,
        revoked_at__isnull=True,
    )
    last = open_row.first()
    if valid_from < now or (last is not None and last.valid_from >= valid_from):
        raise Invalid(
            _("What was in force is not changed afterwards."),
            code="fees.retroactive_component",
            field="valid_from",
        )
    open_row.update(valid_until=valid_from)
    row = ChargeableComponent.objects.create(
        tier=tier,
        component=component,
        service_mode=service_mode,
        allowed=allowed,
        cites=cites,
        valid_from=valid_from,
    )
    audit.record(
        action="fees.set_chargeable",
        object_ref=f"fee_component:{row.ulid}",
        now=now,
        actor=by,
        reason=reason,
        tier=tier,
        component=component,
        allowed=allowed,
    )
    return row


def table_at(at: datetime) -> list[tuple[str, str, dict[str, bool]]]:
    """Every tier and component with the answer for each service mode: what the office's page shows. One
    query.
    """
    table = chargeable_at(at)
    return [(tier, part, _by_mode(table, tier, part, MODES)) for tier in TIERS for part in PARTS]


def _by_mode(table: Chargeable, tier: str, part: str, modes: Iterable[str]) -> dict[str, bool]:
    return {mode: table.allows(tier, part, mode) for mode in modes}
