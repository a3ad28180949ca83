"""Who hears the alarms: the managers of the machine, or the equipment office, and always the school's own
channels.

An alarm that repeats within an hour is told once. And what becomes of the ways into an account.
"""

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
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


_WAYS = {
    ("people.factor_added", "webauthn"): "account.passkey_added",
    ("people.factor_removed", "webauthn"): "account.passkey_removed",
    ("people.factor_added", "totp"): "account.app_added",
    ("people.factor_removed", "totp"): "account.app_removed",
}


@subscribe("portal.factor_added", to="people.factor_added", channel=WORKER)
def tell_of_added_factor(payload: Payload, now: datetime) -> None:
    """A way into one's account that one did not make is worth hearing of."""
    _tell_person("people.factor_added", payload, now)


@subscribe("portal.factor_removed", to="people.factor_removed", channel=WORKER)
def tell_of_removed_factor(payload: Payload, now: datetime) -> None:
    """And so is one that one did not remove."""
    _tell_person("people.factor_removed", payload, now)


@subscribe("portal.passkeys_end", to="people.user_ended", channel=WORKER)
def end_passkeys(payload: Payload, now: datetime) -> None:
    """A registration that ends takes its passkeys along: nobody signs in with them anyway, and a later
    registration revives none.
    """
    user = User.objects.get(ulid=payload["user"])
    Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).delete()
    delete_dangling_recovery_codes(user)


def _tell_person(fact: str, payload: Payload, now: datetime) -> None:
    kind = _WAYS[fact, payload["kind"]]
    args = {"name": payload["called"]} if payload["kind"] == Authenticator.Type.WEBAUTHN else {}
    user = User.objects.get(ulid=payload["user"])
    notify(user=user, kind=kind, now=now, args=args, url=reverse("mfa_index"))


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
