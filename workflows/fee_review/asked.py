"""What a fee review is about, and who has to do with it. Reads only, but for the end of everything."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from apps.core.parameters import value
from apps.core.prepared import Prepared
from apps.fees.content import NOT_OPEN, Content, read_text
from apps.fees.models import Proposal, PublicNotice, Submission
from apps.fees.noticing import withdraw_notice
from apps.fees.submitting import end_proposal
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import manages
from apps.panels import operations as panels
from apps.panels.models import Committee, Panel
from apps.panels.queries import committee, convenes
from apps.people.models import OrgUnit, User
from workflows.errors import Overtaken
from workflows.judging.lookup import panel_of, subject_of
from workflows.models import Case

REFERENCE = "fee_proposal:"
# What prices are judged by: when one of these changes in the asset record, they are judged anew.
RECORD = (
    *("price_fen", "quota_hours", "class6", "grade", "service_modes"),
    *("customs_supervised", "external_use_registered"),
)


def find_proposal(case: Case) -> Proposal | None:
    """The proposal that a case is about, whatever its state."""
    return Proposal.objects.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def proposal_of(case: Case) -> Proposal:
    """The proposal of a case while it is open. Raises Overtaken when it has ended otherwise, or when one of
    its instruments has left service.
    """
    found = find_proposal(case)
    if found is None or found.state in Proposal.ENDED:
        raise Overtaken(gettext("The proposal has been decided otherwise."))
    gone = found.about.filter(instrument__retired_at__isnull=False).select_related("instrument").first()
    if gone is not None:
        raise Overtaken(gettext("%(name)s has left service.") % {"name": gone.instrument.name})
    return found


def find_submission(case: Case) -> Submission | None:
    """What was submitted last, whatever became of it; None for a case that begins with a draft."""
    submissions = Submission.objects.filter(proposal__ulid=case.subject_ref.removeprefix(REFERENCE))
    return submissions.select_related("proposal").order_by("-number").first()


def submission_of(case: Case) -> Submission:
    """What was submitted last, whatever became of it. Raises Overtaken when nothing was."""
    found = find_submission(case)
    if found is None:
        raise Overtaken(gettext("The proposal has been decided otherwise."))
    return found


def content_of(case: Case) -> Content:
    """What was submitted last, as it was frozen."""
    return read_text(submission_of(case).content)


def is_not_open(case: Case) -> bool:
    """Whether it is an application not to open instruments."""
    return proposal_of(case).kind == NOT_OPEN


def instruments_of(proposal: Proposal) -> list[Instrument]:
    """What a proposal is about, in order. One query."""
    rows = proposal.about.select_related("instrument__unit", "instrument__facility").order_by(
        "position", "id"
    )
    return [row.instrument for row in rows]


def record_of(instruments: Iterable[Instrument]) -> dict[str, dict[str, Any]]:
    """What prices are judged by, as the asset record has it now."""
    return {one.ulid: {name: getattr(one, name) for name in RECORD} for one in instruments}


def changed_record(case: Case) -> list[tuple[Instrument, list[str]]]:
    """The instruments whose asset record is no longer what it was when the case's content was submitted, with
    the members that changed.
    """
    kept = case.process.data.get("record", {})
    proposal = find_proposal(case)
    found = []
    for instrument in instruments_of(proposal) if proposal is not None else ():
        before, now = kept.get(instrument.ulid), record_of([instrument])[instrument.ulid]
        members = [name for name in RECORD if before is not None and before[name] != now[name]]
        if members:
            found.append((instrument, members))
    return found


def changed_words(changed: Iterable[tuple[Instrument, list[str]]]) -> str:
    """What changed, in words: the names of fields are the asset record's own."""
    said = "; ".join(
        f"{one.asset_no}: {', '.join(_name_of(name) for name in names)}" for one, names in changed
    )
    return gettext("The asset record has changed (%(changes)s). Please check and send it again.") % {
        "changes": said
    }


