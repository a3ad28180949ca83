"""Who must not judge a fee review, and who is proposed to."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.core import parameters
from apps.fees.panelists import Judged, Matter, barred, preview
from apps.hosting.queries import owners_of
from apps.panels.proposing import Candidate, propose
from apps.people.models import User
from workflows.fee_review import asked
from workflows.judging import lookup
from workflows.models import Case
from workflows.words import localized


@dataclass(frozen=True)
class Proposed:
    """Who should sit and who should stand in, and everybody who was looked at, the best first."""

    members: tuple[User, ...]
    substitutes: tuple[User, ...]
    eligible: tuple[Judged, ...]
    excluded: tuple[Judged, ...]
    short: bool


def why_not(one: Judged) -> str:
    """Why somebody is kept off, in the reader's language: the rule's reasons, or what it does not know."""
    reasons = [] if one.eligible else one.judgement.decision.reasons
    said = [localized({"zh": reason.zh, "en": reason.en}) for reason in reasons]
    return "; ".join(said) or _("Had a hand in the proposal, or has stood aside.")


def matter_of(case: Case, now: datetime) -> Matter | None:
    """What a panel is to judge; None where there is no committee."""
    found = asked.committee_at(now)
    if found is None:
        return None
    instruments = asked.instruments_of(asked.proposal_of(case))
    return Matter(found, instruments, case.applicant, owners_of(list(instruments)))


def in_conflict(case: Case, now: datetime) -> set[int]:
    """Primary keys of everybody who must not judge this case: by the rules, as its authors, or because they
    have said so themselves.
    """
    matter = matter_of(case, now)
    by_rule = barred(matter, at=now) if matter is not None else set()
    own = {case.applicant_id} if case.applicant_id is not None else set()
    return by_rule | asked.authors_of(case) | lookup.recused_from(case) | own


def proposal_for(case: Case, now: datetime) -> Proposed:
    """The panel that the rule and the numbers of today would lead to. Nothing is recorded."""
    matter = matter_of(case, now)
    seen = preview(matter, at=now) if matter is not None else []
    kept_off = in_conflict(case, now)
    fit = [one for one in seen if one.eligible and one.user.pk not in kept_off]
    names = ("panels.minimum_members", "panels.wished_members", "panels.substitutes")
    numbers = parameters.values(names, at=now)
    found = propose(
        [
            Candidate(one.user.pk, one.facts.familiarity, one.facts.load, order)
            for order, one in enumerate(fit)
        ],
        minimum=numbers[names[0]],
        wished=numbers[names[1]],
        reserve=numbers[names[2]],
    )
    by_key = {one.user.pk: one for one in fit}
    chosen = [*found.members, *found.substitutes]
    return Proposed(
        members=tuple(by_key[key].user for key in found.members),
        substitutes=tuple(by_key[key].user for key in found.substitutes),
        eligible=(*(by_key[key] for key in chosen), *(one for one in fit if one.user.pk not in chosen)),
        excluded=tuple(one for one in seen if one not in fit),
        short=found.short,
    )
