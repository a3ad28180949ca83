"""What the steps of a fee review ask for. The forms check that it can be read; whether it is allowed is the
operations' to say.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.clock import school_midnight, school_time
from apps.core.money import format_yuan
from apps.fees.content import FEE, Price, PriceSet, prices_of
from apps.fees.panelists import Judged
from apps.panels.levels import level_words
from apps.panels.queries import voters
from apps.people.models import User
from documents.canonical import encode
from workflows.fee_review import asked
from workflows.fee_review.conflicts import in_conflict, proposal_for, why_not
from workflows.fee_review.wording import names_of, prices_to_name, ways_to_rule
from workflows.forms import StepForm
from workflows.judging.forms import ReasonedForm

CHOICES = (
    ("approve", _("Approve the prices as submitted")),
    ("modify", _("Approve with changed prices")),
    ("reject", _("Reject")),
    ("abstain", _("Abstain")),
)


class SecondBallotForm(ReasonedForm):
    """A vote about one price."""

    choice = forms.ChoiceField(
        label=_("Your vote"),
        choices=[one for one in CHOICES if one[0] != "modify"],
        widget=forms.RadioSelect,
    )
    field_order = ("choice", "reason")


class BallotForm(ReasonedForm):
    """A vote in the first round. Who would change prices names those that are to be others, in yuan; what
    stays empty stays as submitted. `option` of the cleaned data is the whole set.
    """

    choice = forms.ChoiceField(label=_("Your vote"), choices=CHOICES, widget=forms.RadioSelect)
    field_order = ("choice", "reason")

    def prepare(self) -> None:
        """One field for each price, named `price_0`, `price_1`, ... in the order of the content."""
        content = asked.content_of(self.case)
        self.submitted = prices_of(content)
        if content.kind != FEE:
            self.fields["choice"].choices = [one for one in CHOICES if one[0] != "modify"]  # type: ignore[attr-defined]
            return
        called = names_of(content)
        for number, price in enumerate(self.submitted.prices):
            self.fields[f"price_{number}"] = forms.DecimalField(
                label=called(price),
                help_text=format_yuan(price.fen),
                required=False,
                min_value=Decimal(0),
                max_digits=12,
                decimal_places=2,
            )

    def clean(self) -> dict[str, Any]:
        """The price set that a change comes to."""
        data = super().clean() or self.cleaned_data
        if data.get("choice") != "modify":
            return data
        changed = tuple(self._price(number, price) for number, price in enumerate(self.submitted.prices))
        if changed == self.submitted.prices:
            raise forms.ValidationError(_("Name at least one other price."), code="unchanged")
        data["option"] = encode(PriceSet(changed))
        return data

    def _price(self, number: int, price: Price) -> Price:
        given = self.cleaned_data.get(f"price_{number}")
        if given is None:
            return price
        return Price(price.instrument, price.item, price.tier, int(given * 100))


class PanelForm(StepForm):
    """Who judges, and who stands in: of those whom the rule finds eligible, in the order of the proposal."""

    members = forms.MultipleChoiceField(label=_("Members"), widget=forms.CheckboxSelectMultiple)
    substitutes = forms.MultipleChoiceField(
        label=_("Substitutes, in this order"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        """The eligible, best first; the proposal is ticked already."""
        self.proposed = found = proposal_for(self.case, clock.now())
        self.people = {one.user.ulid: one.user for one in found.eligible}
        self.kept_off = [(one.user, why_not(one)) for one in found.excluded]
        choices = [(one.user.ulid, _described(one)) for one in found.eligible]
        for name, proposed in (("members", found.members), ("substitutes", found.substitutes)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            self.initial[name] = [user.ulid for user in proposed]

    def clean(self) -> dict[str, Any]:
        """The people instead of their identifiers; who is a member is no substitute."""
        data = super().clean() or self.cleaned_data
        members = data.get("members", [])
        data["members"] = [self.people[ulid] for ulid in members]
        data["substitutes"] = [self.people[one] for one in data.get("substitutes", []) if one not in members]
        return data


def _described(one: Judged) -> str:
    """A member with what speaks for or against asking them."""
    level = level_words(one.facts.familiarity) or gettext("not stated")
    words = ngettext(
        "%(name)s (knows the class: %(level)s; %(load)d open panel)",
        "%(name)s (knows the class: %(level)s; %(load)d open panels)",
        one.facts.load,
    )
    return words % {"name": one.user.display_name, "level": level, "load": one.facts.load}


class ChairForm(StepForm):
    """Who presides."""

    person = forms.ChoiceField(label=_("Who presides?"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """The committee's voting members who are not in conflict."""
        now, found = clock.now(), asked.committee_at(clock.now())
        barred = in_conflict(self.case, now)
        people = [user for user in voters(found, now) if user.pk not in barred] if found else []
        self.people: dict[str, User] = {user.ulid: user for user in people}
        self.fields["person"].choices = [(ulid, user.display_name) for ulid, user in self.people.items()]  # type: ignore[attr-defined]

    def clean_person(self) -> User:
        """The person."""
        return self.people[self.cleaned_data["person"]]


class PriceForm(StepForm):
    """One of the prices that were voted for."""

    option_key = forms.ChoiceField(label=_("The price for the second round"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """What members voted for, the most voted first; what was submitted is always among them."""
        self.fields["option_key"].choices = prices_to_name(self.case)  # type: ignore[attr-defined]


class RulingForm(ReasonedForm):
    """How the chair decides. `decision` of the cleaned data is the result and the key of the option."""

    decision = forms.ChoiceField(label=_("Your decision"), widget=forms.RadioSelect)
    field_order = ("decision", "reason")

    def prepare(self) -> None:
        """For or against what was put to the vote, or a price that somebody voted for."""
        self.fields["decision"].choices = ways_to_rule(self.case)  # type: ignore[attr-defined]

    def clean_decision(self) -> tuple[str, str]:
        """Result and key."""
        key = self.cleaned_data["decision"]
        return {"submitted": "approved", "reject": "rejected"}.get(key, "modified"), key


class IssueForm(StepForm):
    """The first day on which it is in force."""

    valid_from = forms.DateField(
        label=_("In force from"),
        # What a browser's date field takes, whatever the reader's language writes.
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def prepare(self) -> None:
        """Tomorrow at the earliest."""
        self.initial["valid_from"] = school_time(clock.now()).date() + timedelta(days=1)

    def clean_valid_from(self) -> datetime:
        """The first instant of the day at the school."""
        return school_midnight(self.cleaned_data["valid_from"])
