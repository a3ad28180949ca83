"""A flow that only tests run: a ballot under seal, and a judgement that is one person's alone."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.people.models import User
from workflows.base import BaseFlow
from workflows.forms import StepForm
from workflows.nodes import Approval, Begin, End, Join, SplitEach, Work


class ToyBallotForm(StepForm):
    """How somebody votes."""

    choice = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class SealedFlow(BaseFlow):
    """Ballots under seal, then the word of one person."""

    key = "toy_sealed"
    prefix = "SEA"
    case_title = _("Toy under seal")
    deciding = frozenset({"word"})
    heard: list[tuple[str, str, dict[str, Any]]] = []  # what the hook was given
    went_back: list[tuple[str, str]] = []

    start = Begin().Next(this.round)
    revise = Work(_("Please mend it."), of_applicant=True, back_to=()).Next(this.round)
    round = SplitEach().Each(this.ballot, this.seats).Next(this.counted)
    ballot = (
        Work(
            _("How do you vote?"),
            candidates=this.seat,
            role="member",
            due=timedelta(days=2),
            form=ToyBallotForm,
            do=this.voted,
            sealed=True,
        )
        .Next(this.counted, label=_("Vote"))
        .On("recuse", this.counted, label=_("Recuse myself"), refuses=True, open=True)
        .On("moved", this.counted, label=_("Not asked any more"), by_itself=True)
        .OnDue(this.counted)
    )
    counted = Join().Next(this.word)
    word = (
        Approval(
            _("What do you say?"),
            candidates=this.presiding,
            role="chair",
            due=timedelta(days=2),
            personal=True,
            back_to=(this.revise,),
        )
        .Approve(this.done)
        .Reject(this.done)
    )
    done = End(outcome="done", title=_("Done"))

    def seats(self, activation: Any) -> list[dict[str, int]]:
        return [{"user": pk} for pk in activation.recall("members")]

    def seat(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.task.data["user"]))

    def presiding(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.recall("chair")))

    def voted(self, activation: Any, answer: Any) -> None:
        type(self).heard.append((answer.outcome, answer.opinion, dict(answer.data)))

    def returned(self, activation: Any, to: str, reason: str) -> None:
        type(self).went_back.append((to, reason))
