"""The secretary's board of a panel: who accepted, who has voted, who is late; and what may be done about it:
more time, a substitute, a member in conflict, closing a late round. How somebody voted is not known here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.clock import end_of_school_day, school_time
from apps.core.errors import NotFound, NotPermitted, Refusal, Text
from apps.core.refusals import add_refusal
from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.queries import may_run, open_round_of, turnout, voters
from apps.people.models import User
from apps.people.views import viewer
from workflows.fee_review import acts
from workflows.fee_review.conflicts import in_conflict
from workflows.fee_review.pages.sight import seen_case
from workflows.judging import lookup
from workflows.models import Case
from workflows.views.forms import ReasonForm
from workflows.views.verbpage import Said, verb_page
from workflows.words import case_title_html

State = PanelSeat.State


class DueForm(ReasonForm):
    """Until the end of which day at the school, and why."""

    until = forms.DateField(
        label=gettext_lazy("Until the end of"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    field_order = ("until", "reason")

    @property
    def moment(self) -> datetime:
        """The end of the day."""
        return end_of_school_day(self.cleaned_data["until"])


class SubstituteForm(ReasonForm):
    """Who comes in: the next substitute, or somebody of the committee who is not in conflict; and why."""

    user = forms.ChoiceField(
        label=gettext_lazy("Who is called?"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    field_order = ("user", "reason")

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {user.ulid: user for user in people}
        named = ((ulid, user.display_name) for ulid, user in self._people.items())
        self.fields["user"].choices = [("", _("The next substitute")), *named]  # type: ignore[attr-defined]

    @property
    def person(self) -> User | None:
        """The person, None for the next substitute."""
        return self._people.get(self.cleaned_data["user"])


@dataclass(frozen=True)
class Place:
    """A seat as the board shows it. `voted` is None while nothing is put to the vote."""

    seat: PanelSeat
    voted: bool | None
    late: bool

    @property
    def invited(self) -> bool:
        """Whether an answer is waited for."""
        return self.seat.state == State.INVITED

    @property
    def replaceable(self) -> bool:
        """Whether somebody else may be called in this place."""
        return self.seat.state != State.RESERVE and self.seat.state != State.REPLACED and not self.voted

    @property
    def sits(self) -> bool:
        """Whether they could be found in conflict."""
        return self.seat.state in (State.INVITED, State.ACCEPTED)


@require_safe
def fee_review_board(request: HttpRequest, ulid: str) -> HttpResponse:
    """The panel of a case, for whoever runs it."""
    user, now = viewer(request), clock.now()
    case, panel = _run(ulid, user, now)
    round_ = open_round_of(panel)
    context = {
        "case": case,
        "title": case_title_html(case),
        "panel": panel,
        "round": round_,
        "late": round_ is not None and round_.due_at <= now,
        "places": _places(panel, round_, now),
        "now": now,
    }
    return render(request, "fee_review/page_board.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def fee_review_round(request: HttpRequest, ulid: str, verb: str) -> HttpResponse:
    """More time for a round, or its end."""
    user, now = viewer(request), clock.now()
    case, panel = _run(ulid, user, now)
    round_ = open_round_of(panel)
    if round_ is None or verb not in ("extend", "close"):
        raise NotFound(_("There is nothing to vote on at present."), code="panels.no_round")
    if verb == "extend":
        form = DueForm(request.POST or None, initial={"until": school_time(round_.due_at).date()})
        said = Said(
            _("Give more time to vote?"),
            _("Everybody who has not voted has until then."),
            _("Give more time"),
        )
        return _handle(
            request,
            case,
            form,
            said,
            lambda: acts.extend_round(case=case, until=form.moment, reason=_reason(form), by=user, now=now),
        )
    closing = ReasonForm(request.POST or None)
    said = Said(
        _("Close the round?"),
        _("It is counted as it stands. That is possible once its deadline has passed."),
        _("Close the round"),
        stops=True,
    )
    return _handle(
        request,
        case,
        closing,
        said,
        lambda: acts.close_round(case=case, reason=_reason(closing), by=user, now=now),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def fee_review_seat(request: HttpRequest, ulid: str, seat: str, verb: str) -> HttpResponse:
    """More time to accept, a substitute, or a conflict of a member that came to light."""
    user, now = viewer(request), clock.now()
    case, panel = _run(ulid, user, now)
    place = panel.seats.select_related("user", "panel").filter(ulid=seat).first()
    made = _SEAT_VERBS.get(verb)
    if place is None or made is None:
        raise NotFound(_("There is no such place on the panel."), code="fee_review.no_seat")
    form, said, act = made(request, case, place, user, now)
    return _handle(request, case, form, said, act)


Made = tuple[Any, Said, Callable[[], Any]]


def _extend(request: HttpRequest, case: Case, seat: PanelSeat, user: User, now: datetime) -> Made:
    form = DueForm(request.POST or None)
    said = Said(
        _named(_("More time for %(name)s to accept?"), seat),
        _("The invitation stays open until then."),
        _("Give more time"),
    )
    return (
        form,
        said,
        lambda: acts.extend_invitation(
            case=case, seat=seat, until=form.moment, reason=_reason(form), by=user, now=now
        ),
    )


def _substitute(request: HttpRequest, case: Case, seat: PanelSeat, user: User, now: datetime) -> Made:
    seated = set(seat.panel.seats.values_list("user_id", flat=True))
    barred = in_conflict(case, now) | seated
    people = [one for one in voters(seat.panel.committee, now) if one.pk not in barred]
    form = SubstituteForm(request.POST or None, people=people)
    said = Said(
        _named(_("Call somebody in the place of %(name)s?"), seat),
        _("They are asked no more; whoever is called is invited, and has time to accept and to vote."),
        _("Call a substitute"),
        stops=True,
    )
    return (
        form,
        said,
        lambda: acts.substitute(
            case=case, seat=seat, reason=_reason(form), by=user, now=now, user=form.person
        ),
    )


def _recuse(request: HttpRequest, case: Case, seat: PanelSeat, user: User, now: datetime) -> Made:
    form = ReasonForm(request.POST or None)
    said = Said(
        _named(_("Is %(name)s in conflict?"), seat),
        _("Their place is given to a substitute. A vote that they cast in an open round does not count."),
        _("Take them off the panel"),
        stops=True,
    )
    return form, said, lambda: acts.recuse(case=case, seat=seat, by=user, reason=_reason(form), now=now)


_SEAT_VERBS: dict[str, Callable[[HttpRequest, Case, PanelSeat, User, datetime], Made]] = {
    "extend": _extend,
    "substitute": _substitute,
    "recuse": _recuse,
}


def _handle(request: HttpRequest, case: Case, form: Any, said: Said, act: Callable[[], Any]) -> HttpResponse:
    """A confirmed act, then back to the board."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Done. Everybody concerned is told."))
            return redirect("fee_review_board", case.ulid)
    return verb_page(request, case=case, step=None, form=form, said=said)


