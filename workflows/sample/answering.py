"""What the answers about samples do: each is one operation of the domain."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import Invalid, WrongState
from apps.decisions.judging import Judgement
from apps.instruments.models import Instrument
from apps.samples.acceptance import accept_samples, refuse_samples
from apps.samples.models import Quote, Sample, SampleRequest
from apps.samples.objecting import close_request, decide_objection, object_to, rate_request
from apps.samples.quoting import confirm_quote, decline_quote, quote_request
from apps.samples.releasing import release_results
from rules.points.samples_acceptance import SPECIAL
from workflows.errors import Overtaken
from workflows.nodes import Answer
from workflows.nodes.human import APPROVE, COMPLETE, REJECT
from workflows.sample.asked import open_objections, request_of
from workflows.sample.dossier import offer_section, reasons_section, request_sections
from workflows.sample.forms import extras_in
from workflows.services.starting import freeze


class SampleAnswers:
    """The part of the flow that follows answers."""

    def judged(self, activation: Any, judgement: Judgement) -> None:
        """Keep what the rules found for whoever is asked, and for the refusal."""
        decision, request = judgement.decision, request_of(activation.case)
        words = "；".join(one.zh for one in decision.reasons)  # noqa: RUF001 - the dossier says it in English too
        activation.remember(special=decision.outcome == SPECIAL, note=words)
        sections = request_sections(request)
        if decision.reasons:
            sections.append(reasons_section(decision.reasons))
        freeze(activation.case, sections)

    def taken(self, activation: Any) -> None:
        special = bool(activation.recall("special", default=False))
        accept_samples(request=request_of(activation.case), by=None, now=activation.now, special=special)

    def turned_away(self, activation: Any) -> None:
        refuse_samples(
            request=request_of(activation.case),
            by=None,
            now=activation.now,
            reason=activation.recall("note", "") or activation.case.number,
        )

    def questioned(self, activation: Any, answer: Answer) -> None:
        request = request_of(activation.case)
        if answer.by is None:
            return  # the crew has answered by another door
        if answer.outcome == APPROVE:
            accept_samples(
                request=request,
                by=answer.by,
                now=activation.now,
                handling=answer.data.get("handling") or "",
                special=bool(answer.data.get("handling")),
            )
        elif answer.outcome == REJECT:
            refuse_samples(request=request, by=answer.by, now=activation.now, reason=answer.opinion)

    def offered(self, activation: Any, answer: Answer) -> None:
        request = request_of(activation.case)
        if answer.outcome == REJECT:
            refuse_samples(request=request, by=answer.by, now=activation.now, reason=answer.opinion)
        elif answer.outcome == COMPLETE and answer.by is not None:
            offer = quote_request(
                request=request,
                instrument=_instrument(answer.data.get("instrument")),
                by=answer.by,
                now=activation.now,
                extras=extras_in(answer.data),
                promised_on=_day(answer.data.get("promised_on")),
                note=answer.data.get("note") or answer.opinion,
            )
            freeze(activation.case, [*request_sections(request), offer_section(offer)])

    def agreed_to(self, activation: Any, answer: Answer) -> None:
        request = request_of(activation.case)
        if answer.outcome == APPROVE and answer.by is not None and request.quote is not None:
            confirm_quote(
                request=request,
                offer=_seen(request, request.quote, answer),
                fund=answer.data.get("fund"),
                by=answer.by,
                now=activation.now,
            )
        elif answer.outcome == REJECT:
            decline_quote(request=request, by=answer.by, now=activation.now, reason=answer.opinion)

    def lapsed(self, activation: Any) -> None:
        decline_quote(request=request_of(activation.case), by=None, now=activation.now)

    def handed_over(self, activation: Any) -> None:
        """What was released in parts before is not released again."""
        request = request_of(activation.case)
        if request.state == SampleRequest.State.CONFIRMED:
            release_results(request=request, by=None, now=activation.now)

    def judged_by_requester(self, activation: Any, answer: Answer) -> None:
        by, now = answer.by, activation.now
        if by is None:
            return  # closed, or objected to, by another door
        request = request_of(activation.case)
        if answer.outcome == REJECT:
            for sample in _objected(request, answer):
                object_to(sample=sample, reason=answer.opinion, by=by, now=now)
            return
        if answer.data.get("stars"):
            rate_request(
                request=request, stars=int(answer.data["stars"]), by=by, now=now, words=answer.opinion
            )
        close_request(request=request, by=by, now=now)

    def closed_by_time(self, activation: Any) -> None:
        request = request_of(activation.case)
        if request.state == SampleRequest.State.RELEASED:
            try:
                close_request(request=request, by=None, now=activation.now)
            except WrongState as refusal:
                raise Overtaken(refusal.message) from refusal

    def objection_judged(self, activation: Any, answer: Answer) -> None:
        request, uphold = request_of(activation.case), answer.outcome == APPROVE
        for objection in open_objections(request):
            decide_objection(
                objection=objection,
                uphold=uphold,
                why=answer.opinion or activation.case.number,
                by=answer.by,
                now=activation.now,
                promised_on=_later(answer, request, activation.now) if uphold else None,
            )
            request.refresh_from_db()


def _seen(request: SampleRequest, offer: Quote, answer: Answer) -> Quote:
    """The offer that the answer is about: the one that it names, else the one that stood when it was asked
    for. Raises WrongState `samples.other_quote` where that is not known.
    """
    named = str(answer.data.get("offer") or "")
    if named:
        found = request.quotes.filter(ulid=named).first()
    else:
        found = offer if offer.quoted_at <= answer.step.asked_at else None
    if found is None:
        raise WrongState(
            gettext("Another offer has taken the place of this one."), code="samples.other_quote"
        )
    return found


def _instrument(asset_no: Any) -> Instrument:
    found = Instrument.objects.filter(asset_no=asset_no or "").first()
    if found is None:
        raise Invalid(
            gettext("This instrument does not offer the service."),
            code="samples.instrument",
            field="instrument",
        )
    return found


def _objected(request: SampleRequest, answer: Answer) -> list[Sample]:
    released = [one for one in request.samples.all() if one.state == Sample.State.RELEASED]
    chosen = set(answer.data.get("samples") or ())
    found = [one for one in released if one.ulid in chosen] if chosen else released
    if not found:
        raise WrongState(gettext("There is no released result to object to."), code="samples.not_released")
    return found


def _later(answer: Answer, request: SampleRequest, now: datetime) -> date | None:
    """The new day, once: the second sample of the same objection finds it set already."""
    day = _day(answer.data.get("promised_on"))
    return None if day is None or request.promised_on == day else day


def _day(raw: Any) -> date | None:
    if raw in (None, ""):
        return None
    return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
