# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Fee reviews at the demonstration school: two in every stage, and a committee that does not agree.

What has ended was played weeks ago, at its own time; what is open began two days ago, so that every deadline
lies ahead. Who says what is in `review_cases`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from apps.core.clock import school_midnight, school_time
from apps.fees.content import NotOpen, Sheet, read_text
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import Proposal, PublicNotice
from apps.portal.demo.activity import deliver
from apps.portal.demo.playing import Play, draft_of, sheet_for, step_of
from apps.portal.demo.review_cases import BEFORE, DRAFTS, OPEN, Review, Vote
from apps.portal.demo.school import School, instrument
from workflows import services
from workflows.fee_review import acts, asked

DAY = timedelta(days=1)
FOUNDED_AGO = timedelta(days=200)
LONG_AGO, WAITED, LATELY = timedelta(days=70), timedelta(days=25), timedelta(days=2)
ISSUED_YESTERDAY = timedelta(hours=20)
SECRETARY, FINANCE, CHAIR, OFFICE = "pei", "finance", "ma", "he"


def judged_before(school: School, *, now: datetime) -> None:
    """What the committee has decided already; and two decisions that only have to be issued."""
    at = now - LONG_AGO
    ended = [review for review in BEFORE if review.stage != "issue"]
    plays = [play_review(school, review, at) for review in ended]
    at = max(play.at for play in plays)
    later = now - LONG_AGO + WAITED
    _wait(later)
    for review, play in zip(ended, plays, strict=True):
        if review.stage == "in_force":
            play.at = later
            play.answer("issue", OFFICE, valid_from=_first_of(later + 10 * DAY))
    deliver(later + DAY)
    for review in BEFORE:
        if review.stage == "issue":
            play_review(school, review, now - WAITED)
    _wait(now - ISSUED_YESTERDAY)


def under_review(school: School, *, now: datetime) -> None:
    """What goes on at this moment."""
    for review in DRAFTS:
        _draft(Play(school.people, now - LATELY), review)
    for review in OPEN:
        play_review(school, review, now - LATELY)
    deliver(now)


def _wait(until: datetime) -> None:
    """The notices that run close, and what follows is done."""
    deliver(until)
    services.sweep(now=until)
    deliver(until)


def _first_of(moment: datetime) -> datetime:
    return school_midnight(school_time(moment).date())


def play_review(school: School, review: Review, at: datetime) -> Play:
    """A case from its draft to the stage where it is to be found."""
    play = Play(school.people, at)
    play.send(_draft(play, review), review.manager)
    for step in _way_of(review):
        step(play, review)
    return play


def _way_of(review: Review) -> tuple["_Step", ...]:
    """A case about no prices does not go to finance."""
    return tuple(step for step in _WAYS[review.stage] if not (review.not_open and step is _finance))


def _draft(play: Play, review: Review) -> Proposal:
    machine, by, now = instrument(review.asset_no), play.people[review.manager], play.pause()
    if review.not_open:
        wishes = (NotOpen(machine.ulid, "teaching", review.summary),)
        title = f"{machine.name_zh}不开放申请"
        draft = create_draft(kind="not_open", instruments=[machine], by=by, now=now, title=title)
        content = replace(read_text(draft.content), not_open=wishes, summary=review.summary)
        return save_draft(proposal=draft, revision=draft.revision, content=content, by=by, now=now)
    sheet = sheet_for(machine, review.like, percent=review.percent, function=review.function, at=now)
    if review.stage in ("draft_wrong", "blocked"):
        sheet = _miscounted(sheet)
    title = f"{machine.name_zh}收费标准"
    return draft_of(machine, sheet, title=title, summary=review.summary, by=by, now=now)


def _miscounted(sheet: Sheet) -> Sheet:
    """The total on the form is 100 yuan more than its lines come to."""
    (item,) = sheet.items
    if item.cost is None or item.cost.full_cost_e4 is None:
        return sheet
    cost = replace(item.cost, full_cost_e4=item.cost.full_cost_e4 + 100 * 10_000)
    return replace(sheet, items=(replace(item, cost=cost),))


# -- what happens in a case, one after the other -----------------------------------------------------------


