"""Facts of the house become deliveries, in the transaction of the handler, so that each is written once; and
webhooks end with what they rest on.
"""

from datetime import datetime

from django.db.models import Q

from apps.core.outbox import WORKER, Handler, Payload, subscribe
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by
from apps.people.models import User
from apps.people.queries import left_behind
from apps.webhooks.catalogue import CATALOGUE, Happening
from apps.webhooks.models import Webhook
from apps.webhooks.operations import deliver, end_webhook


def tell(happening: Happening, payload: Payload, now: datetime) -> int:
    """Write a delivery for every webhook that wants to hear of it; returns how many. Two statements where
    nobody does.
    """
    matter = happening.matter(payload)
    concerned = Q(instrument__isnull=True, user__in=matter.users)
    if matter.instrument is not None:
        concerned |= Q(instrument=matter.instrument)
    live = Webhook.objects.filter(concerned, revoked_at__isnull=True).order_by("id")
    hooks = [one for one in live.select_for_update(no_key=True) if happening.key in one.events]
    for hook in hooks:
        deliver(hook, happening.key, matter.data, now)
    return len(hooks)


def _teller(happening: Happening) -> Handler:
    def handle(payload: Payload, now: datetime) -> None:
        tell(happening, payload, now)

    return handle


for _happening in CATALOGUE.values():
    subscribe("webhooks.tell", to=_happening.fact, channel=WORKER)(_teller(_happening))


@subscribe("webhooks.person_gone", to="people.user_ended", channel=WORKER)
def person_gone(payload: Payload, now: datetime) -> None:
    """A registration ended: its webhooks tell nothing already; no later registration revives them."""
    user = User.objects.get(ulid=payload["user"])
    left = user.webhooks.filter(left_behind(user, now, begun="created_at"), revoked_at__isnull=True)
    for webhook in left:
        end_webhook(webhook=webhook, by=None, now=now)


@subscribe("webhooks.crew_changed", to="instruments.crew_changed", channel=WORKER)
def crew_changed(payload: Payload, now: datetime) -> None:
    """Whoever no longer runs an instrument has no webhook about it."""
    user = User.objects.get(ulid=payload["user"])
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    if not managed_by(user, now).filter(pk=instrument.pk).exists():
        for webhook in user.webhooks.filter(instrument=instrument, revoked_at__isnull=True):
            end_webhook(webhook=webhook, by=None, now=now)
