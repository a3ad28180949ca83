"""One meeting for several cases that wait for a panel: the same members, a panel of its own for each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.errors import NotPermitted
from apps.panels.queries import secretaries
from apps.people.models import User
from apps.people.views import viewer
from workflows.fee_review import asked
from workflows.fee_review.acts import form_together
from workflows.fee_review.conflicts import Proposed, proposal_for
from workflows.fee_review.pages.sight import KEY, WAITING
from workflows.models import Case, Step
from workflows.words import case_title_html

MOST = 10  # cases of one meeting


@dataclass(frozen=True)
class Person:
    """Somebody of the committee, and for which of the cases they are eligible."""

    user: User
    fits: tuple[bool, ...]

    @property
    def everywhere(self) -> bool:
        """Whether they may judge all of them."""
        return all(self.fits)


class TogetherForm(forms.Form):
    """Which cases, which members, which substitutes."""

    cases = forms.MultipleChoiceField(label=gettext_lazy("Cases"), widget=forms.CheckboxSelectMultiple)
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Members, an odd number"), widget=forms.CheckboxSelectMultiple
    )
    substitutes = forms.MultipleChoiceField(
        label=gettext_lazy("Substitutes, in this order"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, cases: list[tuple[Case, SafeString]], people: list[Person], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._cases = {case.ulid: case for case, _title in cases}
        self._people = {one.user.ulid: one.user for one in people}
        numbered = [(case.ulid, format_html("{} {}", case.number, title)) for case, title in cases]
        self.fields["cases"].choices = numbered  # type: ignore[attr-defined]
        names = [(ulid, user.display_name) for ulid, user in self._people.items()]
        self.fields["members"].choices = names  # type: ignore[attr-defined]
        self.fields["substitutes"].choices = names  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[list[Case], list[User], list[User]]:
        """The cases, the members, the substitutes who are no members."""
        data = self.cleaned_data
        return (
            [self._cases[ulid] for ulid in data["cases"]],
            [self._people[ulid] for ulid in data["members"]],
            [self._people[ulid] for ulid in data["substitutes"] if ulid not in data["members"]],
        )


@require_http_methods(["GET", "HEAD", "POST"])
def fee_review_together(request: HttpRequest) -> HttpResponse:
    """For the secretary: the cases that wait for a panel, and who may judge which of them."""
    user, now = viewer(request), clock.now()
    committee = asked.committee_at(now)
    if committee is None or user not in secretaries(committee, now):
        raise NotPermitted(_("Only the secretary of the committee may do this."), code="panels.not_convener")
    cases = _waiting()
    proposals = [proposal_for(case, now) for case, _title in cases]
    people = _people(proposals)
    form = TogetherForm(
        request.POST or None, cases=cases, people=people, initial=_initial(cases, proposals, people)
    )
    if request.method == "POST" and form.is_valid():
        return _form(request, form, user, now)
    context = {"form": form, "cases": cases, "people": people}
    return render(request, "fee_review/page_together.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, form: TogetherForm, user: User, now: datetime) -> HttpResponse:
    cases, members, substitutes = form.chosen
    done = form_together(cases=cases, members=members, substitutes=substitutes, by=user, now=now)
    for case, refusal in done:
        if refusal is None:
            messages.success(request, _("Case %(number)s: they are invited.") % {"number": case.number})
        else:
            words = _("Case %(number)s: %(why)s (%(code)s)")
            told = {"number": case.number, "why": refusal.message, "code": refusal.code}
            messages.error(request, words % told)
    return redirect("fee_review_list")


def _waiting() -> list[tuple[Case, SafeString]]:
    """The cases that wait for a panel, the oldest first."""
    steps = Step.objects.filter(
        case__flow=KEY, node="form_panel", answered_at__isnull=True, task__status__in=WAITING
    ).select_related("case__process", "case__applicant", "case__unit")
    return [(step.case, case_title_html(step.case)) for step in steps.order_by("id")[:MOST]]


def _people(proposals: list[Proposed]) -> list[Person]:
    """Everybody who is eligible for any of them, those who are for all first."""
    fits = [{one.user.pk for one in proposed.eligible} for proposed in proposals]
    everybody = {one.user.pk: one.user for proposed in proposals for one in proposed.eligible}
    people = [Person(user, tuple(pk in fit for fit in fits)) for pk, user in everybody.items()]
    return sorted(people, key=lambda one: not one.everywhere)


def _initial(
    cases: list[tuple[Case, SafeString]], proposals: list[Proposed], people: list[Person]
) -> dict[str, list[str]]:
    """All of the cases, with as many of those who fit everywhere as the first proposal has members."""
    if not proposals:
        return {}
    wanted, spare = len(proposals[0].members), len(proposals[0].substitutes)
    fit = [one.user.ulid for one in people if one.everywhere]
    odd = wanted if len(fit) >= wanted else len(fit) - (len(fit) + 1) % 2
    return {
        "cases": [case.ulid for case, _title in cases],
        "members": fit[: max(odd, 0)],
        "substitutes": fit[max(odd, 0) : max(odd, 0) + spare],
    }
