"""What the crew may do with a sample and with a request, as a page offers it: a form, a condition that
only decides what is shown, and the operation that decides whether it happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.clock import school_time
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import crew_of
from apps.people.models import User
from apps.samples.custody import (
    dispose_sample,
    may_be_disposed,
    may_be_received,
    move_sample,
    receive_sample,
    return_sample,
    sisters_of,
    transfer_sample,
)
from apps.samples.ending import call_last
from apps.samples.forms import CONTROL, SELECT
from apps.samples.models import Custody, Delay, HoldReason, Sample, SampleRequest
from apps.samples.pricing import extras_of
from apps.samples.queueing import drop_sample, hold_sample, resume_sample
from apps.samples.quoting import delay_request
from apps.samples.releasing import release_results
from apps.samples.testing import check_result, record_result

State = Sample.State
Data = Mapping[str, Any]
EXTRA = "extra_"


class PlainForm(forms.Form):
    """Nothing is asked."""

    def __init__(self, *args: Any, about: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(about)

    def prepare(self, about: Any) -> None:
        """Choices that follow from the sample or the request."""


def _text(label: Any, *, required: bool, rows: int = 3, most: int = 500) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={**CONTROL, "rows": rows}),
    )


class ReasonForm(PlainForm):
    """Why."""

    reason = _text(_("Reason"), required=True)


class NoteForm(PlainForm):
    """A word, if any."""

    note = _text(_("Note"), required=False)


class ReceiveForm(PlainForm):
    """In which condition it came, what it weighs, where it lies."""

    condition = forms.ChoiceField(
        label=_("Condition"), choices=Custody.Condition.choices, widget=forms.Select(attrs=SELECT)
    )
    weight_mg = forms.IntegerField(
        label=_("Weight (mg)"), required=False, min_value=1, widget=forms.NumberInput(attrs=CONTROL)
    )
    place = forms.CharField(
        label=_("Place"), required=False, max_length=80, widget=forms.TextInput(attrs=CONTROL)
    )
    note = _text(_("Note"), required=False)


class StoreForm(PlainForm):
    """Where it is kept."""

    place = forms.CharField(label=_("Place"), max_length=80, widget=forms.TextInput(attrs=CONTROL))
    note = _text(_("Note"), required=False)


class HandOnForm(PlainForm):
    """To whom of the crew."""

    holder = forms.ModelChoiceField(
        label=_("To"),
        queryset=User.objects.none(),
        to_field_name="username",
        widget=forms.Select(attrs=SELECT),
    )
    note = _text(_("Note"), required=False)

    def prepare(self, about: Sample) -> None:
        """Whoever runs the instrument, but for who has it now."""
        chosen: Any = self.fields["holder"]
        if about.instrument is None:
            return
        roles = (CrewMember.Role.MANAGER, CrewMember.Role.OPERATOR)
        crew = crew_of(about.instrument, clock.now()).filter(role__in=roles).values("user")
        chosen.queryset = (
            User.objects.filter(pk__in=crew)
            .exclude(pk__in=(about.holder_id, about.request.requester_id))
            .order_by("username")
        )


class HoldForm(PlainForm):
    """What it waits for."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=HoldReason.choices, widget=forms.Select(attrs=SELECT)
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, widget=forms.TextInput(attrs=CONTROL)
    )


class ResultForm(PlainForm):
    """What came out, and what was needed besides the test."""

    summary = _text(_("Result"), required=True, rows=6, most=20_000)

    def prepare(self, about: Sample) -> None:
        """The extras of the price that was agreed to."""
        for extra in extras_of(about.request):
            self.fields[f"{EXTRA}{extra.code}"] = forms.IntegerField(
                label=_("Used: %(name)s") % {"name": extra.name},
                required=False,
                min_value=0,
                widget=forms.NumberInput(attrs=CONTROL),
            )


class CheckForm(PlainForm):
    """Whether the result holds."""

    passed = forms.ChoiceField(
        label=_("Does the result hold?"),
        choices=(("yes", _("Yes")), ("no", _("No, test again"))),
        widget=forms.Select(attrs=SELECT),
    )
    note = _text(_("Note (needed for a no)"), required=False)


