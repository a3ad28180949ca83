"""What people fill in on the pages that cross apps: a reason, who stands before the machine, and which
controllers to show.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.bookings.forms import moment_field
from apps.instruments.queries import facilities
from apps.people.models import User
from apps.training.forms.inputs import choose, moment, number, select, text
from apps.training.models import TrainingRequest
from devices.health import CONNECTED, DISABLED, NEVER_HEARD, OUTDATED, REFUSED, SILENT, UNANSWERED


class ReasonForm(forms.Form):
    """Why something is taken away. It reaches the audit log and the people concerned."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Whoever is refused reads this."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class FaultForm(forms.Form):
    """What is wrong with an instrument."""

    description = forms.CharField(
        label=_("What is wrong"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
    )


class OutageForm(forms.Form):
    """When an instrument is out of service, on the school's clock, and why; without an end until somebody
    ends it.
    """

    starts_at = moment_field(_("From"))
    ends_at = moment_field(_("Until"))
    reason_zh = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Whoever has booked within it is told. Nothing is cancelled."),
        widget=text(),
    )
    reason_en = forms.CharField(label=_("Reason in English"), required=False, max_length=200, widget=text())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_at"].required = False
        self.fields["ends_at"].help_text = _("Empty: until somebody ends it.")


class CloseForm(forms.Form):
    """What became of a fault; it reaches the audit log."""

    reason = forms.CharField(label=_("What was found and done"), max_length=200, widget=text())


class WorkOrderForm(forms.Form):
    """What is to be repaired or maintained, and who comes for it."""

    summary = forms.CharField(label=_("What is to be done"), max_length=200, widget=text())
    engineer_login = forms.ChoiceField(label=_("Service engineer"), required=False, widget=select())

    def __init__(self, *args: Any, engineers: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engineers = {one.username: one for one in engineers}
        told = [(login, one.display_name) for login, one in self._engineers.items()]
        choose(self, "engineer_login", [("", _("The crew itself")), *told])

    @property
    def engineer(self) -> User | None:
        """Whoever was chosen; None for the crew itself."""
        return self._engineers.get(self.cleaned_data["engineer_login"])


class HeldForm(forms.Form):
    """Whether a measurement is believed, and why; it reaches the audit log."""

    verdict = forms.ChoiceField(
        label=_("Your judgement"),
        choices=[
            ("release", _("Believe it: charge it as measured")),
            ("dismiss", _("Do not believe it: charge nothing")),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class CorrectionForm(forms.Form):
    """When a use ended in truth, on the school's clock, and why it is not what the meters say."""

    end = forms.DateTimeField(
        label=_("It ended at"),
        help_text=_("When you left the instrument."),
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M",
            attrs={"type": "datetime-local", "class": "form-control", "data-proposed-end": ""},
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )


class AnswerForm(forms.Form):
    """Whether a proposed end of a use is true, and why."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            ("", _("Please choose")),
            ("yes", _("Confirm: the use ended then")),
            ("no", _("Refuse: the use stays as measured")),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Both sides read it."),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )


class ReleaseForm(forms.Form):
    """Why a lock is released; may stay empty."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class UnlockForm(forms.Form):
    """Who stands before the machine without a card, and why they are let in from here."""

    person = forms.CharField(
        label=_("Login of the person present"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "autocapitalize": "none"}
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For instance: card forgotten, identity checked at the door."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class ControllerFilter(forms.Form):
    """What may be asked of the list of controllers. Unknown values are ignored: a shared link keeps
    working. `criteria` gives keywords of `devices.health.search_controllers`.
    """

    q = forms.CharField(
        required=False,
        max_length=80,
        label=_("Name, instrument or firmware"),
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search", "autocomplete": "off"}),
    )
    facility = forms.ChoiceField(
        required=False,
        label=_("Facility"),
        widget=forms.Select(attrs={"class": "form-select", "data-submit": ""}),
    )
    state = forms.ChoiceField(
        required=False,
        label=_("Show"),
        choices=(
            ("", _("All")),
            (CONNECTED, _("Connected")),
            (SILENT, _("Not connected")),
            (NEVER_HEARD, _("No contact yet")),
            (DISABLED, _("Out of service")),
            (UNANSWERED, _("With unanswered orders")),
            (REFUSED, _("With refused frames")),
            (OUTDATED, _("Configuration not taken yet")),
        ),
        widget=forms.Select(attrs={"class": "form-select", "data-submit": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("All")), *((one.ulid, str(one)) for one in facilities())]

    def criteria(self) -> dict[str, str]:
        """The valid part of what was asked."""
        self.is_valid()
        chosen = self.cleaned_data
        return {
            "text": chosen.get("q", ""),
            "facility": chosen.get("facility", ""),
            "state": chosen.get("state", ""),
        }


class SessionForm(forms.Form):
    """A training session of one instrument: when, who leads it, how many seats, and who of those that wait
    gets one at once.
    """

    starts_at = forms.DateTimeField(label=_("From"), widget=moment())
    ends_at = forms.DateTimeField(label=_("Until"), widget=moment())
    leader = forms.ChoiceField(label=_("Trainer"), widget=select())
    capacity = forms.IntegerField(
        label=_("Seats"),
        min_value=1,
        max_value=100,
        initial=4,
        help_text=_("Seats that are left may be taken by those in training."),
        widget=number(min=1, max=100),
    )
    people = forms.MultipleChoiceField(
        label=_("Gets a seat at once"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        trainers: Iterable[User],
        waiting: Iterable[TrainingRequest],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._trainers = {one.ulid: one for one in trainers}
        self._waiting = {one.ulid: one for one in waiting}
        choose(self, "leader", [(ulid, one.display_name) for ulid, one in self._trainers.items()])
        choose(self, "people", [(ulid, one.user.display_name) for ulid, one in self._waiting.items()])

    def wanted(self) -> dict[str, Any]:
        """Keywords of `schedule_guided_session`."""
        data = self.cleaned_data
        return {
            "starts_at": data["starts_at"],
            "ends_at": data["ends_at"],
            "capacity": data["capacity"],
            "leader": self._trainers[data["leader"]],
            "requests": [self._waiting[ulid] for ulid in data["people"]],
        }
