"""The yearly review of one facility: its head completes and confirms the table, each of the panel scores it.
What a table is and who may do what stands in `apps.evaluation.facility`.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import WrongState
from apps.evaluation.facility import conclude_table, confirm_table, judges_of, score_table
from apps.evaluation.facility import may_see as may_read
from apps.evaluation.models import FacilityTable
from apps.people.models import User
from apps.people.queries import active_users, counting_rights
from apps.people.roles import superiors, unit_managers
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.facility_review.dossier import sections
from workflows.facility_review.forms import ScoreForm
from workflows.models import Case
from workflows.nodes import Answer, Begin, Do, End, If, Join, SplitEach, Work, WorkingDays
from workflows.services.starting import freeze

REFERENCE = "facility_table:"


def find_table(case: Case) -> FacilityTable | None:
    """The table that a case is about."""
    rows = FacilityTable.objects.select_related("facility__lab", "review")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def table_of(case: Case) -> FacilityTable:
    """The same; raises Overtaken where there is none."""
    found = find_table(case)
    if found is None:
        raise Overtaken("The table is gone.")
    return found


class FacilityReviewFlow(BaseFlow):
    """Yearly review of a facility"""

    key = "facility_review"
    prefix = "FAC"
    process_title = _("Yearly review of a facility")
    case_title = _("Yearly review {year}: {facility}")
    deciding = frozenset({"score"})

    start = Begin().Next(this.confirm)
    confirm = Work(
        _("Is the yearly table of your facility complete and right? Once confirmed it does not change."),
        title=_("Complete and confirm the table"),
        candidates=this.the_heads,
        superiors=this.the_superiors,
        role="facility",
        due=WorkingDays("facility_review.confirm_days"),
        do=this.confirmed,
    ).Next(this.is_judged, label=_("Confirm the table"))
    is_judged = If(this.has_judges, title=_("Is there a panel for it?")).Then(this.panel).Else(this.conclude)
    panel = SplitEach(title=_("The panel scores")).Each(this.score, this.the_judges)
    score = (
        Work(
            _("How many points does this year of the facility deserve? Say why in your opinion."),
            title=_("Score the facility"),
            candidates=this.the_judge,
            role="judge",
            form=ScoreForm,
            personal=True,
            due=WorkingDays("facility_review.score_days"),
            do=this.scored,
        )
        .Next(this.all_scored, label=_("Give these points"))
        .OnDue(this.all_scored)
    )
    all_scored = Join(title=_("All have scored or are late")).Next(this.conclude)
    conclude = Do(this.concluded, title=_("Mean of the scores")).Next(this.done)
    done = End(outcome="scored", title=_("Scored"))

    def the_heads(self, activation: Any) -> list[User]:
        """Who manages exactly this facility, else who manages its lab."""
        facility = table_of(activation.case).facility
        held = counting_rights(activation.now).filter(kind="manage", scope=f"facility:{facility.ulid}")
        heads = active_users(activation.now).filter(pk__in=held.values("user")).order_by("pk")
        return list(heads) or unit_managers(facility.lab, activation.now)

    def the_superiors(self, activation: Any) -> list[User]:
        return superiors(table_of(activation.case).facility.lab, activation.now)

    def has_judges(self, activation: Any) -> bool:
        return bool(self.the_judges(activation))

    def the_judges(self, activation: Any) -> list[dict[str, int]]:
        known = judges_of(table_of(activation.case))
        active = set(active_users(activation.now).filter(pk__in=known).values_list("pk", flat=True))
        return [{"user": key} for key in known if key in active]

    def the_judge(self, activation: Any) -> list[User]:
        return list(User.objects.filter(pk=activation.task.data["user"]))

    def may_see(self, case: Case, user: User, now: Any) -> bool:
        table = find_table(case)
        return table is not None and may_read(user, table, now)

    def page_of(self, case: Case) -> str:
        return reverse("facility_table", args=[case.subject_ref.removeprefix(REFERENCE)])

    def confirmed(self, activation: Any, answer: Answer) -> None:
        table = confirm_table(table=table_of(activation.case), by=answer.by, now=activation.now)
        freeze(activation.case, sections(table))

    def scored(self, activation: Any, answer: Answer) -> None:
        """What was given; who was late has given nothing."""
        if answer.by is None:
            return
        score_table(
            table=table_of(activation.case),
            points=answer.data["points"],
            opinion=answer.opinion,
            by=answer.by,
            now=activation.now,
        )

    def concluded(self, activation: Any) -> None:
        try:
            conclude_table(table=table_of(activation.case), now=activation.now)
        except WrongState as refusal:
            raise Overtaken(refusal.message) from refusal
