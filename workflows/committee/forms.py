"""What the office fills in about a committee, at the beginning and when somebody will not sit."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.panels.models import AppointmentSeat, Committee
from apps.people.forms import TEXT, DayField, PersonField
from apps.people.models import User
from workflows.beginning import BeginForm
from workflows.forms import StepForm

MOST_PEOPLE = 50
_BETWEEN = re.compile(r"[\s,;，；、]+")  # noqa: RUF001 - Chinese punctuation
_AREA = {"class": "form-control", "rows": 3, "autocapitalize": "none", "spellcheck": "false"}
_LOGINS = _("Logins, separated by blanks, commas or lines.")


class PeopleField(forms.CharField):
    """Several people by login; becomes a list of Users in the order in which they are named."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, widget=forms.Textarea(attrs=_AREA), help_text=_LOGINS, **kwargs)

    def clean(self, value: Any) -> Any:
        """The people, else a fault at the field that names who is not there."""
        logins = [login for login in _BETWEEN.split(super().clean(value)) if login]
        if len(logins) > MOST_PEOPLE:
            raise forms.ValidationError(_("These are too many people."), code="panels.too_many")
        found = {user.username.lower(): user for user in _named(logins)}
        missing = [login for login in logins if login.lower() not in found]
        if missing:
            raise forms.ValidationError(
                _("Nobody has this login: %(logins)s"),
                code="people.nobody",
                params={"logins": ", ".join(missing)},
            )
        return [found[login.lower()] for login in dict.fromkeys(logins)]


class AppointForm(BeginForm):
    """Which committee, for which term, and who as what. A code that no committee has founds one."""

    code = forms.SlugField(
        label=_("Code of the committee"),
        max_length=40,
        help_text=_("For example fees. A code that no committee has yet founds a new one."),
        widget=forms.TextInput(attrs=TEXT),
    )
    name_zh = forms.CharField(
        label=_("Chinese name, of a new committee"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    name_en = forms.CharField(
        label=_("English name, of a new committee"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    valid_from = DayField(label=_("In force from"))
    valid_until = DayField(label=_("Until (that day included)"))
    chair = PersonField(label=_("Chair"), help_text=_("The login."))
    deputies = PeopleField(label=_("Deputy chairs"), required=False)
    members = PeopleField(label=_("Members"))
    secretaries = PeopleField(label=_("Secretaries, who have no vote"), required=False)

    def clean(self) -> dict[str, Any]:
        """Adds `committee`: the one of this code, or None, which wants a name."""
        data: dict[str, Any] = super().clean() or {}
        code = data.get("code")
        if code:
            data["committee"] = Committee.objects.filter(code=code).first()
            if data["committee"] is None and not data.get("name_zh", "").strip():
                self.add_error(
                    "name_zh",
                    forms.ValidationError(_("A new committee needs a name."), code="panels.name_needed"),
                )
        return data


class ReviseForm(StepForm):
    """Whom to ask besides, and whom to strike out. Left empty, it goes on with those who accepted."""

    chair = PeopleField(label=_("Another chair"), required=False)
    deputy = PeopleField(label=_("More deputy chairs"), required=False)
    member = PeopleField(label=_("More members"), required=False)
    secretary = PeopleField(label=_("More secretaries"), required=False)
    drop = PeopleField(label=_("Strike out"), required=False)

    def prepare(self) -> None:
        """Who declined stands where they would be struck out: nothing has to be typed to go on
        without them.
        """
        ulid = self.case.subject_ref.removeprefix("appointment:")
        gone = AppointmentSeat.objects.filter(
            appointment__ulid=ulid, answer=AppointmentSeat.Answer.DECLINED
        ).values_list("user__username", flat=True)
        self.initial = {"drop": "\n".join(gone)}


def _named(logins: list[str]) -> list[User]:
    """Users by login, however they are written. One query for each: their number is limited."""
    rows = (User.objects.filter(username__iexact=login).first() for login in dict.fromkeys(logins))
    return [user for user in rows if user is not None]
