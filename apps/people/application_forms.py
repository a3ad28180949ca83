"""The public application: what somebody without an account fills in. Faults of form are told at their field;
nothing here looks anybody up.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.people.applying import Filled
from apps.people.forms import SELECT, TEXT, DayField
from apps.people.models import OrgUnit, RegistrationApplication, User

_OFF = {**TEXT, "autocomplete": "off"}


if TYPE_CHECKING:  # the class is generic for the type checker only
    _UnitChoice = forms.ModelChoiceField[OrgUnit]
else:
    _UnitChoice = forms.ModelChoiceField


class UnitField(_UnitChoice):
    """A unit by its name in the reader's language."""

    def label_from_instance(self, obj: OrgUnit) -> str:
        """The name that the list shows."""
        english = (get_language() or "zh").startswith("en")
        return (obj.name_en if english else "") or obj.name_zh


class ApplicationForm(forms.Form):
    """The application. `website` is filled in by machines only; `status` is what a refused form answers,
    `retry_after` after how many seconds it may be sent again.
    """

    status = 422
    retry_after: int | None = None
    # Needed by one kind of applicant and meaningless for the other: the operation says so.
    conditional = ("number", "sponsor_text", "organisation_name")

    kind = forms.ChoiceField(label=_("I am"), choices=User.Kind.choices, widget=forms.Select(attrs=SELECT))
    number = forms.CharField(
        label=_("School number"),
        required=False,
        max_length=60,
        help_text=_("Students and staff of the school: student or staff number."),
        widget=forms.TextInput(attrs=_OFF),
    )
    organisation_name = forms.CharField(
        label=_("Organisation"),
        required=False,
        max_length=120,
        help_text=_("People from outside: the full name of your university, institute or company."),
        widget=forms.TextInput(attrs={**TEXT, "autocomplete": "organization"}),
    )
    organisation_code = forms.CharField(
        label=_("Unified social credit code"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs=_OFF),
    )
    contract = forms.CharField(
        label=_("Number of the agreement with the school"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=_OFF),
    )
    name_zh = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={**TEXT, "autocomplete": "name"})
    )
    name_en = forms.CharField(
        label=_("Name in Latin letters"), required=False, max_length=60, widget=forms.TextInput(attrs=TEXT)
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=120,
        help_text=_("People from outside sign in with it."),
        widget=forms.EmailInput(attrs={**TEXT, "autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=30, widget=forms.TextInput(attrs={**TEXT, "autocomplete": "tel"})
    )
    unit = UnitField(
        label=_("Department"),
        required=False,
        queryset=OrgUnit.objects.none(),
        widget=forms.Select(attrs=SELECT),
    )
    sponsor_text = forms.CharField(
        label=_("Sponsor"),
        required=False,
        max_length=80,
        help_text=_("Staff number or full name of the principal investigator in whose group you work."),
        widget=forms.TextInput(attrs=_OFF),
    )
    wished_until = DayField(label=_("Until when"), required=False)
    purpose = forms.CharField(
        label=_("What for"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={**TEXT, "rows": 3}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least 12 characters. You sign in with it once the account is active."),
        widget=forms.PasswordInput(attrs={**TEXT, "autocomplete": "new-password"}),
    )
    terms = forms.BooleanField(
        label=_("I have read the user agreement and accept it."),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={**_OFF, "tabindex": "-1"}))

    def __init__(self, *args: Any, terms_version: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms_version = terms_version
        unit = self.fields["unit"]
        assert isinstance(unit, UnitField)  # noqa: S101 - declared above
        unit.queryset = OrgUnit.objects.filter(kind=OrgUnit.Kind.DEPARTMENT).order_by("name_zh")

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields in their order, but those that the page draws itself."""
        return [field for field in self.visible_fields() if field.name not in ("terms", "website")]

    @property
    def is_machine(self) -> bool:
        """Whether the field was filled in that no person sees."""
        return bool(self.data.get("website"))

    @property
    def filled(self) -> Filled:
        """What the form says."""
        data = {name: self.cleaned_data[name] for name in _TAKEN}
        return Filled(**data, terms_version=self.terms_version, language=get_language() or "zh-hans")


class AmendForm(ApplicationForm):
    """The same form once something was asked: the password may stay, and the form is known to a person."""

    def __init__(self, *args: Any, application: RegistrationApplication, **kwargs: Any) -> None:
        initial = {name: getattr(application, name) for name in _TAKEN}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        password = self.fields["password"]
        password.required, password.label = False, _("Another password")
        password.help_text = _("Empty keeps the one that you have chosen.")


_TAKEN = (
    "kind",
    "number",
    "organisation_name",
    "organisation_code",
    "contract",
    "name_zh",
    "name_en",
    "email",
    "phone",
    "unit",
    "sponsor_text",
    "wished_until",
    "purpose",
)