def _explained(play: Play, review: Review) -> None:
    """The checks may find something unusual; the manager means it."""
    case = play.case
    if case is not None and case.steps.filter(node="explain", answered_at__isnull=True).exists():
        play.answer("explain", review.manager, "meant", "价格已与同类仪器核对，差异来自机组人工与耗材。")


def _department(play: Play, review: Review) -> None:
    play.answer("department", review.dean, "approve", "党政联席会同意，纪要附后。")


def _department_sends_back(play: Play, review: Review) -> None:
    case, head = play.case, play.people[review.dean]
    if case is None:
        raise LookupError("nothing is played")
    services.send_back(
        step=step_of(case, "department", head),
        by=head,
        now=play.pause(),
        to="revise",
        reason="请补充上一学年的机时统计，并说明代测人工的依据。",
    )


def _finance(play: Play, _review: Review) -> None:
    play.answer("finance", FINANCE, "approve", "成本构成与账面一致。")


def _finance_refuses(play: Play, _review: Review) -> None:
    play.answer("finance", FINANCE, "reject", "折旧年限与资产账不符，人工重复计入。")


def _invited(play: Play, review: Review) -> None:
    play.form_panel(SECRETARY, review.panel.members, review.panel.reserve)


def _half_answered(play: Play, review: Review) -> None:
    """One accepts, one is away: a substitute is asked in their place; the third has not answered."""
    first, second, *_rest = review.panel.members
    play.answer("invitation", first, familiarity=2)
    play.answer("invitation", second, "decline", "本周出差，无法按期评审。")


def _accepted(play: Play, review: Review) -> None:
    for login in review.panel.members:
        play.answer("invitation", login, familiarity=review.panel.familiarity)


def _first_votes(play: Play, review: Review) -> None:
    for ballot in review.first:
        _cast(play, ballot, "vote")


def _second_votes(play: Play, review: Review) -> None:
    """The chair puts the submitted price to the vote once more, and the panel votes."""
    play.answer("name_price", CHAIR, opinion=review.discussion, option_key="submitted")
    for ballot in review.second:
        _cast(play, ballot, "vote_again")


def _cast(play: Play, ballot: Vote, node: str) -> None:
    play.vote(ballot.login, ballot.choice, ballot.reason, node=node, percent=ballot.percent)


def _accepts_prices(play: Play, review: Review) -> None:
    play.answer("accept", review.manager, "accept", "同意委员会意见。")


def _objections(play: Play, review: Review) -> None:
    """Users object; what is said to be unfounded is answered."""
    case = play.case
    notice = asked.notice_of(case) if case is not None else None
    if notice is None:
        raise LookupError("nothing is noticed")
    for login, words, answer in review.objections:
        _object(play, notice, login, words)
        if answer:
            play.answer("objection", SECRETARY, "dismiss", answer)


def _object(play: Play, notice: PublicNotice, login: str, words: str) -> None:
    acts.object_against(notice=notice, reason=words, by=play.people[login], now=play.pause())


_Step = Callable[[Play, Review], None]
_LOOKED: tuple[_Step, ...] = (_explained, _department, _finance)
_SEATED: tuple[_Step, ...] = (*_LOOKED, _invited, _accepted)
_WAYS: Mapping[str, tuple[_Step, ...]] = {
    "explain": (),
    "blocked": (),
    "sent_back": (_explained, _department_sends_back),
    "department": (_explained,),
    "finance": (_explained, _department),
    "forming": _LOOKED,
    "invitations": (*_LOOKED, _invited, _half_answered),
    "experts": _SEATED,
    "first": (*_SEATED, _first_votes),
    "discussion": (*_SEATED, _first_votes),
    "second": (*_SEATED, _first_votes, _second_votes),
    "tie": (*_SEATED, _first_votes, _second_votes),
    "modified": (*_SEATED, _first_votes),
    "notice": (*_SEATED, _first_votes, _objections),
    "issue": (*_SEATED, _first_votes, _objections),
    "in_force": (*_SEATED, _first_votes, _objections),
    "rejected": (*_SEATED, _first_votes),
    "refused": (_explained, _department, _finance_refuses),
    "not_open": (),
}
