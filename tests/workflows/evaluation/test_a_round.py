"""A round from its opening to what follows, and what may happen on the way."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.evaluation import judging
from apps.evaluation.models import Appeal, Consequence, FrozenFigure, Sheet
from apps.hosting.models import Agreement
from apps.notices.models import Notice
from apps.panels.ballots import key_of
from apps.panels.queries import open_panel
from apps.people.models import ResearchGroup
from documents.models import Document
from tests.factories.evaluations import sheet_of
from tests.factories.hosting import agreed, house
from tests.factories.refusals import refused
from tests.workflows.evaluations import (
    DAY,
    School,
    answer,
    answered,
    begun,
    drawn,
    hearing_of,
    noticed,
    panel,
    report_of,
    reports,
    school,
    scored,
    step_of,
    vote,
    worked,
)
from tests.workflows.registering import hear
from workflows import services
from workflows.evaluation_hearing.asked import eligible, in_words, option_of
from workflows.evaluation_hearing.forms import BallotForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> School:
    answered(monkeypatch)
    return school(now)


def test_the_whole_way_with_an_appeal(who: School, now: datetime) -> None:
    round_, case = noticed(who, now)
    assert round_.state == "notice"
    sheet = sheet_of(round_, who.they.sem)
    judging.raise_appeal(sheet=sheet, reason="an outage of the meter", by=who.they.teng, now=now)
    until = round_.notice_until
    assert until is not None
    services.sweep(now=until)
    hearing = hearing_of(round_, "appeal")
    first = who.board.members[:3]
    assert not {one.pk for one in first} & {one.pk for one in eligible(hearing, until)}
    with refused(WrongState, "evaluation.first_judge"):
        answer(
            hearing,
            "form_panel",
            who.board.secretary,
            until,
            data={"members": who.board.members[2:5], "substitutes": []},
        )
    second = who.board.members[3:6]
    panel(hearing, who, second, until)
    change = option_of({sheet.ulid: 150})
    for user in second:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            vote(hearing, user, until, choice="modify", reason="the log shows it", option=change)
    hearing.refresh_from_db()
    assert (hearing.state, hearing.outcome) == ("done", "decided")
    appeal = Appeal.objects.get()
    assert (appeal.upheld, appeal.answer) == (True, "the log shows it")
    services.sweep(now=until)
    answer(case, "publish", who.they.office, until)
    assert (case.state, case.outcome) == ("done", "published")
    round_.refresh_from_db()
    assert (round_.state, round_.number) == ("published", Document.objects.get(ulid=round_.document).number)
    before = sheet.total
    sheet.refresh_from_db()
    assert before is not None
    assert sheet.total == before + 150
    assert Consequence.objects.count() == Consequence.objects.filter(kind__in=("award", "subsidy")).count()


def test_a_round_without_appeals_is_published_after_its_notice(who: School, now: datetime) -> None:
    round_, case = noticed(who, now)
    until = round_.notice_until
    assert until is not None
    services.sweep(now=until - timedelta(seconds=1))
    assert not case.steps.filter(node="publish").exists()
    services.sweep(now=until)
    answer(case, "publish", who.they.office, until)
    round_.refresh_from_db()
    assert round_.state == "published"


def test_figures_are_drawn_in_a_worker_and_the_crews_asked(who: School, now: datetime) -> None:
    round_, case = begun(who, now)
    assert (round_.state, reports(round_)) == ("drawing", [])
    worked(case, now)
    round_.refresh_from_db()
    assert (round_.state, round_.done, round_.total) == ("reporting", 4, 4)
    assert FrozenFigure.objects.filter(key="effective_hours").count() == 4
    assert len(reports(round_)) == 4
    mine = report_of(sheet_of(round_, who.they.sem))
    assert [one.user for one in step_of(mine, "report").candidates.all()] == [who.they.teng]


def test_a_sheet_goes_back_and_forth(who: School, now: datetime) -> None:
    round_, _case = drawn(who, now)
    sheet = sheet_of(round_, who.they.sem)
    case = report_of(sheet)
    answer(case, "report", who.they.teng, now)
    answer(case, "lab", who.head, now, "reject", opinion="the prize is missing")
    sheet.refresh_from_db()
    assert sheet.state == "reporting"
    answer(case, "report", who.they.teng, now)
    answer(case, "lab", who.head, now, "approve")
    services.send_back(
        step=step_of(case, "department"), by=who.dean, now=now, to="lab", reason="look once more"
    )
    sheet.refresh_from_db()
    assert sheet.state == "lab"
    answer(case, "lab", who.head, now, "approve")
    answer(case, "department", who.dean, now, "approve")
    sheet.refresh_from_db()
    assert (sheet.state, case.outcome) == ("ready", "confirmed")


def test_a_round_waits_for_nobody(who: School, now: datetime) -> None:
    round_, case = drawn(who, now)
    for days in (40, 80, 120, 121):
        services.sweep(now=now + days * DAY)
    assert set(round_.sheets.values_list("state", flat=True)) == {"ready"}
    assert round_.sheets.filter(unreported=True).count() == 4
    worked(case, now + 121 * DAY)
    round_.refresh_from_db()
    assert round_.state == "judging"


def test_strangers_answer_nothing(who: School, now: datetime) -> None:
    round_, _case = drawn(who, now)
    case = report_of(sheet_of(round_, who.they.sem))
    for user in (who.they.alice, who.they.charlie, who.they.office):
        with refused(NotPermitted, "workflows.not_yours"):
            services.answer(step=step_of(case, "report"), by=user, now=now, outcome="complete")


def test_who_runs_what_is_judged_does_not_judge_it(who: School, now: datetime) -> None:
    round_, _case = scored(who, now)
    hearing = hearing_of(round_)
    step = step_of(hearing, "form_panel")
    with refused(Invalid, "evaluation.excluded"):
        services.answer(
            step=step,
            by=who.board.secretary,
            now=now,
            outcome="complete",
            data={"members": [who.they.teng, *who.board.members[:2]], "substitutes": []},
        )
    assert open_panel(f"case:{hearing.ulid}") is None


def test_the_owner_of_a_hosted_instrument_does_not_judge_it(who: School, now: datetime) -> None:
    """Neither while it is hosted nor when that ended within the period."""
    owner = who.board.members[0]
    ResearchGroup.objects.filter(pk=who.they.group.pk).update(pi=owner)
    who.they.group.refresh_from_db()
    who.they.wang = owner
    agreement = agreed(house(who.they, now))
    round_, _case = scored(who, now)
    hearing = hearing_of(round_)
    assert who.they.sem in {one.instrument for one in judging.before_panel(round_)}
    assert owner not in eligible(hearing, now)
    data = {"members": [owner, *who.board.members[1:3]], "substitutes": []}
    with refused(Invalid, "evaluation.excluded"):
        services.answer(
            step=step_of(hearing, "form_panel"),
            by=who.board.secretary,
            now=now,
            outcome="complete",
            data=data,
        )
    over = {"state": "ended", "instrument": who.they.sem, "started_at": round_.starts - 90 * DAY}
    rows = Agreement.objects.filter(pk=agreement.pk)
    rows.update(**over, ended_at=round_.starts + DAY)
    assert owner not in eligible(hearing, now)
    rows.update(ended_at=round_.starts - DAY)
    assert owner in eligible(hearing, now)


def test_a_panel_that_is_not_of_one_mind_votes_again(who: School, now: datetime) -> None:
    round_, _case = scored(who, now)
    hearing = hearing_of(round_)
    members = who.board.members[:3]
    panel(hearing, who, members, now)
    first = judging.before_panel(round_)[0]
    options = [option_of({first.ulid: change}) for change in (-100, -200, -300)]
    for user, option in zip(members, options, strict=True):
        vote(hearing, user, now, choice="modify", reason="too high", option=option)
    named = step_of(hearing, "name_price")
    assert named.task.owner == who.board.chair
    round_of = open_panel(f"case:{hearing.ulid}")
    assert round_of is not None
    answer(
        hearing,
        "name_price",
        who.board.chair,
        now,
        data={"option_key": key_of(options[1])},
        opinion="the middle",
    )
    for user in members:
        if hearing.steps.filter(node="vote_again", answered_at__isnull=True, task__owner=user).exists():
            vote(hearing, user, now, node="vote_again", reason="agreed")
    hearing.refresh_from_db()
    assert hearing.outcome == "decided"
    adjusted = Sheet.objects.get(pk=first.pk)
    assert adjusted.total == (first.total or 0) - 200
    assert adjusted.adjustments.get().reason == "agreed"


def test_sisters_of_one_name_are_told_apart_on_the_ballot(who: School, now: datetime) -> None:
    """Two instruments of the same name were two fields of the same label."""
    round_, _case = scored(who, now)
    hearing = hearing_of(round_)
    form = BallotForm(case=hearing, user=who.board.chair)
    sheets = judging.before_panel(round_)
    assert len({one.name for one in sheets}) < len(sheets)
    labels = [field.label for name, field in form.fields.items() if name.startswith("change_")]
    assert len(set(labels)) == len(sheets)
    said = in_words("", option_of({one.ulid: -100 for one in sheets}), sheets)
    assert all(one.code in said for one in sheets)


def test_a_cancelled_case_cancels_its_round_and_its_reports(who: School, now: datetime) -> None:
    round_, case = drawn(who, now)
    services.cancel(case=case, by=who.they.office, now=now, reason="a wrong year")
    round_.refresh_from_db()
    assert (round_.state, round_.reason) == ("cancelled", "a wrong year")
    assert {one.state for one in reports(round_)} == {"cancelled"}


def test_the_same_answer_twice_changes_nothing(who: School, now: datetime) -> None:
    round_, _case = drawn(who, now)
    case = report_of(sheet_of(round_, who.they.sem))
    step = step_of(case, "report")
    answer(case, "report", who.they.teng, now)
    with refused(WrongState, "workflows.answered"):
        services.answer(step=step, by=who.they.teng, now=now, outcome="complete")
    confirmed_before = list(round_.sheets.values_list("state", flat=True))
    assert confirmed_before.count("lab") == 1


def test_crews_hear_of_the_notice_and_of_the_result_and_appellants_of_the_answer(
    who: School, now: datetime
) -> None:
    round_, case = noticed(who, now)
    sheet = sheet_of(round_, who.they.sem)
    appeal = judging.raise_appeal(sheet=sheet, reason="an outage", by=who.they.teng, now=now)
    judging.decide_appeal(appeal=appeal, change=None, answer="the log says no", panel="0" * 26, now=now)
    until = round_.notice_until
    assert until is not None
    services.sweep(now=until)
    answer(case, "publish", who.they.office, until)
    hear(until)
    told = Notice.objects.filter(user=who.they.teng, kind__startswith="evaluation.").order_by("id")
    assert list(told.values_list("kind", flat=True)) == [
        "evaluation.noticed",
        "evaluation.appeal_decided",
        "evaluation.published",
    ]
    assert not Notice.objects.filter(user=who.they.alice, kind__startswith="evaluation.").exists()