def _name_of(member: str) -> str:
    names = {
        "price_fen": gettext("original value"),
        "quota_hours": gettext("quota hours"),
        "class6": gettext("class"),
        "grade": gettext("grade"),
        "service_modes": gettext("service modes"),
        "customs_supervised": gettext("customs supervision"),
        "external_use_registered": gettext("registration for external use"),
    }
    return names[member]


# -- the committee -----------------------------------------------------------------------------------------


def committee_at(now: datetime) -> Committee | None:
    """The committee that judges fees (`fee_review.committee`). Two queries."""
    return committee(str(value("fee_review.committee", at=now)), now)


def notice_of(case: Case) -> PublicNotice | None:
    """The notice of what was submitted last, unless it was withdrawn."""
    rows = PublicNotice.objects.filter(submission__proposal=find_proposal(case), withdrawn_at__isnull=True)
    return rows.select_related("submission__proposal").order_by("-id").first()


# -- people ------------------------------------------------------------------------------------------------


# Asked of every candidate of every step.
_WROTE = Prepared(
    lambda proposal: Proposal.objects.filter(ulid=proposal).values_list(
        "created_by", "saved_by", "submissions__by"
    )
)
_MANAGERS = Prepared(
    lambda proposal, role, at: CrewMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        instrument__fee_proposals__proposal__ulid=proposal,
        role=role,
        revoked_at__isnull=True,
    ).values_list("user_id")
)


def authors_of(case: Case) -> set[int]:
    """Whoever wrote or submitted what is judged, and whoever manages its instruments. Two queries."""
    proposal, at = case.subject_ref.removeprefix(REFERENCE), case.ended_at or case.created_at
    wrote = _WROTE.rows(proposal=proposal)
    managers = _MANAGERS.rows(proposal=proposal, role=CrewMember.Role.MANAGER.value, at=at)
    return {pk for row in (*wrote, *managers) for pk in row if pk is not None}


def may_see(case: Case, user: User, now: datetime) -> bool:
    """Who presides over or runs the committee, and the crew's managers."""
    found = committee_at(now)
    if found is not None and convenes(found, user, now):
        return True
    if Panel.objects.filter(subject_ref=subject_of(case), chair=user).exists():
        return True
    proposal = find_proposal(case)
    return proposal is not None and any(manages(user, one, now) for one in instruments_of(proposal))


def department_of(unit: OrgUnit | None) -> OrgUnit | None:
    """The department that a unit is or lies in."""
    while unit is not None and unit.kind != OrgUnit.Kind.DEPARTMENT:
        unit = unit.parent
    return unit


def answering_unit(instrument: Instrument) -> OrgUnit:
    """The unit that answers for an instrument: its department, else its own unit."""
    return department_of(instrument.unit) or instrument.unit


# -- pages -------------------------------------------------------------------------------------------------


def dossier_page(case: Case) -> str:
    """Where everything about the prices stands on one screen."""
    return reverse("fee_review_dossier", args=[case.ulid])


def editor_page(case: Case) -> str:
    """Where the proposal is corrected."""
    proposal = find_proposal(case)
    return reverse("fee_proposal", args=[proposal.ulid]) if proposal is not None else ""


# -- the end -----------------------------------------------------------------------------------------------


def end_everything(case: Case, proposal: Proposal | None, outcome: str, reason: str, now: datetime) -> None:
    """Panel, notice and proposal of a case that is over, as far as they are open."""
    panel = panel_of(case)
    if panel is not None:
        because = str(Panel.Ending.WITHDRAWN if outcome == "withdrawn" else Panel.Ending.OVERTAKEN)
        panels.end_panel(panel=panel, because=because, by=None, now=now, reason=reason)
    if proposal is None or proposal.state in Proposal.ENDED:
        return
    notice = notice_of(case)
    if notice is not None:
        withdraw_notice(notice=notice, reason=reason, now=now)
    end_proposal(proposal=proposal, outcome=outcome, reason=reason, now=now)
