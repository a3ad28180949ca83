"""Two evaluations at the demonstration school, played through the flow: one of last academic year, published
after an appeal that was upheld, and one by the school's own scheme, in the middle of its reports. Their
figures are those of the records there are. The committee is an import: its seats were given before.
"""

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from apps.core.clock import school_time
from apps.evaluation import judging, publications, reporting, schemes
from apps.evaluation.models import Round, Scheme, SchemeVersion, Sheet
from apps.instruments.models import Instrument
from apps.panels.models import Committee
from apps.panels.operations import appoint_seat, create_committee
from apps.people.models import OrgUnit, User
from apps.portal.demo import roster
from apps.portal.demo.activity import deliver
from apps.portal.demo.school import School
from workflows import services
from workflows.evaluation.beginning import begin_round
from workflows.evaluation_hearing.asked import eligible, option_of
from workflows.models import Case, Step

DAY = timedelta(days=1)
TERM = timedelta(days=3 * 365)
BEGAN_AGO = timedelta(days=50)
LATELY = timedelta(days=6)
JUDGED = tuple(f"QY{number:06d}" for number in range(1, 9))
OFFICE, SECRETARY = "he", "pei"
COMMITTEE = "evaluation"
PANEL = 3
APPEALED = "QY000004"
REPORTED = (  # asset number, figure, how many, what
    ("QY000004", "prizes_provincial", 1, "省科技进步二等奖：低温电镜制样方法"),
    ("QY000004", "functions_original", 6, "厂方交付的功能：成像、能谱、背散射、阴极荧光、减速、低真空"),
    ("QY000004", "functions_used", 5, "在用：成像、能谱、背散射、减速、低真空"),
    ("QY000002", "prizes_school", 1, "校教学成果二等奖"),
    ("QY000006", "functions_new", 1, "自行开发的自动进样程序"),
)
PAPERS = (  # asset numbers, DOI, title, journal
    (
        ("QY000004", "QY000002"),
        "10.5555/qyu.2026.0101",
        "Growth of layered oxides seen in place",
        "J. Invented",
    ),
    (("QY000004",), "10.5555/qyu.2026.0102", "Grain boundaries under load", "Invented Letters"),
    (("QY000006",), "10.5555/qyu.2026.0103", "A catalyst that mends itself", "Invented Chemistry"),
)


def evaluations(school: School, *, now: datetime) -> int:
    """How many: the round of last year from its opening to what follows, and the one that goes on."""
    began = now - BEGAN_AGO
    schemes.install_shipped(now=began)
    seat_evaluators(school, began - 30 * DAY)
    _last_year(school, began)
    _this_year(school, now - LATELY)
    deliver(now)
    return Round.objects.count()


def seat_evaluators(school: School, at: datetime) -> Committee:
    """The committee that judges evaluations and facilities: the same people as judge fees, under a code of
    their own. Who asks again gets the one that there is.
    """
    they = school.people
    found = Committee.objects.filter(code=COMMITTEE).first()
    if found is not None:
        return found
    committee = create_committee(
        code=COMMITTEE,
        name_zh="大型仪器设备效益评价委员会",
        name_en="Evaluation Committee for Large Instruments",
        unit=OrgUnit.objects.get(kind=OrgUnit.Kind.SCHOOL),
        by=they[OFFICE],
        now=at,
    )
    for login, role in roster.COMMITTEE:
        appoint_seat(
            committee=committee,
            user=they[login],
            role=role,
            valid_from=at,
            valid_until=at + TERM,
            source_case="import:evaluation-committee",
            by=they[OFFICE],
            now=at,
        )
    return committee


def _last_year(school: School, at: datetime) -> None:
    round_, case = _begun(school, "ministry", school_time(at).year - 1, at)
    _report(round_, at + DAY)
    for number, one in enumerate(_reports(round_), start=1):
        _answer(one, at + 2 * DAY + timedelta(minutes=7 * number))
    deliver(at + 4 * DAY)
    _work(case, at + 4 * DAY)
    first = _judge(school, round_, "bands", at + 5 * DAY, {})
    round_.refresh_from_db()
    deliver(at + 6 * DAY)
    round_.refresh_from_db()
    sheet = round_.sheets.get(instrument__asset_no=APPEALED)
    manager = Step.objects.filter(case__subject_ref=f"evaluation_sheet:{sheet.ulid}", node="report")
    judging.raise_appeal(
        sheet=sheet,
        reason="九月控制器更换期间的机时未计入，运行日志见附件。",
        by=manager.select_related("task__owner").get().task.owner or school.people["teng"],
        now=at + 6 * DAY + timedelta(hours=3),
    )
    until = round_.notice_until or at + 20 * DAY
    for timer in case.process.task_set.filter(flow_task_type="TIMER", status="SCHEDULED"):
        services.fire_timer(task=timer, now=until)
    _judge(school, round_, "appeal", until + DAY, {sheet.ulid: 180}, but=first)
    deliver(until + 2 * DAY)
    office = school.people[OFFICE]
    step = case.steps.select_related("task", "case").get(node="publish", answered_at__isnull=True)
    services.answer(step=step, by=office, now=until + 3 * DAY, outcome="complete")
    deliver(until + 3 * DAY)


