"""How the controllers are: connection, firmware, configuration, unanswered orders, and frames that were
refused. It owns these answers, in a fixed number of queries for any number of controllers; it changes
nothing and asks nobody's rights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from apps.core.clock import school_time
from devices.ingest.refusals import ANYBODY
from devices.models import ControlledNode, Controller, DeviceCommand, RefusedFrame
from devices.queries import SILENT_AFTER

LOOK_BACK = timedelta(days=7)
# An order is answered within a round trip; what is younger than this is on its way and no news.
ANSWER_WITHIN = timedelta(seconds=10)

CONNECTED, SILENT, NEVER_HEARD, DISABLED = "connected", "silent", "never", "disabled"
UNANSWERED, REFUSED, OUTDATED = "unanswered", "refused", "outdated"


@dataclass(frozen=True, slots=True)
class Refused:
    """How many frames were refused for one reason in the last seven school days, and when the last one."""

    code: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """One controller. `link` is connected, silent, never or disabled; `unanswered` counts orders of the last
    seven days without an answer, the oldest of them of `unanswered_since`; `is_outdated` when the device has
    not reported the configuration that is desired.
    """

    controller: Controller
    nodes: tuple[ControlledNode, ...]
    link: str
    is_outdated: bool
    unanswered: int
    unanswered_since: datetime | None
    refused: tuple[Refused, ...]

    @property
    def refused_frames(self) -> int:
        """Refused frames of the last seven days, whatever the reason."""
        return sum(one.count for one in self.refused)


def search_controllers(
    *,
    at: datetime,
    instrument_ids: Iterable[int] | None = None,
    text: str = "",
    facility: str = "",
    state: str = "",
) -> QuerySet[Controller]:
    """Controllers by name that fit all criteria; empty ones do not count.

    `instrument_ids` keeps those that gate one of these instruments; every word of `text` is found in the
    controller's name or firmware, or in a gated instrument's number or name; `facility` is a ULID; `state` is
    one of this module's seven words, anything else means all.
    """
    found = Controller.objects.defer("config", "standby").order_by("dev")
    if instrument_ids is not None:
        found = found.filter(_gates(instrument_id__in=list(instrument_ids)))
    for word in text.split():
        found = found.filter(
            Q(dev__icontains=word)
            | Q(firmware__icontains=word)
            | _gates(instrument__asset_no__icontains=word)
            | _gates(instrument__name_zh__icontains=word)
            | _gates(instrument__name_en__icontains=word)
        )
    if facility:
        found = found.filter(_gates(instrument__facility__ulid=facility))
    condition = _conditions(at).get(state)
    return found if condition is None else found.filter(condition)


def health_of(controllers: Sequence[Controller], *, at: datetime) -> list[Health]:
    """The health of these controllers in their order: three queries, however many there are."""
    ids = [one.pk for one in controllers]
    nodes: dict[int, list[ControlledNode]] = {}
    gated = ControlledNode.objects.filter(controller__in=ids).select_related("instrument__facility")
    for node in gated.order_by("node"):
        nodes.setdefault(node.controller_id, []).append(node)
    late = {
        row["controller"]: row
        for row in _late_orders(at)
        .filter(controller__in=ids)
        .order_by()
        .values("controller")
        .annotate(orders=Count("id"), since=Min("created_at"))
    }
    refused = _refused_by_name([one.dev for one in controllers], at)
    return [
        Health(
            controller=one,
            nodes=tuple(nodes.get(one.pk, ())),
            link=_link(one, at),
            is_outdated=one.reported_ver != one.desired_ver,
            unanswered=late[one.pk]["orders"] if one.pk in late else 0,
            unanswered_since=late[one.pk]["since"] if one.pk in late else None,
            refused=tuple(refused.get(one.dev, ())),
        )
        for one in controllers
    ]


def refused_of_strangers(*, at: datetime) -> tuple[Refused, ...]:
    """What was refused under names that nobody enrolled, in the last seven days: one query."""
    return tuple(_refused_by_name([ANYBODY], at).get(ANYBODY, ()))


def heard_by_instrument(*, at: datetime) -> dict[int, bool]:
    """For each instrument (row id) with an enabled controller: whether all of them are heard now. One
    query.
    """
    conditions = _conditions(at)
    nodes = ControlledNode.objects.filter(controller__disabled_at__isnull=True)
    heard = nodes.annotate(
        heard=Exists(Controller.objects.filter(conditions[CONNECTED], pk=OuterRef("controller")))
    )
    found: dict[int, bool] = {}
    for instrument_id, is_heard in heard.values_list("instrument_id", "heard"):
        found[instrument_id] = found.get(instrument_id, True) and is_heard
    return found


def _conditions(at: datetime) -> dict[str, Q]:
    enabled = Q(disabled_at__isnull=True)
    heard = Q(online=True, last_seen_at__gte=at - SILENT_AFTER)
    refused = RefusedFrame.objects.filter(dev=OuterRef("dev"), day__gt=_before(at))
    return {
        CONNECTED: enabled & heard,
        SILENT: enabled & Q(last_seen_at__isnull=False) & ~heard,
        NEVER_HEARD: enabled & Q(last_seen_at__isnull=True),
        DISABLED: ~enabled,
        UNANSWERED: Q(Exists(_late_orders(at).filter(controller=OuterRef("pk")))),
        REFUSED: Q(Exists(refused)),
        OUTDATED: enabled & ~Q(reported_ver=F("desired_ver")),
    }


def _link(controller: Controller, at: datetime) -> str:
    if controller.disabled_at is not None:
        return DISABLED
    if controller.last_seen_at is None:
        return NEVER_HEARD
    is_heard = controller.online and at - controller.last_seen_at <= SILENT_AFTER
    return CONNECTED if is_heard else SILENT


def _gates(**nodes: Any) -> Q:
    return Q(Exists(ControlledNode.objects.filter(controller=OuterRef("pk"), **nodes)))


def _late_orders(at: datetime) -> QuerySet[DeviceCommand]:
    return DeviceCommand.objects.filter(
        acked_at__isnull=True, created_at__gt=at - LOOK_BACK, created_at__lte=at - ANSWER_WITHIN
    )


def _refused_by_name(names: Iterable[str], at: datetime) -> dict[str, list[Refused]]:
    """Summed over the days, the most frequent reason first."""
    sums: dict[tuple[str, str], Refused] = {}
    for row in RefusedFrame.objects.filter(dev__in=list(names), day__gt=_before(at)):
        so_far = sums.get((row.dev, row.code), Refused(row.code, 0, row.last_at))
        sums[row.dev, row.code] = Refused(
            row.code, so_far.count + row.count, max(so_far.last_at, row.last_at)
        )
    found: dict[str, list[Refused]] = {}
    for (dev, _code), one in sorted(sums.items(), key=lambda item: (-item[1].count, item[0])):
        found.setdefault(dev, []).append(one)
    return found


def _before(at: datetime) -> date:
    """The last school day that counts no more."""
    return school_time(at).date() - LOOK_BACK
