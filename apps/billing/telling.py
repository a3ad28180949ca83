"""Facts about charges become notices to whom they concern."""

from datetime import datetime

from django.urls import reverse

from apps.billing import noticekinds as kinds
from apps.billing.models import Charge
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import both
from apps.notices.operations import notify


@subscribe("billing.tell_recharged", to="billing.recharged", channel=WORKER)
def tell_recharged(payload: Payload, now: datetime) -> None:
    """The person hears what the use costs now, where that is another sum."""
    rows = Charge.objects.select_related("record__user", "record__instrument", "fund", "replaces")
    charge = rows.get(ulid=payload["charge"])
    record, old = charge.record, charge.replaces
    if record.user is None or old is None or old.amount_fen == charge.amount_fen:
        return
    notify(
        user=record.user,
        kind=kinds.RECHARGED.key,
        now=now,
        args={
            "instrument": both(record.instrument.name_zh, record.instrument.name_en),
            "start": record.started_at.isoformat(),
            "fen": charge.amount_fen,
            "before": old.amount_fen,
            "fund": old.fund.number if old.fund else "-",
        },
        url=reverse("usage_list"),
        dedupe=f"{kinds.RECHARGED.key}:{charge.ulid}",
    )
