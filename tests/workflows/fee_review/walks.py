"""One fee review on its way, with everything that may happen to it: what walks of this process need beside
those of any other.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.errors import Refusal
from apps.fees.drafting import save_draft
from apps.fees.models import FeeVersion, NotOpenApproval, Proposal
from apps.fees.noticing import object_to
from apps.instruments.models import Instrument
from apps.panels.models import Panel
from apps.panels.operations import declare_expertise
from apps.panels.queries import sitting, voters
from apps.people.models import User
from apps.people.operations import end_user
from tests.factories.fees import fee_content, priced_at, sheet
from tests.workflows.fee_reviews import DAY, School, changed, closing, content, heard, sent, simple
from tests.workflows.walking import Choose, Walk
from workflows import services
from workflows.fee_review import acts, asked
from workflows.fee_review.conflicts import in_conflict, proposal_for
from workflows.fee_review.starting import reopen_review
from workflows.fee_review.wording import prices_to_name
from workflows.judging import lookup
from workflows.models import Case, Step

Act = Callable[[datetime], None]
MOST = 150
ROUNDS = ("invitation", "vote", "vote_again", "stand_in", "stand_in_again")
APPROVE, REJECT, ABSTAIN = {"choice": "approve"}, {"choice": "reject"}, {"choice": "abstain"}


class Way(Walk):
    """One case. `votes` are cast in turn, round after round; `reserve` substitutes stand by."""

    def __init__(
        self,
        who: School,
        case: Case,
        now: datetime,
        choose: Choose,
        *,
        votes: str = "a",
        reserve: int = 2,
        familiarity: int = 2,
        lenient: bool = False,
    ) -> None:
        self.who, self.reserve, self.familiarity, self.lenient = who, reserve, familiarity, lenient
        self.votes, self.texts = itertools.cycle(votes), itertools.count(1)
        super().__init__(
            who.they, case, now, choose=choose, data_of=self.data, more=self.others(), laws=self.agree
        )

    def to_the_end(self) -> Case:
        """Until it has ended."""
        self._check()
        while self.case.is_open:
            assert len(self.happened) < MOST, self.happened
            turn = self.choose(sorted(self._turns()))
            self.happened.append(turn)
            try:
                with transaction.atomic():
                    self._take(turn)
            except Refusal:
                if not self.lenient:
                    raise
                self.happened[-1] = f"refused {turn}"
            self.case.refresh_from_db()
            self.case.process.refresh_from_db()
            self._check()
        return self.case

    def _turns(self) -> set[str]:
        """To what is not noticed nobody objects."""
        found = super()._turns()
        notice = asked.notice_of(self.case)
        silent = notice is None or notice.closes_at <= self.now
        return found - ({"more object", "more object_late"} if silent else set()) or found

    def _times(self, turn: str) -> int:
        """Members answer one by one; everything else goes round twice at most."""
        verb, *names = turn.split()
        often = verb == "answer" and names[0] in ROUNDS and names[1] == "complete"
        return 0 if often else self.happened.count(turn) + self.happened.count(f"refused {turn}")

    def _act(self, verb: str, step: Step, name: str) -> None:
        by = step.task.owner or step.candidates.select_related("user").order_by("id")[0].user
        if verb == "back":
            services.send_back(step=step, by=by, now=self.now, to=name, reason="walk")
            return
        files: tuple[Any, ...] = ()
        if step.node == "department":
            made = services.attach(
                case=self.case, by=by, name="minutes.txt", content=b"minutes", now=self.now
            )
            files = (made,)
        refuses = step.task.flow_task.outcomes[name].refuses
        data = {} if refuses else self.data(step, name, by)
        services.answer(
            step=step, by=by, now=self.now, outcome=name, opinion="walk", data=data, attachments=files
        )

    # -- what is answered ----------------------------------------------------------------------------------

    def data(self, step: Step, outcome: str, by: User) -> dict[str, Any]:
        """What the step's form would give."""
        node = step.node
        if node == "form_panel":
            found = proposal_for(self.case, self.now)
            fit = [one.user for one in found.eligible]
            return {"members": fit[:3], "substitutes": fit[3 : 3 + self.reserve]}
        if node in ("invitation", "stand_in", "stand_in_again"):
            return {"familiarity": self.familiarity}
        if node in ("vote", "vote_again"):
            return {"reason": "walk", **self._vote(node)}
        if node == "name_price":
            return {"option_key": prices_to_name(self.case)[0][0]}
        if node == "ruling":
            return {"decision": ("rejected", "reject"), "reason": "walk"}
        return self._last_steps(node)

    def _last_steps(self, node: str) -> dict[str, Any]:
        if node == "name_chair":
            return {"person": self._presider()}
        if node == "issue":
            return {"valid_from": self.now + DAY}
        if node == "revise":
            self._correct()
        return {}

    def _vote(self, node: str) -> dict[str, Any]:
        letter = next(self.votes)
        if letter == "m":
            priced = asked.content_of(self.case).sheets and node == "vote"
            return changed(self.case) if priced else APPROVE
        return {"a": APPROVE, "r": REJECT, "n": ABSTAIN}[letter]

    def _presider(self) -> User:
        found = asked.committee_at(self.now)
        assert found is not None
        barred = in_conflict(self.case, self.now)
        return next(user for user in voters(found, self.now) if user.pk not in barred)

    def _correct(self) -> None:
        """The author changes something, so that it can be sent again."""
        proposal = asked.proposal_of(self.case)
        about = asked.instruments_of(proposal)
        says = closing(*about) if proposal.kind == "not_open" else content(*about)
        says = replace(says, summary=f"第 {next(self.texts)} 稿")
        save_draft(proposal=proposal, revision=proposal.revision, content=says, by=None, now=self.now)

    # -- what happens from outside -------------------------------------------------------------------------

    def others(self) -> dict[str, tuple[str, Act]]:
        """By name: at which node it means something ('' anywhere), and how it happens."""
        return {
            "recuse": ("expert", self._recuse),
            "recuse_now": ("vote", self._recuse),
            "recuse_again": ("vote_again", self._recuse),
            "chair_leaves": ("vote", self._chair_leaves),
            "chair_goes": ("name_price", self._chair_leaves),
            "extend": ("vote", self._extend),
            "extend_again": ("vote_again", self._extend),
            "object": ("", self._object),
            "object_late": ("", self._object_late),
            "record": ("", self._record),
        }

    def _recuse(self, at: datetime) -> None:
        panel = lookup.panel_of(self.case)
        seats = sitting(panel) if panel is not None else []
        if seats:
            acts.recuse(case=self.case, by=seats[0].user, reason="walk", now=at)

    def _chair_leaves(self, at: datetime) -> None:
        for user in (self.who.board.chair, self.who.board.deputy):
            end_user(user=user, reason="walk", by=None, now=at)
        heard(self.case, at)

    def _extend(self, at: datetime) -> None:
        acts.extend_round(
            case=self.case, until=at + 60 * DAY, reason="walk", by=self.who.board.secretary, now=at
        )

    def _object(self, at: datetime) -> None:
        notice = asked.notice_of(self.case)
        if notice is not None and notice.closes_at > at:
            acts.object_against(notice=notice, reason="walk", by=self.who.they.bob, now=at)

    def _object_late(self, at: datetime) -> None:
        """Past the case, so late that nobody is asked before the notice is over."""
        notice = asked.notice_of(self.case)
        if notice is not None and notice.closes_at > at:
            object_to(notice=notice, reason="walk", by=self.who.they.alice, now=at)

    def _record(self, at: datetime) -> None:
        """The asset record is corrected, and nobody has heard of it yet."""
        about = asked.instruments_of(asked.proposal_of(self.case))[0]
        Instrument.objects.filter(pk=about.pk).update(
            external_use_registered=not about.external_use_registered
        )

    # -- what must hold ------------------------------------------------------------------------------------

    def agree(self, case: Case, now: datetime) -> None:
        """Case, proposal, panel, notice and prices agree."""
        proposal = asked.find_proposal(case)
        assert proposal is not None
        open_panels = Panel.objects.filter(subject_ref=lookup.subject_of(case), ended_at__isnull=True)
        versions = FeeVersion.objects.filter(submission__proposal=proposal)
        closed = NotOpenApproval.objects.filter(submission__proposal=proposal)
        if case.is_open:
            waits = set(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))
            assert (proposal.state in Proposal.EDITABLE) is ("revise" in waits), self.happened
            assert not versions.exists()
            assert not closed.exists()
            return
        assert not open_panels.exists(), self.happened
        assert not proposal.about.filter(open=True).exists()
        approved = (case.state, case.outcome) == ("done", "approved")
        assert (proposal.state == "approved") is approved
        assert (versions.exists() or closed.exists()) is approved


def begin(who: School, kind: str, now: datetime) -> Case:
    """A case of a kind."""
    plain = content(who.sem)
    if kind == "blocked":
        return sent(who, now, content(who.sem, subtotal_e4=1))
    if kind == "warned":
        item = priced_at(plain.sheets[0].items[0], enterprise=3000_00)
        return sent(who, now, fee_content(sheet(who.sem, item)))
    if kind == "simple":
        return sent(who, now, simple(who, now))
    if kind == "not_open":
        return sent(who, now, closing(who.sem))
    if kind == "reopened":
        simple(who, now)
        version = FeeVersion.objects.get(instrument=who.sem)
        case = reopen_review(version=version, cause="sunset", now=now)
        assert case is not None
        return case
    if kind == "strange":
        wise = who.they.finance
        declare_expertise(user=wise, class6=who.sem.class6, level=3, by=wise, now=now)
    return sent(who, now, plain)
