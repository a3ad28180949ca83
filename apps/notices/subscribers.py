"""What this room does with facts: a notice takes its ways out, and people hear what happened to their
account.
"""

from datetime import datetime

from django.urls import reverse

from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.dispatching import dispatch
from apps.notices.models import Notice
from apps.notices.operations import notify
from apps.people.models import Card, RegistrationApplication, User
from apps.tokens.models import ApiToken


@subscribe("notices.dispatch", to="notices.created", channel=WORKER)
def send_out(payload: Payload, now: datetime) -> None:
    """Which ways, and when. A notice that was purged meanwhile goes nowhere."""
    notice = Notice.objects.select_related("user").filter(ulid=payload["notice"]).first()
    if notice is not None:
        dispatch(notice, now)


@subscribe("notices.suspended", to="people.user_suspended", channel=WORKER)
def tell_of_suspension(payload: Payload, now: datetime) -> None:
    """The person hears why."""
    user = User.objects.get(ulid=payload["user"])
    notify(
        user=user, kind="account.suspended", now=now, args={"reason": payload["reason"]}, url=reverse("home")
    )


@subscribe("notices.reinstated", to="people.user_reinstated", channel=WORKER)
def tell_of_reinstatement(payload: Payload, now: datetime) -> None:
    """The person hears that they may act again."""
    user = User.objects.get(ulid=payload["user"])
    notify(user=user, kind="account.reinstated", now=now, args={}, url=reverse("home"))


@subscribe("notices.application_returned", to="people.application_returned", channel=WORKER)
def tell_of_question(payload: Payload, now: datetime) -> None:
    """Whoever applied has no account yet: they hear by mail that something is asked on the page behind their
    link.
    """
    application = RegistrationApplication.objects.select_related("applicant").get(ulid=payload["application"])
    if application.applicant is not None and application.state == RegistrationApplication.State.RETURNED:
        notify(user=application.applicant, kind="account.question", now=now, args={})


@subscribe("notices.application_rejected", to="people.application_rejected", channel=WORKER)
def tell_of_rejection(payload: Payload, now: datetime) -> None:
    """The same of the end; but nobody hears what would tell whether somebody has an account."""
    application = RegistrationApplication.objects.select_related("applicant").get(ulid=payload["application"])
    silent = application.told_from is not None and application.told_from > now
    if application.applicant is not None and not silent:
        notify(user=application.applicant, kind="account.rejected", now=now, args={})


@subscribe("notices.activated", to="people.user_activated", channel=WORKER)
def welcome(payload: Payload, now: datetime) -> None:
    """Somebody who applied may come in."""
    user = User.objects.get(ulid=payload["user"])
    notify(user=user, kind="account.activated", now=now, args={"login": user.username}, url=reverse("home"))


@subscribe("notices.card_issued", to="people.card_issued", channel=WORKER)
def tell_of_card(payload: Payload, now: datetime) -> None:
    """A card that one did not ask for is worth hearing of."""
    card = Card.objects.select_related("user").get(ulid=payload["card"])
    notify(user=card.user, kind="account.card_issued", now=now, args={"card": card.label})


@subscribe("notices.card_blocked", to="people.card_blocked", channel=WORKER)
def tell_of_blocked_card(payload: Payload, now: datetime) -> None:
    """The holder hears that the card opens nothing any more."""
    card = Card.objects.select_related("user").get(ulid=payload["card"])
    args = {"card": card.label, "reason": payload["reason"]}
    notify(user=card.user, kind="account.card_blocked", now=now, args=args)


@subscribe("notices.token_made", to="tokens.created", channel=WORKER)
def tell_of_token(payload: Payload, now: datetime) -> None:
    """A token that one did not make is worth hearing of."""
    token = ApiToken.objects.select_related("user").get(ulid=payload["token"])
    until = token.valid_until or now
    args = {"name": token.name, "until": until.isoformat()}
    notify(user=token.user, kind="account.token_made", now=now, args=args, url=reverse("token_list"))
