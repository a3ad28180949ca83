"""What a person fills in to use a verb or to narrow a list. Whether it is allowed is the services' to say."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.templatetags.bench import data
from apps.instruments.models import local_name
from apps.people.models import OrgUnit, User
from workflows import registry
from workflows.candidates import Seat
from workflows.choosing import Signer, matching
from workflows.inbox import Wanted
from workflows.words import node_title, process_title

_SELECT, _TEXT = {"class": "form-select"}, {"class": "form-control"}
_AGES = ((1, _("1 day")), (3, _("3 days")), (7, _("7 days")), (30, _("30 days")))
_PLACES = {
    "before": _("Before me: their opinion first, then the step comes back to me"),
    "after": _("After me: they sign when I have signed"),
    "beside": _("Beside me: a vote of their own in this round"),
}
LONGEST = 2000
_SEPARATORS = re.compile("[,\\n\uff0c\u3001]")


def area(rows: int = 3) -> forms.Textarea:
    """A text of several lines."""
    return forms.Textarea(attrs={"class": "form-control", "rows": rows})


class ReasonForm(forms.Form):
    """A reason, as everything wants that takes something from somebody."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST, widget=area())


class WithdrawForm(forms.Form):
    """The applicant's reason; may stay empty."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=LONGEST, widget=area())


class OpinionForm(forms.Form):
    """The opinion that was asked for."""

    opinion = forms.CharField(label=_("Opinion"), max_length=LONGEST, widget=area(5))


class UrgeForm(forms.Form):
    """What is said with it; may stay empty."""

    words = forms.CharField(
        label=_("Words to those who are asked"), required=False, max_length=500, widget=area()
    )


class SendBackForm(ReasonForm):
    """To which step, and why."""

    to = forms.ChoiceField(label=_("Back to which step?"), widget=forms.RadioSelect)
    field_order: tuple[str, ...] = ("to", "reason")

    def __init__(self, *args: Any, nodes: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "to", [(node.name, node_title(node)) for node in nodes])


class TransferForm(ReasonForm):
    """To whom of those who may take it, and why."""

    to = forms.ChoiceField(label=_("To whom?"), widget=forms.RadioSelect)
    field_order: tuple[str, ...] = ("to", "reason")

    def __init__(self, *args: Any, seats: Iterable[Seat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seats = {seat.user.ulid: seat for seat in seats}
        choose(self, "to", [(ulid, shown(seat.user)) for ulid, seat in self._seats.items()])

    @property
    def chosen(self) -> User:
        """The person."""
        return self._seats[self.cleaned_data["to"]].user


class PersonForm(ReasonForm):
    """Somebody by login or name, and why. Where several fit, the form offers them to choose from."""

    person = forms.CharField(
        label=_("Person"),
        max_length=60,
        help_text=_("Login or name. Where several fit, you choose."),
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "off"}),
    )
    which = forms.ChoiceField(label=_("Which of them?"), required=False, widget=forms.RadioSelect)
    field_order: tuple[str, ...] = ("person", "which", "reason")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.chosen: User | None = None
        text = str(self.data.get("person", "")).strip() if self.is_bound else ""
        self._matches = {user.ulid: user for user in matching(text, now)} if text else {}
        if len(self._matches) > 1:
            choose(self, "which", [(ulid, shown(user)) for ulid, user in self._matches.items()])
        else:
            del self.fields["which"]

    def clean(self) -> dict[str, Any]:
        """Exactly one person, or an error that says what to do."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if len(self._matches) == 1:
            [self.chosen] = self._matches.values()
        elif self._matches:
            self.chosen = self._matches.get(cleaned.get("which", ""))
            if self.chosen is None:
                self.add_error("which", _("Several people fit. Please choose one."))
        elif cleaned.get("person"):
            self.add_error("person", _("Nobody who is active has this login or name."))
        return cleaned


class SignerForm(PersonForm):
    """Who is to sign as well, and when."""

    where = forms.ChoiceField(label=_("When do they sign?"), widget=forms.RadioSelect)
    field_order: tuple[str, ...] = ("person", "which", "where", "reason")

    def __init__(self, *args: Any, where: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "where", [(place, _PLACES[place]) for place in where])


class RemoveSignerForm(ReasonForm):
    """Which of the added signers is taken back, and why."""

    signer = forms.ChoiceField(label=_("Signer"), widget=forms.RadioSelect)
    field_order: tuple[str, ...] = ("signer", "reason")

    def __init__(self, *args: Any, signers: Sequence[Signer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._signers = {signer.user.ulid: signer.user for signer in signers}
        choose(self, "signer", [(ulid, shown(user)) for ulid, user in self._signers.items()])

    @property
    def chosen(self) -> User:
        """The person."""
        return self._signers[self.cleaned_data["signer"]]


class CopyForm(forms.Form):
    """People by login or name, separated by commas or lines."""

    people = forms.CharField(
        label=_("People"),
        max_length=LONGEST,
        help_text=_("Logins or names, separated by commas or lines."),
        widget=area(),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.chosen: list[User] = []

    def clean_people(self) -> str:
        """Every entry must mean exactly one active person."""
        typed: str = self.cleaned_data["people"]
        entries = [one.strip() for one in _SEPARATORS.split(typed)]
        for entry in filter(None, entries):
            found = matching(entry, self.now)
            if len(found) == 1:
                self.chosen += found
            elif found:
                names = ", ".join(in_words(user) for user in found)
                message = _("“%(entry)s” may be: %(names)s. Write the login.")
                self.add_error("people", forms.ValidationError(message % {"entry": entry, "names": names}))
            else:
                message = _("Nobody who is active is called “%(entry)s”.")
                self.add_error("people", forms.ValidationError(message % {"entry": entry}))
        return typed


class FilterForm(forms.Form):
    """How a list of the inbox is narrowed."""

    flow = forms.ChoiceField(label=_("Process"), required=False, widget=forms.Select(attrs=_SELECT))
    unit = forms.ChoiceField(label=_("Unit"), required=False, widget=forms.Select(attrs=_SELECT))
    older = forms.TypedChoiceField(
        label=_("Older than"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select(attrs=_SELECT),
    )
    overdue = forms.BooleanField(
        label=_("Overdue only"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, units: Iterable[OrgUnit], deadlines: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything, processes = [("", _("All"))], registry.keys()
        choose(self, "flow", [*everything, *((key, process_title(key)) for key in processes)])
        choose(
            self,
            "unit",
            [*everything, *((unit.ulid, local_name(unit.name_zh, unit.name_en)) for unit in units)],
        )
        choose(self, "older", [("", _("Any age")), *_AGES])
        for name in ("flow", "unit", "older"):
            self.fields[name].widget.attrs["data-submit"] = ""
        if not deadlines:
            del self.fields["overdue"]

    @property
    def wanted(self) -> Wanted:
        """What was chosen; a choice that does not exist narrows nothing."""
        self.is_valid()
        chosen = self.cleaned_data
        return Wanted(
            flow=chosen.get("flow", ""),
            unit=chosen.get("unit", ""),
            older_days=chosen.get("older") or 0,
            overdue=bool(chosen.get("overdue")),
        )


def choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, Text]]) -> None:
    """Give a field of a form its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared as one
    field.choices = list(choices)


def in_words(user: User) -> str:
    """A person among others: name and login."""
    return f"{user.display_name} ({user.username})"


def shown(user: User) -> SafeString:
    """The same for a page."""
    return format_html("{} ({})", data(user.display_name), data(user.username))
