"""Facts of fee reviews become notices to the person concerned."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.core.outbox import WORKER, Payload, subscribe
from apps.fees.models import Objection
from apps.notices.operations import notify
from workflows.fee_review.noticekinds import OBJECTION_ANSWERED
from workflows.words import in_each


@subscribe("fee_review.tell_answered", to="fees.objection_answered", channel=WORKER)
def tell_answered(payload: Payload, now: datetime) -> None:
    """Whoever objected hears what became of it, and why."""
    rows = Objection.objects.select_related("by", "notice__submission__proposal")
    objection = rows.get(ulid=payload["objection"])
    sustained = bool(objection.sustained)
    notify(
        user=objection.by,
        kind=OBJECTION_ANSWERED.key,
        now=now,
        args={
            "title": objection.notice.submission.proposal.title,
            "outcome": in_each(lambda: _("sustained") if sustained else _("not sustained")),
            "answer": objection.answer,
        },
        dedupe=f"objection:{objection.ulid}",
    )
