"""A step under seal: what is answered reaches the flow's hook and is in nothing that anybody could read. A
personal step: nobody answers it but whoever was asked.
"""

import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.serializers import serialize
from django.http import HttpRequest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from viewflow import this
from viewflow.workflow.models import Process, Task

from apps.core.errors import Invalid, WrongState
from apps.core.models import AuditEntry, Fact
from apps.people.absences import declare_absence
from apps.people.operations import end_user
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.sealed import SealedFlow
from tests.workflows.toys import waiting
from workflows import services
from workflows.api.told import event_told, task_told
from workflows.models import Case, Step, TaskEvent
from workflows.nodes import Answer, End, Work
from workflows.paper import paper_of
from workflows.verbs import Verb, verbs_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = timedelta(days=1)
SECRET = "价格过高-4711"


def voting(they: People, now: datetime) -> Case:
    """Wang and Olga vote, then Teng has the word; Alice applied."""
    SealedFlow.heard.clear()
    SealedFlow.went_back.clear()
    return services.start(
        SealedFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="ballot:1",
        unit=they.lab,
        data={"members": [they.wang.pk, they.olga.pk], "chair": they.teng.pk},
    )


def ballots(case: Case) -> dict[str, Step]:
    """The ballots that are asked for, by whom."""
    steps = case.steps.filter(node="ballot", answered_at__isnull=True).select_related("task__owner", "case")
    return {step.task.owner.username: step for step in steps if step.task.owner}


def vote(case: Case, they: People, name: str, now: datetime, **answer: Any) -> Step:
    """They vote no, and say why."""
    given = {"outcome": "complete", "opinion": SECRET, "data": {"choice": "no", "why": SECRET}} | answer
    return services.answer(step=ballots(case)[name], by=getattr(they, name), now=now, **given)


def test_the_hook_hears_the_answer_and_nothing_keeps_it(they: People, now: datetime) -> None:
    case = voting(they, now)
    step = vote(case, they, "wang", now)
    assert SealedFlow.heard == [("complete", SECRET, {"choice": "no", "why": SECRET})]
    step.refresh_from_db()
    assert (step.outcome, step.opinion, step.answered_by) == ("complete", "", they.wang)
    rows = [*Step.objects.all(), *TaskEvent.objects.all(), *Fact.objects.all()]
    rows += [*AuditEntry.objects.all(), *Task.objects.all(), *Process.objects.all(), *Case.objects.all()]
    assert SECRET not in serialize("json", rows, ensure_ascii=False)
    event = case.events.get(kind="complete", step=step)
    told = f"{task_told(step)} {event_told(event, [])} {paper_of(case, by=they.office, now=now)}"
    assert SECRET not in told
    line = next(one for one in paper_of(case, by=they.office, now=now).countersigns if one.at == now)
    assert (line.approves, line.opinion) == (None, "")  # that they answered, neither for nor against
    assert SECRET not in repr(Answer(step, they.wang, "complete", SECRET, {"choice": SECRET}))


def test_an_open_answer_of_a_sealed_step_is_kept(they: People, now: datetime) -> None:
    case = voting(they, now)
    step = vote(case, they, "olga", now, outcome="recuse", opinion="同一课题组", data={})
    step.refresh_from_db()
    assert (step.outcome, step.opinion) == ("recuse", "同一课题组")
    assert case.events.get(step=step).kind == "recuse"


def test_files_are_not_taken_under_seal(they: People, now: datetime) -> None:
    case = voting(they, now)
    file = services.attach(case=case, by=they.wang, name="a.txt", content=b"no", now=now)
    with refused(Invalid, "workflows.sealed_files"):
        vote(case, they, "wang", now, attachments=(file,))
    assert SealedFlow.heard == []


def test_a_report_of_an_error_names_no_value(rf: RequestFactory, they: People, settings: Any) -> None:
    request: HttpRequest = rf.post("/tasks/x/", {"opinion": SECRET})
    try:
        opinion = request.POST["opinion"]
        raise RuntimeError(opinion[:0])
    except RuntimeError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "RuntimeError" in report
        assert SECRET not in report
    settings.DEBUG = True  # at home one wants to see it
    assert SECRET in reporter.get_traceback_html()


