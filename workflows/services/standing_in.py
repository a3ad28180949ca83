"""Somebody is away while steps wait for them: whoever stands in may take these too. What is asked during the
absence goes to the substitute at once (`workflows.candidates`).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q
from viewflow.workflow.status import STATUS

from apps.core.periods import in_force
from apps.people.models import Absence
from apps.people.substitution import substitute_for
from workflows.candidates import could_answer
from workflows.history import named, record
from workflows.models import Candidate, Step
from workflows.services.locking import held
from workflows.telling import tell

WAITING = (STATUS.NEW, STATUS.ASSIGNED)
AWAY = "away"  # in the data of a task: the absences for which a substitute was looked for


def left_behind(now: datetime) -> Iterator[tuple[Step, Absence]]:
    """The steps that wait for people who are away, each with the absence, while no substitute was looked for.
    Two queries; one while nobody is away.
    """
    absences: defaultdict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(in_force(now)).select_related("user").order_by("id"):
        absences[absence.user_id].append(absence)
    if not absences:
        return
    asked = Candidate.objects.filter(
        Q(step__task__owner=F("user")) | Q(step__task__owner__isnull=True),
        user__in=absences,
        step__answered_at__isnull=True,
        step__task__status__in=WAITING,
    )
    for row in asked.select_related("step__task", "step__case").order_by("step_id", "id"):
        step = row.step
        for absence in absences[row.user_id]:
            concerns = not absence.processes or step.flow in absence.processes
            if concerns and absence.ulid not in step.task.data.get(AWAY, ()):
                yield step, absence


def stand_in(step: Step, absence: Absence, now: datetime) -> bool:
    """Offer the step to who stands in, once for each absence: both may take it then. Gives whether it was
    offered: not what is personal, nor where the substitute could not answer it or there is none.
    """
    with held(step, by=None, now=now) as it:
        seat = Candidate.objects.filter(step=it.step, user=absence.user_id).first()
        mine = it.task.owner_id in (None, absence.user_id)
        if (
            it.task.status not in WAITING
            or seat is None
            or not mine
            or absence.ulid in it.task.data.get(AWAY, ())
        ):
            return False
        it.task.data[AWAY] = [*it.task.data.get(AWAY, ()), absence.ulid]
        substitute = substitute_for(absence.user, now, it.case.flow)
        if substitute is None or not could_answer(it.activation, substitute):
            it.task.save()
            return False
        Candidate.objects.get_or_create(
            step=it.step,
            user=substitute,
            defaults={"via": seat.via, "instead_of_id": seat.instead_of_id or absence.user_id},
        )
        if it.task.status == STATUS.ASSIGNED:
            it.activation.unassign()
        else:
            it.task.save()
        record("stood_in", it.case, step=it.step, details=named(substitute))
        tell("workflows.step_passed", step=it.step.ulid, user=substitute.ulid, how="absence")
    return True