def _this_year(school: School, at: datetime) -> None:
    """Half of the crews have reported; of these, some are with the laboratory, some with the department."""
    round_, _case = _begun(school, "school", school_time(at).year - 1, at)
    for number, one in enumerate(_reports(round_)):
        _answer(one, at + DAY + timedelta(minutes=9 * number), steps=number % 4)
    deliver(at + 2 * DAY)


def _begun(school: School, key: str, year: int, at: datetime) -> tuple[Round, Case]:
    version = SchemeVersion.objects.get(scheme=Scheme.objects.get(key=key), number=1)
    judged = Instrument.objects.filter(asset_no__in=JUDGED)
    round_, case = begin_round(
        version=version, year=year, by=school.people[OFFICE], now=at, instruments=judged
    )
    _work(case, at)
    round_.refresh_from_db()
    return round_, case


def _work(case: Case, at: datetime) -> None:
    """The jobs of a case, done at once."""
    for task in case.process.task_set.filter(flow_task_type="JOB", status="SCHEDULED"):
        services.run_job(task_pk=task.pk, now=at)


def _reports(round_: Round) -> list[Case]:
    refs = [f"evaluation_sheet:{ulid}" for ulid in round_.sheets.values_list("ulid", flat=True)]
    return list(Case.objects.filter(subject_ref__in=refs).order_by("id"))


def _report(round_: Round, at: datetime) -> None:
    """What the crews know beside the records."""
    sheets = {one.code: one for one in _sheets(round_)}
    for number, key, amount, what in REPORTED:
        reporting.report_item(
            sheet=sheets[number], key=key, amount=Decimal(amount), what=what, by=None, now=at
        )
    for numbers, doi, title, journal in PAPERS:
        for number in numbers:
            publications.claim_paper(
                sheet=sheets[number],
                doi=doi,
                title=title,
                journal=journal,
                year=school_time(at).year,
                by=None,
                now=at,
            )


def _sheets(round_: Round) -> Iterable[Sheet]:
    return round_.sheets.select_related("instrument", "round__version__scheme", "unit")


def _answer(case: Case, at: datetime, steps: int = 3) -> None:
    """Crew, laboratory and department, as far as `steps` goes; whoever is asked first answers."""
    for _ in range(steps):
        step = case.steps.select_related("task", "case").filter(answered_at__isnull=True).first()
        if step is None:
            return
        outcome = "complete" if step.node == "report" else "approve"
        by = step.candidates.select_related("user").order_by("id")[0].user
        services.answer(step=step, by=by, now=at, outcome=outcome)


def _judge(
    school: School,
    round_: Round,
    stage: str,
    at: datetime,
    changes: dict[str, int],
    but: Iterable[User] = (),
) -> list[User]:
    """A panel is formed, accepts and votes of one mind; gives who sat."""
    case = Case.objects.get(subject_ref=f"evaluation_hearing:{round_.ulid}:{stage}")
    barred = {user.pk for user in but}
    members = [user for user in eligible(case, at) if user.pk not in barred][:PANEL]
    form = case.steps.select_related("task", "case").get(node="form_panel", answered_at__isnull=True)
    services.answer(
        step=form,
        by=school.people[SECRETARY],
        now=at,
        outcome="complete",
        data={"members": members, "substitutes": []},
    )
    for user in members:
        _own(case, "invitation", user, at, {"familiarity": 2})
    vote = {"choice": "modify", "option": option_of(changes)} if changes else {"choice": "approve"}
    said = "运行日志与填报一致，应予补计。" if changes else "得分与实际情况相符。"
    for user in members:
        _own(case, "vote", user, at + timedelta(hours=2), {**vote, "reason": said})
    return members


def _own(case: Case, node: str, user: User, at: datetime, data: dict[str, object]) -> None:
    """Somebody answers their own step, where it still waits."""
    waiting = case.steps.filter(node=node, answered_at__isnull=True, task__owner=user)
    step = waiting.select_related("task", "case").first()
    if step is not None:
        services.answer(step=step, by=user, now=at, outcome="complete", data=data)
