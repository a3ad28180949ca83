"""A price is judged: proposed, looked at by department and finance, and put to a committee that does not
agree. Somebody recuses, a substitute comes, the first round splits, the second ends in a tie, the chair has
the word, a notice hangs, somebody objects. It takes weeks, so it has been going on for weeks when the story
begins: every act is done at its own time, by the services that the pages use.
"""

from datetime import datetime, timedelta

from apps.core.clock import now as clock_now
from apps.core.money import format_yuan
from apps.fees.content import Content, CostSheet, Hours, Item, Parts, Prices, Sheet, Terms
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import FeeVersion
from apps.panels.counting import result_of
from apps.panels.models import Round
from apps.portal.demo.activity import deliver
from apps.portal.demo.playing import Play
from documents.models import Document
from scripts.story.committee import gather_committee
from scripts.story.school import HOUR_FEN, School
from scripts.story.stage import StoryBroken
from scripts.story.teller import Teller
from workflows import services
from workflows.fee_review import acts, asked
from workflows.fee_review.wording import prices_to_name
from workflows.judging import lookup
from workflows.models import Case

ASKED_FEN = 400_00
PERCENT = HOUR_FEN * 100 // ASKED_FEN  # what one member would approve, and the chair does
BEGAN = timedelta(days=40)
HOUR = Item(
    code="HOUR",
    name_zh="自主上机",
    name_en="Self-operated use",
    service_mode="self",
    unit="hour",
    function="SEM",
    prices=Prices(internal_fen=ASKED_FEN, external_academic_fen=620_00, enterprise_fen=900_00),
    cost=CostSheet(
        formula="B",
        value_fen=3_357_000_00,
        life_years=5,
        hours_basis="quota",
        hours=1400,
        maintenance_rate="0.06",
        management_rate="0.10",
        unit_minutes=60,
        stated=Parts(
            depreciation_e4=4_795_700,
            maintenance_e4=1_438_700,
            consumables_e4=300_000,
            utilities_e4=250_000,
            labour_e4=0,
            space_e4=150_000,
            management_e4=693_400,
        ),
        subtotal_e4=6_934_400,
        full_cost_e4=7_627_800,
    ),
)


def judge(school: School, teller: Teller) -> Case:
    """The case, from the draft until only the decision is to be issued."""
    now = clock_now()
    play = Play(gather_committee(school, now - BEGAN), now - BEGAN)
    case = _propose(school, play)
    teller.say(
        f"Weeks ago: Teng proposes {format_yuan(ASKED_FEN)} an hour ({case.number}). What he submits is "
        f"frozen under SHA-256 {asked.submission_of(case).sha256[:12]}…; the checks find nothing wrong; it "
        "is new: the whole way. The department agrees, with its minutes; finance finds the costs right."
    )
    _seat(play, teller)
    _split(play, teller)
    _tie(play, teller)
    _notice(play, teller)
    deliver(play.at)
    services.sweep(now=now)
    deliver(now)
    _expect(case, "issue")
    teller.say("The notice has closed and the objection is answered: the decision can be issued.")
    return case


def issue(school: School, case: Case, valid_from: datetime) -> tuple[FeeVersion, Document]:
    """The office issues the decision."""
    play = Play({"office": school.office}, clock_now() - timedelta(minutes=30), case)
    play.answer("issue", "office", valid_from=valid_from)
    version = FeeVersion.objects.get(source_case=f"case:{case.ulid}")
    return version, Document.objects.get(kind="fee_decision")


def _propose(school: School, play: Play) -> Case:
    draft = create_draft(
        kind="fee", instruments=[school.instrument], by=school.trainer, now=play.pause(), copy=False
    )
    sheet = Sheet(
        school.instrument.ulid,
        items=(HOUR,),
        terms=Terms(billing_step_seconds=1),
        hours=Hours(opening="周一至周日 8:00-22:00", open_hours_week=98),
    )
    saved = save_draft(
        proposal=draft,
        revision=draft.revision,
        content=Content("fee", sheets=(sheet,), summary="首次申报"),
        by=school.trainer,
        now=play.pause(),
    )
    case = play.send(saved, "teng")
    play.answer("department", "head", "approve", "党政联席会同意")
    play.answer("finance", "finance", "approve", "成本构成与账面一致")
    _expect(case, "form_panel")
    return case


