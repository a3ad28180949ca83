"""What a second reading found: each of these went wrong once."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.errors import Invalid, NotPermitted
from apps.people.models import User
from apps.people.operations import end_user
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import RoundFlow, ThreeStepsFlow
from tests.workflows.toys import owner, three_steps, waiting, yes
from workflows import services
from workflows.errors import Overtaken
from workflows.models import Case

pytestmark = pytest.mark.django_db


def test_a_fact_about_an_overtaken_case_ends_it_and_is_no_failure_of_who_brought_it(
    they: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal would have rolled the outbox's transaction back, and the end with it, for ever."""
    case = three_steps(they, now)
    yes(case, they.wang, now)

    def gone(activation: Any, answer: Any) -> None:
        raise Overtaken("the thing is gone")

    monkeypatch.setattr(ThreeStepsFlow.lab, "do", gone)
    with transaction.atomic():  # as the outbox does
        assert services.fulfil(case=case, node="lab", now=now, outcome="approve") is None
    case.refresh_from_db()
    assert (case.state, case.reason) == ("overtaken", "the thing is gone")


def test_who_added_a_signer_after_them_cannot_remove_their_own_seat_of_the_round(
    they: People, now: datetime
) -> None:
    members = [they.wang.pk, they.teng.pk, they.olga.pk]
    case = services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="round:1",
        data={"members": members},
    )
    mine = case.steps.select_related("task", "case").get(task__owner=they.wang)
    services.add_signer(step=mine, by=they.wang, user=they.bob, now=now, where="after", reason="an expert")
    services.answer(step=mine, by=they.wang, now=now, outcome="approve")
    with refused(NotPermitted, "workflows.not_yours"):
        services.remove_signer(step=mine, by=they.wang, user=they.wang, now=now, reason="I was never here")
    assert case.steps.filter(answered_at__isnull=True).count() == 3


def test_somebody_whose_registration_ended_meanwhile_answers_nothing_and_is_asked_nothing(
    they: People, now: datetime
) -> None:
    """The page holds a person as they were when the request came."""
    case = three_steps(they, now)
    stale_wang, stale_bob = User.objects.get(pk=they.wang.pk), User.objects.get(pk=they.bob.pk)
    end_user(user=they.bob, reason="left", by=None, now=now)
    with refused(Invalid, "workflows.not_eligible"):
        services.delegate(
            step=waiting(case)["tutor"], by=stale_wang, to=stale_bob, now=now, reason="your view?"
        )
    end_user(user=they.wang, reason="left", by=None, now=now)
    step = case.steps.select_related("task", "case").get()
    with refused(NotPermitted, "people.not_active"):
        services.answer(step=step, by=stale_wang, now=now, outcome="approve")
    assert not case.events.filter(kind="approve").exists()
    assert owner(case) is not None


@pytest.mark.parametrize("table", ["workflows_taskevent", "workflows_dossier", "workflows_flowversion"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_the_database_itself_keeps_the_history(
    they: People, now: datetime, table: str, statement: str
) -> None:
    case = three_steps(they, now)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table=table))
    assert Case.objects.get(pk=case.pk).events.count() == 1
