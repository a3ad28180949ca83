"""What a hearing asks for: who sits, how somebody votes, what is put to the vote, how the chair decides.
Whether it is allowed is the operations' to say.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock, parameters
from apps.core.errors import Refusal
from apps.evaluation.judging import Change, require_change
from apps.evaluation.wording import score_words
from apps.panels.proposing import Candidate, propose
from apps.panels.queries import load
from apps.people.models import User
from workflows.evaluation_hearing import asked
from workflows.forms import StepForm
from workflows.judging.forms import ReasonedForm
from workflows.judging.lookup import last_round, panel_of

APPROVE, MODIFY, ABSTAIN = "approve", "modify", "abstain"
CHOICES = (
    (APPROVE, _("The scores stand as they are")),
    (MODIFY, _("Change scores")),
    (ABSTAIN, _("Abstain")),
)
SECOND = (
    (APPROVE, _("For the change that is put to the vote")),
    ("reject", _("Against it: the scores stand")),
    (ABSTAIN, _("Abstain")),
)


class PanelForm(StepForm):
    """Who judges, and who stands in: members of the committee who are in no conflict."""

    members = forms.MultipleChoiceField(label=_("Members"), widget=forms.CheckboxSelectMultiple)
    substitutes = forms.MultipleChoiceField(
        label=_("Substitutes, in this order"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def eligible(self, now: datetime) -> list[User]:
        """Whom the secretary may choose from, in the order in which they are proposed when all else is
        equal.
        """
        return asked.eligible(self.case, now)

    def busy(self, people: list[User]) -> Mapping[int, int]:
        """How much each has to do (by primary key): who has the least is proposed first."""
        return load(people)

    def prepare(self) -> None:
        """The eligible; a proposal is ticked already."""
        now = clock.now()
        people = self.eligible(now)
        self.people = {user.ulid: user for user in people}
        busy = self.busy(people)
        names = ("panels.minimum_members", "panels.wished_members", "panels.substitutes")
        minimum, wished, reserve = (parameters.values(names, at=now)[name] for name in names)
        found = propose(
            [Candidate(user.pk, None, busy.get(user.pk, 0), order) for order, user in enumerate(people)],
            minimum=minimum,
            wished=wished,
            reserve=reserve,
        )
        by_key = {user.pk: user.ulid for user in people}
        choices = [(user.ulid, user.display_name) for user in people]
        for name, proposed in (("members", found.members), ("substitutes", found.substitutes)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            self.initial[name] = [by_key[key] for key in proposed]

    def clean(self) -> dict[str, Any]:
        """The people instead of their identifiers; who is a member is no substitute."""
        data = super().clean() or self.cleaned_data
        members = data.get("members", [])
        data["members"] = [self.people[ulid] for ulid in members]
        data["substitutes"] = [self.people[one] for one in data.get("substitutes", []) if one not in members]
        return data


class BallotForm(ReasonedForm):
    """A vote in the first round. Who would change scores says by how many points; what stays empty stays.
    `option` of the cleaned data is the whole set of changes.
    """

    choice = forms.ChoiceField(label=_("Your vote"), choices=CHOICES, widget=forms.RadioSelect)
    field_order = ("choice", "reason")

    def prepare(self) -> None:
        """One field for each sheet, named `change_0`, `change_1`, … in the order of the hearing."""
        self.sheets = asked.sheets_of(self.case)
        for number, sheet in enumerate(self.sheets):
            self.fields[f"change_{number}"] = forms.DecimalField(
                label=f"{sheet.name} {sheet.code}",
                help_text=score_words(Fraction(sheet.total or 0, 100)),
                required=False,
                max_digits=5,
                decimal_places=2,
                widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.01"}),
            )

    def clean(self) -> dict[str, Any]:
        """The changes, each within the limit of the round."""
        data = super().clean() or self.cleaned_data
        if data.get("choice") != MODIFY:
            return data
        round_ = asked.round_of(self.case)
        changes: dict[str, int] = {}
        for number, sheet in enumerate(self.sheets):
            points = data.get(f"change_{number}") or Decimal(0)
            if not points:
                continue
            hundredths = int(points * 100)
            try:
                require_change(round_, sheet, Change(hundredths, "-"))
            except Refusal as refusal:
                self.add_error(f"change_{number}", str(refusal.message))
            changes[sheet.ulid] = hundredths
        if not changes:
            raise forms.ValidationError(_("Change at least one score."), code="unchanged")
        data["option"] = asked.option_of(changes)
        return data


class SecondBallotForm(ReasonedForm):
    """A vote about one change."""

    choice = forms.ChoiceField(label=_("Your vote"), choices=SECOND, widget=forms.RadioSelect)
    field_order = ("choice", "reason")


class OptionForm(StepForm):
    """One of the changes that were voted for."""

    option_key = forms.ChoiceField(label=_("What is put to the vote"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """What members voted for, the most voted first; that the scores stand is always among them."""
        found = {key: words for key, words in asked.voted_for(self.case).items() if key != asked.REJECT}
        found.setdefault(asked.SUBMITTED, asked.in_words(asked.SUBMITTED, None, ()))
        self.fields["option_key"].choices = list(found.items())  # type: ignore[attr-defined]


class RulingForm(ReasonedForm):
    """How the chair decides. `decision` of the cleaned data is the result and the key of the option."""

    decision = forms.ChoiceField(label=_("Your decision"), widget=forms.RadioSelect)
    field_order = ("decision", "reason")

    def prepare(self) -> None:
        """For or against what was put to the vote, or a change that somebody voted for."""
        found = asked.voted_for(self.case)
        panel = panel_of(self.case)
        round_ = last_round(panel) if panel is not None else None
        put = round_.option_key if round_ is not None else asked.SUBMITTED
        option = round_.option if round_ is not None else None
        found.setdefault(put, asked.in_words(put, option, asked.sheets_of(self.case)))
        found.setdefault(asked.REJECT, asked.in_words(asked.REJECT, None, ()))
        self.fields["decision"].choices = list(found.items())  # type: ignore[attr-defined]

    def clean_decision(self) -> tuple[str, str]:
        """Result and key."""
        key = self.cleaned_data["decision"]
        return {asked.SUBMITTED: "approved", asked.REJECT: "rejected"}.get(key, "modified"), key


class ChairForm(StepForm):
    """Who presides."""

    person = forms.ChoiceField(label=_("Who presides?"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """The committee's voting members who are not in conflict."""
        self.people = {user.ulid: user for user in asked.eligible(self.case, clock.now())}
        self.fields["person"].choices = [(ulid, one.display_name) for ulid, one in self.people.items()]  # type: ignore[attr-defined]

    def clean_person(self) -> Any:
        """The person."""
        return self.people[self.cleaned_data["person"]]
