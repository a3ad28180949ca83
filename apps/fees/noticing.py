"""Public notices: prices that are to be approved are shown to everybody for some working days; anyone signed
in may object with a reason, and every objection is answered.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.ids import new_ulid
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.core.workdays import add_working_days
from apps.fees.approving import with_prices
from apps.fees.content import PriceSet, prices_of, read_text, to_text
from apps.fees.drafting import locked
from apps.fees.models import Objection, PublicNotice, Submission
from apps.fees.submitting import require_newest
from apps.people.models import User
from apps.people.requirements import require_active, require_reason

_LONGEST = 4000


@transaction.atomic
def open_notice(
    *,
    submission: Submission,
    now: datetime,
    prices: PriceSet | None = None,
    opens_at: datetime | None = None,
    number: str = "",
    document: str = "",
    source_case: str = "",
    ulid: str = "",
) -> PublicNotice:
    """The notice of a submission at the prices that were decided (the submitted ones without), from
    `opens_at` (else now) for `fees.notice_days` working days. `ulid` names it when its paper had to know it
    beforehand.

    Raises Invalid `fees.price_unknown`; WrongState `fees.not_submitted`, `fees.superseded`,
    `fees.notice_there` while it has one that was not withdrawn.
    """
    row = locked(submission.proposal)
    require_newest(row, submission)
    content = with_prices(read_text(submission.content), prices)
    begin = opens_at or now
    try:
        with transaction.atomic():
            notice = PublicNotice.objects.create(
                ulid=ulid or new_ulid(),
                submission=submission,
                prices=to_text(prices_of(content)),
                opens_at=begin,
                closes_at=add_working_days(begin, int(value("fees.notice_days", at=now))),
                number=number,
                document=document,
                source_case=source_case,
            )
    except IntegrityError:
        raise WrongState(_("This is noticed already."), code="fees.notice_there") from None
    publish("fees.notice_opened", now=now, notice=notice.ulid, submission=submission.ulid)
    return notice


@transaction.atomic
def withdraw_notice(
    *, notice: PublicNotice, reason: str, now: datetime, by: User | None = None
) -> PublicNotice:
    """The notice is over before its time: an objection was sustained, or the case ended.

    Raises Invalid `core.reason_required`; WrongState `fees.notice_closed`.
    """
    reason = require_reason(reason)
    row = _locked(notice)
    if row.withdrawn_at is not None:
        raise _closed()
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    audit.record(
        action="fees.withdraw_notice", object_ref=f"fee_notice:{row.ulid}", now=now, actor=by, reason=reason
    )
    publish("fees.notice_withdrawn", now=now, notice=row.ulid, submission=row.submission.ulid)
    return row


@transaction.atomic
def object_to(*, notice: PublicNotice, reason: str, by: User, now: datetime) -> Objection:
    """Somebody objects, once to a notice.

    Raises Invalid `core.reason_required`, `fees.objection_length`; NotPermitted `people.not_active`;
    WrongState `fees.notice_closed`, `fees.objected_before`.
    """
    reason = require_reason(reason)
    if len(reason) > _LONGEST:
        raise Invalid(_("This reason is too long."), code="fees.objection_length", field="reason")
    require_active(by, now)
    row = _locked(notice)
    if not is_open(row, now):
        raise _closed()
    try:
        with transaction.atomic():
            objection = Objection.objects.create(notice=row, by=by, reason=reason, raised_at=now)
    except IntegrityError:
        raise WrongState(_("You have objected to this already."), code="fees.objected_before") from None
    audit.record(action="fees.object", object_ref=f"fee_notice:{row.ulid}", now=now, actor=by)
    publish("fees.objected", now=now, notice=row.ulid, objection=objection.ulid)
    return objection


@transaction.atomic
def answer_objection(
    *, objection: Objection, answer: str, sustained: bool, by: User | None, now: datetime
) -> Objection:
    """The answer to an objection, once. Who may answer is the workflow's to say; nobody answers their own.

    Raises Invalid `core.reason_required`; WrongState `fees.objection_answered`, `fees.own_objection`.
    """
    answer = require_reason(answer)
    row = Objection.objects.select_for_update(no_key=True).select_related("notice").get(pk=objection.pk)
    if row.answered_at is not None:
        raise WrongState(_("This objection is answered."), code="fees.objection_answered")
    if by is not None and by.pk == row.by_id:
        raise WrongState(_("Nobody answers their own objection."), code="fees.own_objection")
    row.answer, row.sustained, row.answered_by, row.answered_at = answer, sustained, by, now
    row.save(update_fields=["answer", "sustained", "answered_by", "answered_at"])
    audit.record(
        action="fees.answer_objection",
        object_ref=f"fee_objection:{row.ulid}",
        now=now,
        actor=by,
        sustained=sustained,
    )
    publish("fees.objection_answered", now=now, objection=row.ulid, sustained=sustained)
    return row


def is_open(notice: PublicNotice, at: datetime) -> bool:
    """Whether one may object at a moment."""
    return notice.withdrawn_at is None and notice.opens_at <= at < notice.closes_at


def notices(at: datetime, *, running: bool | None = None) -> QuerySet[PublicNotice]:
    """Notices that have begun, newest first; with `running` only those that are open (or that are over)."""
    found = PublicNotice.objects.filter(opens_at__lte=at, withdrawn_at__isnull=True)
    if running is not None:
        now_open = Q(closes_at__gt=at)
        found = found.filter(now_open if running else ~now_open)
    return found.select_related("submission__proposal").order_by("-opens_at", "-id")


def unanswered(notice: PublicNotice) -> QuerySet[Objection]:
    """The objections to a notice that wait for an answer, oldest first."""
    return notice.objections.filter(answered_at__isnull=True).select_related("by").order_by("raised_at", "id")


def _locked(notice: PublicNotice) -> PublicNotice:
    return PublicNotice.objects.select_for_update(no_key=True).select_related("submission").get(pk=notice.pk)


def _closed() -> WrongState:
    return WrongState(_("This notice is over."), code="fees.notice_closed")
