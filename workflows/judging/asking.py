"""The two questions that every panel is asked in several places: will you judge this, and how do you vote."""

from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from workflows.judging.forms import AcceptForm
from workflows.nodes import Work

DECLINE, RECUSE, MOVED = "decline", "recuse", "moved"
RECUSES, DECLINES = _("I am in conflict: recuse myself"), _("Decline")
NOT_ASKED = _("No longer asked")


def invitation_to(joined: Any) -> Work:
    """A member is asked to sit: nobody answers for them."""
    asks = Work(
        _("Will you judge this, and how well do you know such instruments?"),
        title=_("Invitation"),
        candidates=this.the_seated,
        role="member",
        form=AcceptForm,
        due=this.answer_by,
        personal=True,
        do=this.invitation_answered,
    )
    asks.Next(joined, label=_("Accept")).On(DECLINE, joined, label=DECLINES, refuses=True)
    asks.On(RECUSE, joined, label=RECUSES, refuses=True)
    asks.On(MOVED, joined, label=NOT_ASKED, by_itself=True).OnDue(joined)
    return asks


def ballot(form: Any, joined: Any, asks: str, title: str) -> Work:
    """A member votes, under seal. That they recuse is no secret."""
    votes = Work(
        asks,
        title=title,
        candidates=this.the_seated,
        role="member",
        form=form,
        due=this.vote_by,
        sealed=True,
        do=this.voted,
    )
    votes.Next(joined, label=_("Vote")).On(RECUSE, joined, label=RECUSES, refuses=True, open=True)
    votes.On(MOVED, joined, label=NOT_ASKED, by_itself=True).OnDue(joined)
    return votes
