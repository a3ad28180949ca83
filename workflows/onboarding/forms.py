"""What is asked of somebody who wants to open an instrument, and of the office that takes it in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.instruments.forms import LEVELS, MODES
from apps.instruments.models import Facility, Instrument
from apps.instruments.queries import facilities
from apps.library.models import Asset
from apps.people.models import OrgUnit, User
from apps.people.queries import active_users
from workflows.beginning import BeginForm
from workflows.forms import StepForm
from workflows.onboarding.standing import asset_of

_SELECT = {"class": "form-select"}
_TEXT = {"class": "form-control"}


class OnboardingForm(BeginForm):
    """Which asset, and how far it is to be open."""

    asset_no = forms.CharField(
        label=_("Asset number"),
        max_length=40,
        help_text=_("As the school library has it."),
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "off"}),
    )
    level = forms.TypedChoiceField(
        label=_("Opening level wished"), choices=LEVELS, coerce=int, widget=forms.Select(attrs=_SELECT)
    )

    def clean_asset_no(self) -> Asset:
        """The asset of that number in the register."""
        number = self.cleaned_data["asset_no"].strip()
        found = Asset.objects.filter(asset_no=number, gone_at__isnull=True).first()
        if found is None:
            raise forms.ValidationError(
                _("The library has no asset of this number."), code="library.no_asset"
            )
        return found


class EnlistForm(StepForm):
    """What the office says of an asset that becomes an instrument."""

    facility = forms.ChoiceField(label=_("Facility"), widget=forms.Select(attrs=_SELECT))
    unit = forms.CharField(
        label=_("Code of the lab in which it stands"), max_length=40, widget=forms.TextInput(attrs=_TEXT)
    )
    manager = forms.CharField(
        label=_("Its manager (school number)"),
        max_length=150,
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "off"}),
    )
    class6 = forms.RegexField(
        r"^\d{6}$",
        label=_("Class of the national platform (six digits)"),
        widget=forms.TextInput(attrs=_TEXT),
    )
    service_modes = forms.MultipleChoiceField(
        label=_("Service"), choices=MODES, widget=forms.CheckboxSelectMultiple
    )
    access_node = forms.ChoiceField(
        label=_("How its use is noticed"),
        choices=Instrument.AccessNode.choices,
        widget=forms.Select(attrs=_SELECT),
    )
    required_level = forms.ChoiceField(
        label=_("Certificate needed"),
        choices=Instrument.CertificateLevel.choices,
        initial=Instrument.CertificateLevel.BASIC,
        widget=forms.Select(attrs=_SELECT),
    )

    def prepare(self) -> None:
        """The facilities, and what the register says of the unit."""
        field = self.fields["facility"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(one.code, str(one)) for one in facilities()]
        asset = asset_of(self.case)
        if asset is not None:
            asker = self.case.applicant
            self.initial = {"unit": asset.unit_code, "manager": asker.username if asker else ""}

    def clean_facility(self) -> Facility:
        """The facility of that code."""
        return Facility.objects.get(code=self.cleaned_data["facility"])

    def clean_unit(self) -> OrgUnit:
        """The unit of that code."""
        found = OrgUnit.objects.filter(code=self.cleaned_data["unit"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("No unit has this code."), code="people.scope")
        return found

    def clean_manager(self) -> User:
        """The active person of that login."""
        found = active_users(clock.now()).filter(username=self.cleaned_data["manager"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such person."), code="people.unknown")
        return found

    def clean_service_modes(self) -> str:
        """The modes as an instrument has them: 'S A'."""
        chosen: list[Any] = self.cleaned_data["service_modes"]
        return " ".join(mode for mode, _label in MODES if mode in chosen)
