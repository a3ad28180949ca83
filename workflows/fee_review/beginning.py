"""Somebody sends a fee proposal to the department: from the editor, or over the interface."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.fees.models import Proposal
from apps.fees.proposals import proposals_of
from apps.instruments.queries import managed_by
from apps.people.models import User
from workflows.beginning import BeginForm, offer
from workflows.fee_review.starting import send
from workflows.models import Case


class SendForm(BeginForm):
    """Which proposal, at which revision."""

    proposal = forms.CharField(
        label=_("Proposal"), max_length=26, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    revision = forms.IntegerField(
        label=_("Revision"),
        required=False,
        min_value=1,
        help_text=_("The one that you have seen; empty: as it is saved now."),
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


def send_proposal(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of a proposal. Raises Invalid `fees.no_proposal` for one that is not theirs to see; and as
    `starting.send`.
    """
    found = proposals_of(by, now).filter(ulid=data["proposal"]).first()
    if found is None:
        raise Invalid(_("There is no such proposal."), code="fees.no_proposal", field="proposal")
    return send(proposal=found, revision=data.get("revision") or found.revision, by=by, now=now)


def manages_any(user: User, now: datetime) -> bool:
    """Whether there is an instrument that this person answers for."""
    return managed_by(user, now).exists()


offer(
    "fee_review",
    summary=_("Send a fee proposal, or an application not to open, to the department and the committee"),
    form=SendForm,
    begin=send_proposal,
    concerns=manages_any,
)

__all__ = ["Proposal", "SendForm", "send_proposal"]