def test_nobody_takes_a_personal_step_over(they: People, now: datetime) -> None:
    declare_absence(
        user=they.wang, substitute=they.bob, valid_from=now, valid_until=now + 9 * DAY, by=they.wang, now=now
    )
    case = voting(they, now)
    step = ballots(case)["wang"]  # though away: nobody votes for them
    assert Verb.ANSWER in verbs_of(they.wang, case, step, now)
    assert verbs_of(they.wang, case, step, now).isdisjoint(
        {Verb.TRANSFER, Verb.DELEGATE, Verb.ADD_SIGNER, Verb.RELEASE, Verb.SEND_BACK}
    )
    it: dict[str, Any] = {"step": step, "now": now, "reason": "x"}
    for by in (they.wang, they.office):
        with refused(WrongState, "workflows.personal"):
            services.transfer(**it, by=by, to=they.office)
    with refused(WrongState, "workflows.personal"):
        services.delegate(**it, by=they.wang, to=they.teng)
    with refused(WrongState, "workflows.no_signers"):
        services.add_signer(**it, by=they.wang, user=they.teng, where="beside")


def test_no_superior_takes_over_what_is_late_or_left(they: People, now: datetime) -> None:
    case = voting(they, now)
    for name in ("wang", "olga"):
        vote(case, they, name, now)
    services.sweep(now=now + 3 * DAY)
    word = waiting(case)["word"]
    assert word.escalated_at is not None
    assert [row.user for row in word.candidates.all()] == [they.teng]
    end_user(user=they.teng, reason="离校", by=None, now=now + 3 * DAY)
    services.hand_over(user=they.teng, by=None, now=now + 3 * DAY, reason="离校")
    assert waiting(case)["word"].task.owner == they.teng  # the flow's to settle


def test_an_answer_that_comes_by_itself_is_nobodys_to_choose(they: People, now: datetime) -> None:
    case = voting(they, now)
    step = ballots(case)["wang"]
    assert [one.key for one in step.task.flow_task.choices] == ["complete", "recuse"]
    with refused(Invalid, "workflows.outcome"):
        vote(case, they, "wang", now, outcome="moved")
    assert services.fulfil(case=case, node="ballot", now=now, outcome="moved") is not None
    assert case.events.filter(kind="moved", actor__isnull=True).exists()


def test_more_time_counts(they: People, now: datetime) -> None:
    case = voting(they, now)
    step = ballots(case)["wang"]
    with refused(Invalid, "workflows.until"):
        services.prolong(step=step, until=now + DAY, by=they.office, now=now, reason="早了")
    services.prolong(step=step, until=now + 9 * DAY, by=they.office, now=now, reason="放假")
    assert services.sweep(now=now + 3 * DAY).expired == 1  # Olga's
    assert set(ballots(case)) == {"wang"}
    assert not services.expire(step=step, now=now + 3 * DAY)  # as a sweep that read it before would
    assert services.sweep(now=now + 10 * DAY).expired == 1
    with refused(WrongState, "workflows.answered"):
        services.prolong(step=step, until=now + 19 * DAY, by=None, now=now)


def test_a_case_comes_back_by_itself_and_the_domain_follows(they: People, now: datetime) -> None:
    case = voting(they, now)
    made = services.bring_back(case=case, to="revise", now=now, reason="原值变更")
    assert made is not None
    assert set(waiting(case)) == {"revise"}
    assert SealedFlow.went_back == [("revise", "原值变更")]
    assert services.bring_back(case=case, to="revise", now=now, reason="再次变更") is None
    services.answer(step=made, by=they.alice, now=now, outcome="complete")
    for name in ("wang", "olga"):
        vote(case, they, name, now)
    services.send_back(step=waiting(case)["word"], by=they.teng, now=now, to="revise", reason="补材料")
    assert SealedFlow.went_back[1:] == [("revise", "补材料")]
    services.withdraw(case=case, by=they.alice, now=now)
    case.refresh_from_db()
    assert services.bring_back(case=case, to="revise", now=now, reason="晚了") is None


def test_what_is_under_seal_leads_on_in_one_way() -> None:
    with pytest.raises(TypeError, match="under seal"):

        class _TellingFlow(SealedFlow):
            key = ""
            ballot = (
                Work("?", candidates=this.seat, sealed=True)
                .Next(this.counted)
                .On("no", this.word, label="no")
            )
            extra = End(outcome="extra")
