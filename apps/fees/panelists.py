"""Who may judge a price, and who is proposed: the facts of `fees.panel` about every voting member of the
committee, gathered with their sources, the recorded decisions, and the panel that follows from them. It forms
nothing.

A member is tied to a case by the instruments that it is about and by who applies. The owner of a hosted
instrument is known above, by the agreement, and arrives as an argument.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core import parameters
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import decide
from apps.fees.ties import Ties
from apps.instruments.models import Instrument
from apps.panels.models import Committee, CommitteeSeat
from apps.panels.proposing import Candidate, propose
from apps.panels.queries import expertise_of, experts, load, presiding, seats
from apps.people.models import User
from apps.people.substitution import who_is_there
from rules.points.fees_panel import CONFLICT, KEY, PanelFacts

_PARAMETERS = (
    *("panels.minimum_members", "panels.wished_members", "panels.substitutes", "panels.load_limit"),
    "panels.department_excluded",
)
Sources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Matter:
    """What a panel is to judge: the instruments, who applies, and the owners of what is hosted (primary
    keys).
    """

    committee: Committee
    instruments: Sequence[Instrument]
    applicant: User | None
    owners: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Judged:
    """A voting member with everything that is known of them, and whether they may sit. `decision` is the
    record's identifier, empty for a preview.
    """

    seat: CommitteeSeat
    facts: PanelFacts
    judgement: Judgement
    decision: str = ""

    @property
    def user(self) -> User:
        return self.seat.user

    @property
    def eligible(self) -> bool:
        return self.judgement.allowed

    @property
    def conflicted(self) -> bool:
        """Whether they are in conflict with the case, whatever else keeps them off. Who could not be judged,
        because the rules failed, is taken to be.
        """
        if self.judgement.alarm:
            return True
        return not self.eligible and any(code.startswith(CONFLICT) for code in self.judgement.decision.codes)


@dataclass(frozen=True)
class PanelProposal:
    """Who should sit, who should substitute, and everybody who was judged. `short`: too few may sit. `chair`
    presides: None when the office has to name somebody.
    """

    members: tuple[User, ...]
    substitutes: tuple[User, ...]
    chair: User | None
    judged: tuple[Judged, ...]
    minimum: int
    short: bool

    @property
    def decisions(self) -> dict[int, str]:
        """The records by primary key, as `form_panel` takes them."""
        return {one.user.pk: one.decision for one in self.judged}

    @property
    def excluded(self) -> tuple[Judged, ...]:
        """Those who may not sit, each with the reasons."""
        return tuple(one for one in self.judged if not one.eligible)


def preview(matter: Matter, *, at: datetime) -> list[Judged]:
    """Every voting member of the committee as the rule would judge them, without a record. Ten queries, and
    one for each member (the rule in force).
    """
    return [
        Judged(seat, facts, judge(point=KEY, facts=facts, at=at)) for seat, facts, _of in gather(matter, at)
    ]


def barred(matter: Matter, *, at: datetime) -> set[int]:
    """Primary keys of the voting members who are in conflict with the case at a moment: they neither sit nor
    preside nor substitute.
    """
    return {one.user.pk for one in preview(matter, at=at) if one.conflicted}


def propose_panel(matter: Matter, *, subject_ref: str, asked_by: str, now: datetime) -> PanelProposal:
    """The panel that the rule and the numbers of today lead to, with a recorded decision about everybody."""
    judged = [
        _decided(seat, facts, sources, subject_ref, asked_by, now)
        for seat, facts, sources in gather(matter, now)
    ]
    numbers = parameters.values(_PARAMETERS, at=now)
    found = propose(
        [
            Candidate(one.user.pk, one.facts.familiarity, one.facts.load, order)
            for order, one in enumerate(judged)
            if one.eligible
        ],
        minimum=numbers["panels.minimum_members"],
        wished=numbers["panels.wished_members"],
        reserve=numbers["panels.substitutes"],
    )
    people = {one.user.pk: one.user for one in judged}
    conflicted = {one.user.pk for one in judged if one.conflicted}
    return PanelProposal(
        members=tuple(people[key] for key in found.members),
        substitutes=tuple(people[key] for key in found.substitutes),
        chair=presiding(matter.committee, now, conflicted),
        judged=tuple(judged),
        minimum=numbers["panels.minimum_members"],
        short=found.short,
    )


def experts_for(matter: Matter, *, at: datetime, but: Collection[int] = ()) -> list[User]:
    """Who could be asked for an opinion in writing where the panel knows the class too little: people who
    declared to know it well, the best first, none of them in conflict with the case, away, or one of `but`
    (primary keys: the panel). At most `panels.experts`, who may be of the committee or not.
    """
    found: dict[int, User] = {}
    for class6 in _classes(matter.instruments):
        found |= {user.pk: user for user in experts(class6, at, but=but)}
    users = list(found.values())
    known = _Known.of(matter, users, at)
    fit = [user for user in users if judge(point=KEY, facts=known.facts(user), at=at).allowed]
    return fit[: parameters.value("panels.experts", at=at)]


def gather(matter: Matter, at: datetime) -> list[tuple[CommitteeSeat, PanelFacts, Sources]]:
    """The facts about every voting member, each with its source. Ten queries."""
    held = [seat for seat in seats(matter.committee, at) if seat.votes]
    known = _Known.of(matter, [seat.user for seat in held], at)
    return [(seat, known.facts(seat.user), _sources(seat, matter)) for seat in held]


@dataclass(frozen=True)
class _Known:
    """Everything that is known about some people and a case, read at once."""

    ties: Ties
    active: Collection[int]
    away: Collection[int]
    loads: Counter[int]
    familiarity: Mapping[int, int | None]
    limit: int
    department_excluded: bool

    @classmethod
    def of(cls, matter: Matter, users: Sequence[User], at: datetime) -> "_Known":
        active, away = who_is_there(users, at)
        numbers = parameters.values(_PARAMETERS, at=at)
        return cls(
            ties=Ties.of(matter.instruments, matter.applicant, matter.owners, users, at),
            active=active,
            away=away,
            loads=load(users),
            familiarity=_familiarity(matter.instruments, users, at),
            limit=numbers["panels.load_limit"],
            department_excluded=bool(numbers["panels.department_excluded"]),
        )

    def facts(self, user: User) -> PanelFacts:
        """The facts about one of them. Who is asked has a vote, or (an expert) needs none."""
        return PanelFacts(
            active=user.pk in self.active,
            votes=True,
            absent=user.pk in self.away,
            load=self.loads[user.pk],
            load_reached=0 < self.limit <= self.loads[user.pk],
            familiarity=self.familiarity.get(user.pk),
            department_excluded=self.department_excluded,
            **self.ties.of_person(user),
        )


def _classes(instruments: Sequence[Instrument]) -> list[str]:
    return sorted({instrument.class6 for instrument in instruments})


def _familiarity(
    instruments: Sequence[Instrument], users: Sequence[User], at: datetime
) -> dict[int, int | None]:
    """How well people say they know the classes: of several classes the one that they know least; nothing for
    who declared none of them. One query for each class.
    """
    declared = [expertise_of(users, class6, at) for class6 in _classes(instruments)]
    return {
        user.pk: min(one.get(user.pk, 0) for one in declared)
        for user in users
        if any(user.pk in one for one in declared)
    }


def _sources(seat: CommitteeSeat, matter: Matter) -> Sources:
    register = _source("user", seat.user.ulid, "用户登记", "User register")
    units = _source("user", seat.user.ulid, "所在单位", "Units of the people concerned")
    names = [
        (("active", "absent"), register),
        (("votes",), _source("committee_seat", seat.ulid, "委员会席位", "Seat on the committee")),
        (("load", "load_reached"), _source("panels", "", "正在进行的评审组", "Open panels")),
        (("familiarity",), _source("expertise", seat.user.ulid, "本人申报的熟悉程度", "Declared expertise")),
        (("own_crew",), _source("instrument", _refs(matter), "仪器机组", "Crew of the instrument")),
        (("own_group",), _source("group", "", "课题组成员", "Research groups")),
        (("hosted_owner",), _source("instrument", _refs(matter), "托管协议", "Hosting agreement")),
        (("own_lab", "own_department"), units),
        (("department_excluded",), _source("parameter", "panels.department_excluded", "规定", "Policy")),
        (("is_applicant",), _source("case", "", "申请人", "Applicant")),
    ]
    return {fact: source for facts, source in names for fact in facts}


def _refs(matter: Matter) -> str:
    return ",".join(instrument.ulid for instrument in matter.instruments)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}


def _decided(
    seat: CommitteeSeat,
    facts: PanelFacts,
    sources: Sources,
    subject_ref: str,
    asked_by: str,
    now: datetime,
) -> Judged:
    found = decide(
        point=KEY,
        facts=facts,
        sources=sources,
        subject_id=seat.user_id,
        object_ref=subject_ref,
        asked_by=asked_by,
        now=now,
    )
    return Judged(seat, facts, found.judgement, found.record.ulid)
