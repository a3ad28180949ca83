"""Facts of hosting become notices to the side that is concerned."""

from datetime import datetime

from django.urls import reverse

from apps.core.outbox import WORKER, Payload, subscribe
from apps.hosting.models import Agreement, Breach, Side, Statement, TermsVersion
from apps.hosting.noticekinds import BREACHED, ENDING, PROPOSED, STATED
from apps.hosting.sides import SIDES, hosts_of
from apps.notices.kinds import in_both
from apps.notices.operations import notify
from apps.people.models import User

_JOINED = ("agreement__group__pi", "agreement__facility__lab")


@subscribe("hosting.tell_proposed", to="hosting.terms_proposed", channel=WORKER)
def tell_proposed(payload: Payload, now: datetime) -> None:
    """The other side hears of a version."""
    version = TermsVersion.objects.select_related(*_JOINED).get(
        agreement__ulid=payload["agreement"], number=payload["version"]
    )
    agreement = version.agreement
    other = Side.HOST if version.side == Side.OWNER else Side.OWNER
    for user in _people(agreement, other, now):
        notify(
            user=user,
            kind=PROPOSED.key,
            now=now,
            args={
                "instrument": _name(agreement),
                "version": version.number,
                "side": in_both(Side(version.side).label),
            },
            url=reverse("hosting_differences", args=[agreement.ulid]),
            dedupe=f"hosting_terms:{version.ulid}:{user.ulid}",
        )


@subscribe("hosting.tell_stated", to="hosting.statement_made", channel=WORKER)
def tell_stated(payload: Payload, now: datetime) -> None:
    """The owner hears of a statement."""
    statement = Statement.objects.select_related(*_JOINED).get(ulid=payload["statement"])
    agreement = statement.agreement
    notify(
        user=agreement.group.pi,
        kind=STATED.key,
        now=now,
        args={
            "instrument": _name(agreement),
            "month": statement.month,
            "fen": statement.owner_fen,
            "income": statement.income_fen,
            "repairs": statement.repairs_fen,
        },
        url=reverse("hosting_statement", args=[statement.ulid]),
        dedupe=f"hosting_statement:{statement.ulid}",
    )


@subscribe("hosting.tell_ending", to="hosting.ends_soon", channel=WORKER)
def tell_ending(payload: Payload, now: datetime) -> None:
    """Both sides hear that it ends, once for each end."""
    agreement = Agreement.objects.select_related("group__pi", "facility__lab").get(ulid=payload["agreement"])
    people = {user.pk: user for side in SIDES for user in _people(agreement, side, now)}
    for user in people.values():
        notify(
            user=user,
            kind=ENDING.key,
            now=now,
            args={"instrument": _name(agreement), "until": payload["until"]},
            url=reverse("hosting_agreement", args=[agreement.ulid]),
            dedupe=f"hosting_end:{agreement.ulid}:{payload['until']}:{user.ulid}",
        )


@subscribe("hosting.tell_breached", to="hosting.breach_changed", channel=WORKER)
def tell_breached(payload: Payload, now: datetime) -> None:
    """The side that is warned hears what it is to mend."""
    if payload["state"] != Breach.State.WARNED:
        return
    breach = Breach.objects.select_related(*_JOINED).get(ulid=payload["breach"])
    for user in _people(breach.agreement, breach.side, now):
        notify(
            user=user,
            kind=BREACHED.key,
            now=now,
            args={
                "instrument": _name(breach.agreement),
                "what": breach.what[:200],
                "until": breach.cure_until.isoformat(),
            },
            url=reverse("hosting_agreement", args=[breach.agreement.ulid]),
            dedupe=f"hosting_breach:{breach.ulid}:{user.ulid}",
        )


def _people(agreement: Agreement, side: str, now: datetime) -> list[User]:
    return [agreement.group.pi] if side == Side.OWNER else hosts_of(agreement.facility, now)


def _name(agreement: Agreement) -> dict[str, str]:
    return {"zh": agreement.name_zh, "en": agreement.name_en or agreement.name_zh}
