"""What the people ask for who decide about a registration, besides their opinion."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.people.forms import SELECT, TEXT, DayField, PersonField
from apps.people.models import RegistrationApplication, ResearchGroup
from workflows.forms import StepForm


def application_ulid(form: StepForm) -> str:
    """The public identifier of the application that the form's case is about."""
    return form.case.subject_ref.removeprefix("application:")


class FindSponsorForm(StepForm):
    """Who is asked to sponsor."""

    sponsor = PersonField(label=_("Login of the principal investigator"))


class SponsorForm(StepForm):
    """The group that takes the person in, and for how long."""

    group = forms.ModelChoiceField(
        label=_("Research group"),
        queryset=ResearchGroup.objects.none(),
        to_field_name="ulid",
        widget=forms.Select(attrs=SELECT),
    )
    until = DayField(label=_("Until (that day included)"), required=False)

    def prepare(self) -> None:
        """The groups that the sponsor leads; the only one is chosen already."""
        application = RegistrationApplication.objects.get(ulid=application_ulid(self))
        groups = ResearchGroup.objects.filter(pi=application.sponsor_id).order_by("id")
        field: Any = self.fields["group"]
        field.queryset = groups
        if len(groups) == 1:
            field.initial = groups[0].ulid
        self.fields["until"].initial = application.wished_until


class ContractForm(StepForm):
    """The listed organisation, and until when at most."""

    organisation = forms.CharField(
        label=_("Organisation, by its name or code in the list"),
        max_length=160,
        widget=forms.TextInput(attrs=TEXT),
    )
    until = DayField(label=_("Until (that day included)"), required=False)

    def prepare(self) -> None:
        """What the person has typed, or the organisation that was recognised."""
        application = RegistrationApplication.objects.get(ulid=application_ulid(self))
        listed = application.organisation
        self.fields["organisation"].initial = listed.name_zh if listed else application.organisation_name
        self.fields["until"].initial = application.wished_until
