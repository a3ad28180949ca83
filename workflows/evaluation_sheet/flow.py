"""A sheet of an evaluation on its way: what records cannot know is completed by the crew, looked at by the
laboratory, confirmed by the department. Whoever lets the time pass is passed over: a round waits for nobody.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.evaluation import sheets
from apps.evaluation.access import may_report
from apps.evaluation.models import Round, Sheet
from apps.instruments.models import CrewMember
from apps.instruments.queries import crew_of
from apps.people.models import OrgUnit, User
from apps.people.roles import lab_heads, superiors, unit_managers
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case
from workflows.nodes import Answer, Approval, Begin, End, If, Work, WorkingDays
from workflows.nodes.human import EXPIRED, REJECT

REFERENCE = "evaluation_sheet:"
State = Sheet.State
GONE = _("The round of this sheet is over.")


def find_sheet_of(case: Case) -> Sheet | None:
    """The sheet that a case is about. One query."""
    rows = Sheet.objects.select_related("round__version__scheme", "instrument", "lab", "unit__parent")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def sheet_of(case: Case) -> Sheet:
    """The sheet, while its round takes reports. Raises Overtaken."""
    found = find_sheet_of(case)
    if found is None or found.round.state != Round.State.REPORTING:
        raise Overtaken(gettext(GONE))
    return found


class EvaluationSheetFlow(BaseFlow):
    """Report for an evaluation"""

    key = "evaluation_sheet"
    prefix = "EVS"
    process_title = _("Report for an evaluation")
    case_title = _("Evaluation {year}: {name}")

    start = Begin().Next(this.report)
    report = (
        Work(
            _("Complete what records do not know, with evidence, and send it to the laboratory."),
            title=_("The crew reports"),
            candidates=this.the_crew,
            role="manager",
            due=WorkingDays("evaluation.report_days"),
            link=this.sheet_page,
            do=this.reported,
        )
        .Next(this.has_lab, label=_("Send to the laboratory"))
        .OnDue(this.has_lab)
    )
    has_lab = If(this.is_in_a_lab, title=_("Is there a laboratory?")).Then(this.lab).Else(this.department)
    lab = (
        Approval(
            _("Is what the crew reports right? Correct what is not, with a reason."),
            title=_("The laboratory looks at it"),
            candidates=this.the_lab,
            role="lab_head",
            due=WorkingDays("evaluation.lab_days"),
            batch=True,
            link=this.sheet_page,
            do=this.looked_at,
            back_to=(this.report,),
        )
        .Approve(this.department, label=_("It is right: to the department"))
        .Reject(this.report, label=_("Back to the crew"))
        .OnDue(this.department)
    )
    department = (
        Approval(
            _("Does the department confirm this sheet?"),
            title=_("The department confirms"),
            candidates=this.the_department,
            role="department_head",
            due=WorkingDays("evaluation.department_days"),
            batch=True,
            link=this.sheet_page,
            do=this.confirmed,
            back_to=(this.report, this.lab),
        )
        .Approve(this.ready, label=_("Confirm"))
        .Reject(this.report, label=_("Back to the crew"))
        .OnDue(this.ready)
    )
    ready = End(outcome="confirmed", title=_("Confirmed"))

    # -- who -----------------------------------------------------------------------------------------------

    def the_crew(self, activation: Any) -> list[User]:
        """The managers of the crew, else its operators; of a laboratory its head. Nobody whom the sheet
        would refuse.
        """
        sheet, now = sheet_of(activation.case), activation.now
        if sheet.instrument is None:
            return self.the_lab(activation)
        crew = list(crew_of(sheet.instrument, now))
        managers = [one.user for one in crew if one.role == CrewMember.Role.MANAGER]
        operators = [one.user for one in crew if one.role == CrewMember.Role.OPERATOR]
        found = list({user.pk: user for user in managers or operators}.values())
        return [user for user in found if may_report(user, sheet, now)]

    def the_lab(self, activation: Any) -> list[User]:
        sheet, now = sheet_of(activation.case), activation.now
        return lab_heads(sheet.unit, now) or unit_managers(sheet.unit, now)

    def the_department(self, activation: Any) -> list[User]:
        sheet, now = sheet_of(activation.case), activation.now
        above = department_of(sheet.unit)
        return unit_managers(above, now) if above is not None else superiors(sheet.unit, now)

    def is_in_a_lab(self, activation: Any) -> bool:
        """Whether a laboratory looks at it: not at its own report, and not where nobody is there to."""
        sheet = sheet_of(activation.case)
        return sheet.lab_id is None and bool(self.the_lab(activation))

    # -- what ----------------------------------------------------------------------------------------------

    def reported(self, activation: Any, answer: Answer) -> None:
        to = State.LAB if self.is_in_a_lab(activation) else State.DEPARTMENT
        self._pass(activation, answer, to, late=answer.outcome == EXPIRED)

    def looked_at(self, activation: Any, answer: Answer) -> None:
        self._pass(activation, answer, State.REPORTING if answer.outcome == REJECT else State.DEPARTMENT)

    def confirmed(self, activation: Any, answer: Answer) -> None:
        self._pass(activation, answer, State.REPORTING if answer.outcome == REJECT else State.READY)

    def _pass(self, activation: Any, answer: Answer, to: str, *, late: bool = False) -> None:
        sheets.pass_on(
            sheet=sheet_of(activation.case),
            to=to,
            by=answer.by,
            now=activation.now,
            late=late,
            reason=answer.opinion,
        )

    # -- the case ------------------------------------------------------------------------------------------

    def returned(self, activation: Any, to: str, reason: str) -> None:
        """Back to the crew or to the laboratory: they may change it again."""
        state = State.REPORTING if to == "report" else State.LAB
        sheets.pass_on(
            sheet=sheet_of(activation.case), to=state, by=activation.by, now=activation.now, reason=reason
        )

    def sheet_page(self, case: Case) -> str:
        """Where the figures stand and items are added."""
        return reverse("evaluation_sheet", args=[case.subject_ref.removeprefix(REFERENCE)])

    def may_see(self, case: Case, user: User, now: datetime) -> bool:
        """Whoever runs the instrument."""
        sheet = find_sheet_of(case)
        return sheet is not None and may_report(user, sheet, now)


def department_of(unit: OrgUnit | None) -> OrgUnit | None:
    """The department that a unit is or lies in."""
    while unit is not None and unit.kind != OrgUnit.Kind.DEPARTMENT:
        unit = unit.parent
    return unit