class DelayForm(PlainForm):
    """Why, and until when."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=Delay.Reason.choices, widget=forms.Select(attrs=SELECT)
    )
    becomes = forms.DateField(
        label=_("New promised day"), widget=forms.DateInput(attrs={**CONTROL, "type": "date"})
    )
    note = _text(_("Note"), required=False)


class TransferForm(PlainForm):
    """To which sister instrument, and why."""

    instrument = forms.ModelChoiceField(
        label=_("Instrument"),
        queryset=Instrument.objects.none(),
        to_field_name="asset_no",
        widget=forms.Select(attrs=SELECT),
    )
    reason = _text(_("Reason"), required=True)

    def prepare(self, about: Sample) -> None:
        """The sisters that take samples."""
        chosen = self.fields["instrument"]
        assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101 - declared above
        if about.instrument is not None:
            chosen.queryset = sisters_of(about.instrument)


@dataclass(frozen=True)
class Act:
    """One verb of a page. `offered(thing, user, today)` says whether its button is shown."""

    verb: str
    label: Promise | str
    icon: str
    form: type[PlainForm]
    offered: Callable[[Any, User, date], bool]
    do: Callable[[Any, User, datetime, Data], object]
    hint: Promise | str = ""


def _done(one: Sample) -> bool:
    return one.is_here and one.state in (State.RELEASED, State.DROPPED)


def _waits(one: Sample) -> bool:
    agreed = one.request.state == SampleRequest.State.CONFIRMED
    return agreed and one.state in (State.DECLARED, State.RECEIVED, State.QUEUED)


def _record(one: Sample, user: User, now: datetime, data: Data) -> object:
    extras = {
        key.removeprefix(EXTRA): count for key, count in data.items() if key.startswith(EXTRA) and count
    }
    return record_result(sample=one, summary=data["summary"], by=user, now=now, extras=extras)


SAMPLE_ACTS: tuple[Act, ...] = (
    Act(
        "receive",
        _("Receive"),
        "check",
        ReceiveForm,
        lambda one, _user, _today: may_be_received(one),
        lambda one, user, now, data: receive_sample(sample=one, by=user, now=now, **data),
        _("From now on you have this sample."),
    ),
    Act(
        "result",
        _("Record the result"),
        "pencil",
        ResultForm,
        lambda one, _user, _today: one.state in (State.TESTING, State.TESTED),
        _record,
        _("Until it is checked or released, a further entry corrects it."),
    ),
    Act(
        "check",
        _("Check the result"),
        "checks",
        CheckForm,
        lambda one, user, _today: one.state == State.TESTED and one.tested_by_id != user.pk,
        lambda one, user, now, data: check_result(
            sample=one, passed=data["passed"] == "yes", note=data["note"], by=user, now=now
        ),
    ),
    Act(
        "hold",
        _("Put on hold"),
        "player-stop",
        HoldForm,
        lambda one, _user, _today: _waits(one) and not one.held,
        lambda one, user, now, data: hold_sample(sample=one, by=user, now=now, **data),
        _("The requester reads the reason."),
    ),
    Act(
        "resume",
        _("Go on"),
        "player-play",
        PlainForm,
        lambda one, _user, _today: _waits(one) and bool(one.held),
        lambda one, user, now, _data: resume_sample(sample=one, by=user, now=now),
    ),
    Act(
        "hand-on",
        _("Hand on to a colleague"),
        "users",
        HandOnForm,
        lambda one, _user, _today: one.is_here and one.instrument is not None,
        lambda one, user, now, data: move_sample(sample=one, by=user, now=now, **data),
        _("The colleague answers for it from now on."),
    ),
    Act(
        "store",
        _("Put into storage"),
        "armchair",
        StoreForm,
        lambda one, _user, _today: one.is_here,
        lambda one, user, now, data: move_sample(
            sample=one, holder=user, stored=True, by=user, now=now, **data
        ),
        _("You answer for it from now on."),
    ),
    Act(
        "transfer",
        _("Send to a sister instrument"),
        "arrow-right",
        TransferForm,
        lambda one, _user, _today: _waits(one) and one.instrument is not None,
        lambda one, user, now, data: transfer_sample(sample=one, by=user, now=now, **data),
        _("You have it until the other crew receives it."),
    ),
    Act(
        "return",
        _("Give back"),
        "arrow-back-up",
        NoteForm,
        lambda one, _user, _today: _done(one),
        lambda one, user, now, data: return_sample(sample=one, by=user, now=now, **data),
    ),
    Act(
        "dispose",
        _("Dispose of"),
        "trash",
        ReasonForm,
        lambda one, _user, today: _done(one) and may_be_disposed(one.request, today),
        lambda one, user, now, data: dispose_sample(sample=one, by=user, now=now, **data),
        _("This cannot be taken back."),
    ),
    Act(
        "drop",
        _("Do not test"),
        "x",
        ReasonForm,
        lambda one, _user, _today: _waits(one),
        lambda one, user, now, data: drop_sample(sample=one, by=user, now=now, **data),
        _("The sample costs nothing and is given back."),
    ),
)
REQUEST_ACTS: tuple[Act, ...] = (
    Act(
        "delay",
        _("Move the promised day"),
        "clock",
        DelayForm,
        lambda request, _user, _today: request.state == SampleRequest.State.CONFIRMED,
        lambda request, user, now, data: delay_request(request=request, by=user, now=now, **data),
        _("The requester reads reason and day."),
    ),
    Act(
        "release",
        _("Release what is there"),
        "send",
        PlainForm,
        lambda request, _user, _today: (
            request.state == SampleRequest.State.CONFIRMED
            and any(one.state in (State.TESTED, State.CHECKED) for one in request.samples.all())
        ),
        lambda request, user, now, _data: release_results(request=request, by=user, now=now),
        _("Partial results go out before the rest is tested. All of them go out by themselves."),
    ),
    Act(
        "last-call",
        _("Last call"),
        "bell",
        PlainForm,
        lambda request, _user, _today: (
            request.state in (*SampleRequest.ENDED, SampleRequest.State.RELEASED)
            and request.last_call_until is None
            and any(one.is_here for one in request.samples.all())
        ),
        lambda request, user, now, _data: call_last(request=request, by=user, now=now),
        _("What is not fetched in time may be disposed of."),
    ),
)
_SAMPLE = MappingProxyType({act.verb: act for act in SAMPLE_ACTS})
_REQUEST = MappingProxyType({act.verb: act for act in REQUEST_ACTS})


def act_on_sample(verb: str) -> Act | None:
    """The verb by its name in an address."""
    return _SAMPLE.get(verb)


def act_on_request(verb: str) -> Act | None:
    """The verb by its name in an address."""
    return _REQUEST.get(verb)


def offered_for(thing: Any, acts: tuple[Act, ...], user: User, now: datetime) -> list[Act]:
    """The verbs whose buttons are shown. Whether the user is of the crew was asked before."""
    today = school_time(now).date()
    return [act for act in acts if act.offered(thing, user, today)]
