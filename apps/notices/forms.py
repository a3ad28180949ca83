"""What a person fills in about being told. Whether it is allowed is the operations' to say."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group
from apps.notices.models import Preference
from apps.notices.queries import Wishes

_SELECT = {"class": "form-select"}
_TIME = "%H:%M"
_MODES = (Preference.Mode.NOW, Preference.Mode.DAILY, Preference.Mode.OFF)
_BELL = [
    (Preference.Mode.NOW.value, _("Counted")),
    (Preference.Mode.OFF.value, _("Listed only")),
]
_OUT = [("", _("As recommended")), *((mode.value, mode.label) for mode in _MODES)]


class PreferencesForm(forms.Form):
    """The language of mails, quiet hours, and one choice for each group and way."""

    language = forms.ChoiceField(
        label=_("Language of mails and messages"), required=False, widget=forms.Select(attrs=_SELECT)
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(format=_TIME, attrs={"type": "time", "class": "form-control"}),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        help_text=_("What comes in between waits until the end. Urgent notices do not wait."),
        widget=forms.TimeInput(format=_TIME, attrs={"type": "time", "class": "form-control"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - declared above
        language.choices = [("", _("That of the pages")), *settings.LANGUAGES]
        for group in Group:
            for way in Preference.Way:
                bell = way == Preference.Way.IN_APP
                self.fields[field_name(group, way)] = forms.ChoiceField(
                    label=f"{group.label}: {way.label}",
                    choices=_BELL if bell else _OUT,
                    required=bell,
                    widget=forms.Select(attrs=_SELECT),
                )

    @property
    def rows(self) -> list[tuple[Group, list[tuple[Preference.Way, forms.BoundField]]]]:
        """The matrix: each group with the field of each way."""
        return [(group, [(way, self[field_name(group, way)]) for way in Preference.Way]) for group in Group]

    @property
    def modes(self) -> dict[tuple[str, str], str]:
        """What was chosen, as the operation takes it. The bell's usual choice is kept as none."""
        found = {}
        for group in Group:
            for way in Preference.Way:
                mode = self.cleaned_data[field_name(group, way)]
                usual = way == Preference.Way.IN_APP and mode == Preference.Mode.NOW
                found[group.value, way.value] = "" if usual else mode
        return found


class MessengerForm(forms.Form):
    """The address of a messenger, as its robot's page shows it."""

    address = forms.CharField(
        label=_("Address of the robot or webhook"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false", "inputmode": "url"}
        ),
        help_text=_(
            "From WeCom, DingTalk, Feishu or Lark paste the address that the page of the group robot shows; "
            "or write the https:// address of a webhook of your own that takes JSON. It is kept encrypted "
            "and never shown again."
        ),
    )


def field_name(group: Group, way: Preference.Way) -> str:
    """The name of a cell of the matrix."""
    return f"{group.value}-{way.value}"


def initial(wishes: Wishes) -> dict[str, Any]:
    """What the form shows first."""
    shown: dict[str, Any] = {
        "language": wishes.chosen_language,
        "quiet_from": wishes.quiet_from,
        "quiet_until": wishes.quiet_until,
    }
    for group in Group:
        for way in Preference.Way:
            usual = Preference.Mode.NOW.value if way == Preference.Way.IN_APP else ""
            shown[field_name(group, way)] = wishes.modes.get((group.value, way.value), usual)
    return shown
