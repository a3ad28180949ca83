"""Papers are issued by what happens by itself, and by the vote that closes a round: nothing that somebody
wrote may keep that from happening, and what could never be printed is not judged at all.
"""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from apps.core.models import ParameterValue
from apps.fees.content import Evidence
from apps.fees.drafting import save_draft
from apps.fees.evidence import add_file
from apps.fees.models import Proposal
from apps.people.models import User
from documents.fonts import MissingGlyph
from documents.models import Document
from tests.factories.refusals import refused
from tests.workflows.fee_reviews import (
    APPROVE,
    DAY,
    School,
    accept,
    agreed,
    answer,
    at,
    content,
    drafted,
    invited,
    sent,
    step_of,
    vote,
)
from workflows import services
from workflows.fee_review.starting import send

pytestmark = pytest.mark.django_db
SMILEY = "\N{THUMBS UP SIGN}"


def test_an_opinion_that_no_font_can_draw_does_not_stop_the_deciding_vote(who: School, now: datetime) -> None:
    User.objects.filter(pk=who.finance.pk).update(name_zh="审计\N{CJK UNIFIED IDEOGRAPH-20BB7}")
    case = sent(who, now)
    minutes = services.attach(
        case=case, by=who.head, name=f"纪要{SMILEY}.pdf", content=b"%PDF-1.7 minutes", now=now
    )
    services.answer(
        step=step_of(case, "department"),
        by=who.head,
        now=now,
        outcome="approve",
        opinion=f"同意{SMILEY}\r\n见纪要",
        attachments=(minutes,),
    )
    answer(case, "finance", who.finance, now, "approve")
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    for user in who.board.members[:2]:
        vote(case, user, now, APPROVE)
    assert at(case) == ""
    paper = json.loads(Document.objects.get(kind="fee_notice").content)["content"]
    department, finance = paper["countersigns"][:2]
    assert department["opinion"] == "同意[U+1F44D]\n见纪要"
    assert finance["person"]["zh"] == "审计[U+20BB7]"
    assert paper["enclosures"][0]["name"] == "纪要[U+1F44D].pdf"


def test_a_paper_names_its_ground_the_files_that_were_judged_and_the_votes_that_were_needed(
    who: School, now: datetime
) -> None:
    regulation = "《收费管理办法》第六条"
    for key, value, cites in (("fees.notice_days", 7, regulation), ("fees.review_days", 900, regulation)):
        ParameterValue.objects.create(key=key, value=value, valid_from=now - DAY, cites=cites)
    ParameterValue.objects.create(key="panels.experts", value=2, valid_from=now + DAY, cites="《以后的规定》")
    draft = drafted(who, now)
    file = add_file(proposal=draft, name="机时记录.pdf", content=b"%PDF-1", by=who.manager, now=now)
    add_file(proposal=draft, name="未引用.pdf", content=b"%PDF-2", by=who.manager, now=now)
    says = content(who.sem)
    hours = replace(says.sheets[0].hours, evidence=(Evidence("去年机时", file.ulid),))
    draft.refresh_from_db()
    saved = save_draft(
        proposal=draft,
        revision=draft.revision,
        content=replace(says, sheets=(replace(says.sheets[0], hours=hours),)),
        by=who.manager,
        now=now,
    )
    case = agreed(who, send(proposal=saved, revision=saved.revision, by=who.manager, now=now), now)
    invited(who, case, now)
    for user in who.board.members[:3]:
        accept(case, user, now)
    for user in who.board.members[:2]:
        vote(case, user, now, APPROVE)
    paper = json.loads(Document.objects.get(kind="fee_notice").content)["content"]
    assert [one["zh"] for one in paper["basis"]] == [regulation]
    assert [one["name"] for one in paper["enclosures"]] == ["机时记录.pdf", "minutes.pdf"]
    assert paper["enclosures"][0]["sha256"] == file.sha256
    assert paper["votes"][0]["needed"]["en"] == "Quorum 2; for one price 2."


def test_what_the_papers_could_not_say_is_not_sent(who: School, now: datetime) -> None:
    says = content(who.sem)
    (one,) = says.sheets
    item = replace(one.items[0], name_zh=f"扫描{SMILEY}")
    draft = drafted(who, now, replace(says, sheets=(replace(one, items=(item,)),)))
    with refused(MissingGlyph, "documents.missing_glyph"):
        send(proposal=draft, revision=draft.revision, by=who.manager, now=now)
    assert Proposal.objects.get().state == "draft"
    mended = save_draft(proposal=draft, revision=draft.revision, content=says, by=who.manager, now=now)
    assert at(send(proposal=mended, revision=mended.revision, by=who.manager, now=now)) == "department"
