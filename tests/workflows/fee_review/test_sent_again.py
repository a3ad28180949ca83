"""What was decided about an earlier submission says nothing about a later one."""

import json
from datetime import datetime

import pytest

from apps.core.errors import WrongState
from apps.fees.drafting import save_draft
from apps.fees.models import Proposal, PublicNotice
from apps.instruments.operations import change_instrument
from documents.models import Document
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import (
    School,
    after_notice,
    agreed,
    answer,
    at,
    changed,
    content,
    heard,
    issued,
    simple,
    step_of,
    versions,
    vote,
    voting,
)
from workflows import services
from workflows.fee_review.starting import send

pytestmark = pytest.mark.django_db


def test_prices_that_a_panel_changed_are_not_those_of_the_next_submission(who: School, now: datetime) -> None:
    small = simple(who, now)
    case = voting(who, now, content(who.sem, internal=400_00))
    for user in who.board.members[:2]:
        vote(case, user, now, changed(case, internal=350_00))
    answer(case, "accept", who.manager, now, "accept")
    assert "35000" in PublicNotice.objects.get().prices
    change_instrument(instrument=who.sem, external_use_registered=True, by=None, now=now)
    heard(case, now)
    assert at(case) == "revise"
    draft = Proposal.objects.get()
    saved = save_draft(proposal=draft, revision=draft.revision, content=small, by=who.manager, now=now)
    send(proposal=saved, revision=saved.revision, by=who.manager, now=now)
    agreed(who, case, now)  # the short way: no panel has said anything about it
    assert at(case) == ""
    noticed = json.loads(PublicNotice.objects.latest("id").prices)
    assert [one["fen"] for one in noticed["prices"] if one["tier"] == "internal"] == [264_00]
    later = after_notice(case, now)
    issued(who, case, later)
    assert versions(who)[-1].items.get(tier="internal").price_fen == 264_00
    paper = json.loads(Document.objects.get(kind="fee_decision").content)["content"]
    assert (paper["simplified"], paper["modified"], paper["votes"]) == (True, False, [])


def test_what_is_right_for_the_changed_record_too_is_sent_as_it_was(who: School, now: datetime) -> None:
    case = voting(who, now)
    change_instrument(instrument=who.sem, external_use_registered=True, by=None, now=now)
    heard(case, now)
    draft = Proposal.objects.get()
    send(proposal=draft, revision=draft.revision, by=who.manager, now=now)
    assert at(case) == "department"
    first, second = draft.submissions.order_by("number")
    assert first.sha256 == second.sha256
    services.send_back(step=step_of(case, "department"), by=who.head, now=now, to="revise", reason="偏高")
    with refused(WrongState, "fees.unchanged"):
        send(proposal=draft, revision=draft.revision, by=who.manager, now=now)