def _seat(play: Play, teller: Teller) -> None:
    play.form_panel("pei", ("su", "tan", "luo"), ("bai", "jiang"))
    for login in ("su", "tan", "luo"):
        play.answer("invitation", login, familiarity=2)
    teller.say("Pei, the secretary, invites three members and names two substitutes; all three accept.")
    play.answer("vote", "luo", "recuse", "与申报人合作同一项目")
    play.answer("stand_in", "bai", familiarity=2)
    teller.say(
        "The first round is open when Luo recuses himself: Bai, the first substitute, takes the place."
    )


def _split(play: Play, teller: Teller) -> None:
    play.vote("su", "approve", "成本依据充分")
    play.vote("tan", "modify", "机时饱满，应摊薄折旧", percent=PERCENT)  # noqa: RUF001 - Chinese comma
    if result_of(_round(play)) is not None:
        raise StoryBroken("a round with a vote outstanding has a result")
    play.vote("bai", "reject", "维保费没有凭证")
    _expect_result(play, "inconclusive")
    teller.say("They vote blind: one approves, one would approve less, one rejects. Not conclusive.")


def _tie(play: Play, teller: Teller) -> None:
    key = _key_of_the_changed_price(play)
    play.answer("name_price", "ma", opinion="就较低的价格再行表决", option_key=key)
    play.vote("su", "reject", "低于成本的一半", node="vote_again")
    play.vote("tan", "approve", "与同类持平", node="vote_again")
    play.vote("bai", "abstain", "凭证仍未补齐", node="vote_again")
    _expect_result(play, "tie")
    teller.say(
        f"Ma, the chair, puts {format_yuan(HOUR_FEN)} to the vote. The second round: one for it, one against "
        "it, one abstains. A tie."
    )
    play.answer("ruling", "ma", decision=("modified", key), reason="按较低价格执行一年后复核")
    play.answer("accept", "teng", "accept", "接受")
    teller.say("A tie is the chair's to decide: Ma decides for the lower price. Teng accepts it.")


def _notice(play: Play, teller: Teller) -> None:
    case = play.case
    notice = asked.notice_of(case) if case is not None else None
    if notice is None:
        raise StoryBroken("nothing is noticed")
    words = "学生训练机时也要付费吗？"  # noqa: RUF001 - Chinese question mark
    acts.object_against(notice=notice, reason=words, by=play.people["wang"], now=play.pause())
    play.answer("objection", "pei", "dismiss", "培训机时不计费")
    teller.say(
        f"The price is noticed in public ({notice.number}) for five working days. Professor Wang objects, "
        "and is answered."
    )


def _round(play: Play) -> Round:
    panel = lookup.panel_of(play.case) if play.case is not None else None
    round_ = lookup.last_round(panel) if panel is not None else None
    if round_ is None:
        raise StoryBroken("no round is open")
    return round_


def _key_of_the_changed_price(play: Play) -> str:
    if play.case is None:
        raise StoryBroken("nothing is judged")
    keys = [key for key, _words in prices_to_name(play.case) if key != "submitted"]
    if len(keys) != 1:
        raise StoryBroken(f"one changed price was named, not {len(keys)}")
    return keys[0]


def _expect_result(play: Play, result: str) -> None:
    found = result_of(_round(play))
    if found is None or found.result != result:
        raise StoryBroken(f"the round came to {found.result if found else 'nothing'}, not to {result}")


def _expect(case: Case, node: str) -> None:
    nodes = list(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))
    if nodes != [node]:
        raise StoryBroken(f"{case.number} waits at {nodes}, not at {node}")
