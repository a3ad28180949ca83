"""Who hears the alarms: the managers of the machine, or the equipment office, and always the school's own
channels.

An alarm that repeats within an hour is told once.
"""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from apps.core.clock import school_time
from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.periods import in_force
from apps.instruments.models import CrewMember
from apps.notices.kinds import both
from apps.notices.operations import announce, notify
from apps.people.models import Authorization, User
from apps.people.queries import SCHOOL, active_users, counting_rights
from devices.models import ControlledNode


@subscribe("portal.device_alarm", to="devices.alarm", channel=WORKER)
def tell_of_device(payload: Payload, now: datetime) -> None:
    """The managers of the instruments that hang on the controller."""
    dev, code = payload["dev"], payload["code"]
    nodes = ControlledNode.objects.filter(controller__dev=dev).select_related("instrument").order_by("node")
    machines = [node.instrument for node in nodes]
    names = both(
        "、".join(machine.name_zh for machine in machines) or "-",
        ", ".join(machine.name_en or machine.name_zh for machine in machines) or "-",
    )
    managing = CrewMember.objects.filter(
        in_force(now), instrument__in=machines, role=CrewMember.Role.MANAGER
    ).values("user")
    _tell(
        active_users(now).filter(pk__in=managing),
        kind="system.device_alarm",
        args={"controller": dev, "code": code, "instruments": names},
        url=reverse("controller_list"),
        dedupe=f"device:{dev}:{code}:{school_time(now):%Y%m%d%H}",
        now=now,
    )


@subscribe("portal.decision_alarm", to="decisions.alarm", channel=WORKER)
def tell_of_decision(payload: Payload, now: datetime) -> None:
    """The equipment office."""
    point, code = payload["point"], payload["code"]
    _tell(
        _office(now),
        kind="system.decision_alarm",
        args={"point": point, "code": code},
        url=reverse("decision_detail", args=[payload["decision"]]),
        dedupe=f"decision:{point}:{code}:{school_time(now):%Y%m%d%H}",
        now=now,
    )


@subscribe("portal.billing_alarm", to="billing.alarm", channel=WORKER)
def tell_of_charge(payload: Payload, now: datetime) -> None:
    """The equipment office."""
    _tell(
        _office(now),
        kind="system.billing_alarm",
        args={"code": payload["code"]},
        url="",
        dedupe=f"charge:{payload['charge']}",
        now=now,
    )


def _office(now: datetime) -> Iterable[User]:
    """Those who manage the whole school."""
    held = counting_rights(now).filter(kind=Authorization.Kind.MANAGE, scope=SCHOOL)
    return active_users(now).filter(pk__in=held.values("user"))


def _tell(
    users: Iterable[User], *, kind: str, args: dict[str, object], url: str, dedupe: str, now: datetime
) -> None:
    for user in users:
        notify(user=user, kind=kind, now=now, args=args, url=url, dedupe=dedupe)
    announce(kind=kind, now=now, args=args, url=url, dedupe=dedupe)
