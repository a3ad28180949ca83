"""Telling others without deciding anything: urge, copy."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import parameters
from apps.core.errors import Invalid, WrongState
from apps.people.models import User
from apps.people.queries import active_users
from workflows.history import named, record
from workflows.models import Case, Copy, Step
from workflows.services.locking import held_case
from workflows.telling import tell
from workflows.verbs import Verb, require, standing


def urge(*, case: Case, by: User, now: datetime, words: str = "") -> list[Step]:
    """Remind everybody whom the case waits for (催办); gives the steps. At most once in
    `workflows.urge_hours`.

    Raises NotPermitted `workflows.not_yours`; WrongState `workflows.case_closed`, `workflows.nobody_asked`,
    `workflows.urged` with the hours until the next time.
    """
    with held_case(case, by=by, now=now) as fresh:
        require(Verb.URGE, standing(by, fresh, None, now))
        hours = int(parameters.value("workflows.urge_hours", at=now))
        if fresh.urged_at is not None and now < fresh.urged_at + timedelta(hours=hours):
            raise WrongState(
                _("This case was urged not long ago. Please wait."),
                code="workflows.urged",
                again_at=(fresh.urged_at + timedelta(hours=hours)).isoformat(),
            )
        waiting = list(
            fresh.steps.filter(answered_at__isnull=True, task__status__in=("NEW", "ASSIGNED")).select_related(
                "task"
            )
        )
        if not waiting:
            raise WrongState(_("Nobody is being asked just now."), code="workflows.nobody_asked")
        fresh.urged_at = now
        fresh.save(update_fields=["urged_at"])
        for step in waiting:
            record("urged", fresh, step=step, opinion=words.strip())
            tell("workflows.step_urged", step=step.ulid, by=by.ulid)
    return waiting


def copy(*, case: Case, to: Sequence[User], by: User, now: datetime) -> list[User]:
    """Show the case to people for information (抄送); gives those who did not have it yet.

    Raises NotPermitted `workflows.not_yours`; Invalid `workflows.nobody_to_copy`, `people.not_active`.
    """
    if not to:
        raise Invalid(_("Choose at least one person."), code="workflows.nobody_to_copy", field="to")
    with held_case(case, by=by, now=now) as fresh:
        mine = fresh.steps.filter(task__owner=by).order_by("-id").first()
        require(Verb.COPY, standing(by, fresh, mine, now))
        wanted = {user.pk: user for user in to}
        active = set(active_users(now).filter(pk__in=wanted).values_list("pk", flat=True))
        if wanted.keys() - active:
            raise Invalid(_("This account is not in force."), code="people.not_active", field="to")
        known = set(fresh.copies.filter(user__in=active).values_list("user_id", flat=True))
        new = [user for pk, user in wanted.items() if pk not in known]
        for user in new:
            Copy.objects.create(case=fresh, user=user, by=by, at=now)
            record("copied", fresh, details=named(user))
            tell("workflows.case_copied", case=fresh.ulid, user=user.ulid)
    return new


def read_copy(*, case: Case, by: User, now: datetime) -> bool:
    """The person has opened a case that was copied to them; gives whether this was the first time."""
    return bool(Copy.objects.filter(case=case, user=by, read_at__isnull=True).update(read_at=now))