def _run(ulid: str, user: User, now: datetime) -> tuple[Case, Panel]:
    """The case and its panel, for whoever runs it. Raises NotFound, NotPermitted `panels.not_convener`."""
    case, _step = seen_case(ulid, user, now)
    panel = lookup.panel_of(case)
    if panel is None:
        raise NotFound(_("No panel judges this at present."), code="panels.panel_ended")
    if not may_run(panel, user, now):
        raise NotPermitted(_("Only who runs the panel may do this."), code="panels.not_convener")
    return case, panel


def _places(panel: Panel, round_: Round | None, now: datetime) -> list[Place]:
    voted = {seat.pk for seat in turnout(round_).voted} if round_ is not None else set()
    return [
        _place(seat, voted, round_, now)
        for seat in panel.seats.select_related("user", "substitute_for__user")
    ]


def _place(seat: PanelSeat, voted: set[int], round_: Round | None, now: datetime) -> Place:
    has = None if round_ is None or seat.state not in (State.ACCEPTED, State.LEFT) else seat.pk in voted
    slow = seat.state == State.INVITED and seat.answer_by is not None and seat.answer_by <= now
    return Place(seat, has, slow or (has is False and round_ is not None and round_.due_at <= now))


def _reason(form: Any) -> str:
    return str(form.cleaned_data["reason"])


def _named(words: str, seat: PanelSeat) -> Text:
    return words % {"name": seat.user.display_name}
