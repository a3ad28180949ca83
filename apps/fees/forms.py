"""Forms around a proposal: a new one, its title and summary, a file, an application not to open."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fees.content import FEE, NotOpen
from apps.fees.models import Proposal
from apps.instruments.models import Instrument

CAUSES = (
    ("", _("Choose")),
    ("repair", _("Long repair")),
    ("special", _("Built for one purpose")),
    ("teaching", _("Teaching only")),
    ("secret", _("Confidential work")),
    ("safety", _("Safety")),
    ("moving", _("Not installed, or moving")),
    ("other", _("Another cause")),
)


def _text(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "form-control", "rows": rows})


class ProposalFilter(forms.Form):
    """What may be asked of the list of proposals."""

    q = forms.CharField(
        required=False, max_length=80, label=_("Instrument or title"), widget=_text(type="search")
    )
    state = forms.ChoiceField(
        required=False,
        label=_("State"),
        choices=(("", _("All states")), *Proposal.State.choices),
        widget=forms.Select(attrs={"class": "form-select", "data-submit": ""}),
    )

    def asked(self) -> dict[str, str]:
        """The valid part of what was asked."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class NewProposalForm(forms.Form):
    """What is proposed, and about which instruments."""

    kind = forms.ChoiceField(
        label=_("What do you propose?"),
        choices=Proposal.Kind.choices,
        initial=FEE,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    instruments = forms.MultipleChoiceField(
        label=_("About which instruments?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several sister instruments may go in one proposal; each gets its own sheet."),
    )
    copy = forms.BooleanField(
        label=_("Begin with the fee standard in force"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, instruments: Iterable[Instrument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = {one.asset_no: one for one in instruments}
        field = self.fields["instruments"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(number, f"{number} {one.name}") for number, one in self._known.items()]

    def wanted(self) -> list[Instrument]:
        """The chosen instruments, in the order of the list."""
        chosen = set(self.cleaned_data["instruments"])
        return [one for number, one in self._known.items() if number in chosen]


class AboutForm(forms.Form):
    """What a proposal is called, and what it says in a few sentences."""

    title = forms.CharField(label=_("Title"), max_length=120, widget=_text())
    summary = forms.CharField(
        label=_("What changes, and why"),
        max_length=2000,
        required=False,
        help_text=_("The department and the committee read this first."),
        widget=_area(4),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class FileForm(forms.Form):
    """One file."""

    file = forms.FileField(label=_("File"), widget=forms.ClearableFileInput(attrs={"class": "form-control"}))


class WorkbookForm(forms.Form):
    """An Excel workbook."""

    file = forms.FileField(
        label=_("Excel workbook (.xlsx)"),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx"}),
    )


class NotOpenForm(forms.Form):
    """Why one instrument is not open."""

    cause = forms.ChoiceField(
        label=_("Cause"),
        choices=CAUSES,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(
        label=_("Why it cannot be open, and until when"), max_length=2000, required=False, widget=_area(4)
    )
    file = forms.ChoiceField(
        label=_("File that shows it"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, files: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["file"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("none")), *files]

    def wish(self, instrument: str) -> NotOpen:
        """What was filled in about an instrument (ULID)."""
        data = self.cleaned_data
        return NotOpen(instrument, data["cause"], data["reason"], data["file"])
