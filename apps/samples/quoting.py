"""From an accepted request to an agreement: the crew offers a price and a day, the requester agrees and
money is held, or declines. Delays move the day openly.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.funding.models import FundAccount, FundHold
from apps.funding.operations import hold, release_hold
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.samples.access import covers, require_crew, require_crew_of, require_requester
from apps.samples.locking import lock_request
from apps.samples.models import Delay, Quote, SampleRequest
from apps.samples.pricing import price_range
from apps.samples.promising import promise_of

State = SampleRequest.State
FARTHEST = timedelta(days=3 * 365)


@transaction.atomic
def quote_request(
    *,
    request: SampleRequest,
    instrument: Instrument,
    by: User,
    now: datetime,
    extras: Mapping[str, int] | None = None,
    promised_on: date | None = None,
    note: str = "",
) -> Quote:
    """Offer a range (fen) and a day for the samples on this instrument; a new offer takes the place of
    one that was not agreed to. Without `promised_on` the day follows from the queue and the working
    calendar.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; WrongState `samples.not_accepted`,
    `fees.none`; NotFound `fees.no_price`, `fees.which_item`; Invalid `samples.instrument`,
    `samples.extras`, `samples.promise`.
    """
    require_crew(request, by, now)
    require_crew_of(instrument, by, now)
    request = lock_request(request)
    _require_accepted(request)
    if not covers(request.template, instrument):
        raise Invalid(
            _("This instrument does not offer the service."), code="samples.instrument", field="instrument"
        )
    count = request.samples.count()
    priced = price_range(request, instrument, count=count, extras=extras or {}, now=now)
    offer = Quote.objects.create(
        request=request,
        instrument=instrument,
        fee_version=priced.version,
        tier=priced.tier,
        sample_count=count,
        extras=dict(extras or {}),
        lines=list(priced.lines),
        low_fen=priced.low_fen,
        high_fen=priced.high_fen,
        promised_on=_promised(request, instrument, count, promised_on, now),
        note=note.strip()[:500],
        quoted_by=by,
        quoted_at=now,
        valid_until=now + timedelta(days=value("samples.quote_days", at=now)),
    )
    request.state, request.quote, request.instrument = State.QUOTED, offer, instrument
    request.promised_on = offer.promised_on
    request.save(update_fields=["state", "quote", "instrument", "promised_on"])
    _record("quote_request", request, by, now, quote=offer.ulid)
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return offer


@transaction.atomic
def confirm_quote(
    *, request: SampleRequest, offer: Quote, fund: FundAccount | None, by: User | None, now: datetime
) -> SampleRequest:
    """The requester agrees to this offer; the most that it costs is held on `fund`. Not needed where it
    is free.

    Raises NotPermitted `samples.not_yours`, `people.not_active`, `funding.not_usable`,
    `funding.not_member`; WrongState `samples.not_quoted`, `samples.other_quote`, `samples.quote_over`,
    `funding.insufficient`, `funding.limit` and whatever else the fund says; Invalid `samples.no_fund`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if request.state != State.QUOTED:
        raise WrongState(_("There is no offer to agree to."), code="samples.not_quoted")
    if request.quote is None or request.quote.pk != offer.pk:
        raise WrongState(_("Another offer has taken the place of this one."), code="samples.other_quote")
    if offer.valid_until <= now:
        raise WrongState(_("This offer is over. Ask for a new one."), code="samples.quote_over")
    request.hold = _held(request, offer, fund, now)
    if fund is not None and request.hold is not None:
        request.fund, request.group = fund, fund.group
    request.state, request.confirmed_at = State.CONFIRMED, now
    request.save(update_fields=["state", "confirmed_at", "hold", "fund", "group"])
    request.samples.update(instrument=offer.instrument)
    _record("confirm_quote", request, by, now, quote=offer.ulid)
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def decline_quote(
    *, request: SampleRequest, by: User | None, now: datetime, reason: str = ""
) -> SampleRequest:
    """The requester does not agree, or let the time pass (`by=None`): the request is over.

    Raises NotPermitted `samples.not_yours`; WrongState `samples.not_quoted`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if request.state != State.QUOTED:
        raise WrongState(_("There is no offer to agree to."), code="samples.not_quoted")
    request.state, request.ended_at, request.outcome_note = State.DECLINED, now, reason.strip()
    request.save(update_fields=["state", "ended_at", "outcome_note"])
    _record("decline_quote", request, by, now)
    publish("samples.request_changed", now=now, request=request.ulid, state=str(request.state))
    return request


@transaction.atomic
def delay_request(
    *,
    request: SampleRequest,
    reason: str,
    becomes: date,
    by: User | None,
    now: datetime,
    note: str = "",
) -> Delay:
    """The promised day moves to a later one, with a reason that the requester reads.

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `samples.delay_reason`,
    `samples.promise`; WrongState `samples.not_under_way`.
    """
    require_crew(request, by, now)
    request = lock_request(request)
    if request.state != State.CONFIRMED or request.promised_on is None:
        raise WrongState(_("This request is not under way."), code="samples.not_under_way")
    if reason not in Delay.Reason.values:
        raise Invalid(_("Choose a reason."), code="samples.delay_reason", field="reason")
    if becomes <= request.promised_on or becomes < school_time(now).date() or _is_too_far(becomes, now):
        raise Invalid(
            _("A delay moves the promised day to a later one."), code="samples.promise", field="becomes"
        )
    delay = Delay.objects.create(
        request=request,
        reason=reason,
        note=note.strip()[:500],
        was=request.promised_on,
        becomes=becomes,
        by=by,
        at=now,
    )
    request.promised_on = becomes
    request.save(update_fields=["promised_on"])
    _record("delay_request", request, by, now, delay=delay.ulid)
    publish("samples.delayed", now=now, request=request.ulid, delay=delay.ulid)
    return delay


def give_back_hold(request: SampleRequest, now: datetime) -> None:
    """What was held for a request goes back to its fund; asked again, nothing happens."""
    if request.hold is not None and request.hold.released_at is None:
        release_hold(hold=request.hold, now=now)


def _held(request: SampleRequest, offer: Quote, fund: FundAccount | None, now: datetime) -> FundHold | None:
    if not offer.high_fen:
        return None
    if fund is None:
        raise Invalid(_("Please choose a fund that pays."), code="samples.no_fund", field="fund")
    if not usable_funds(request.requester, now).filter(pk=fund.pk).exists():
        raise NotPermitted(
            _("This fund cannot pay for this person at this time."), code="funding.not_usable", field="fund"
        )
    return hold(
        fund=fund,
        user=request.requester,
        purpose=f"sample:{request.ulid}",
        amount_fen=offer.high_fen,
        now=now,
    )


def _promised(
    request: SampleRequest, instrument: Instrument, count: int, wanted: date | None, now: datetime
) -> date:
    if wanted is not None:
        if wanted < school_time(now).date():
            raise Invalid(_("This day is over."), code="samples.promise", field="promised_on")
        if _is_too_far(wanted, now):
            raise Invalid(_("Nobody can promise so far ahead."), code="samples.promise", field="promised_on")
        return wanted
    found = promise_of(request.template, instrument, count=count, rush=request.rush, now=now, but=request)
    if found is None:
        raise Invalid(
            _("This instrument does not offer the service."), code="samples.instrument", field="instrument"
        )
    return found.day


def _is_too_far(day: date, now: datetime) -> bool:
    return day > school_time(now).date() + FARTHEST


def _require_accepted(request: SampleRequest) -> None:
    open_ = request.state == State.SUBMITTED and request.acceptance
    if not open_ and request.state != State.QUOTED:
        raise WrongState(_("These samples are not accepted."), code="samples.not_accepted")


def _record(verb: str, request: SampleRequest, by: User | None, now: datetime, **details: str) -> None:
    audit.record(
        action=f"samples.{verb}",
        object_ref=f"sample_request:{request.ulid}",
        now=now,
        actor=by,
        **details,
    )
