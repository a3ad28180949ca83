"""Training walked along every edge, and at random: it ends, somebody is always asked, and the request, the
places and the certificate agree with the case.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.models import ParameterValue
from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import add_member, register_user
from apps.people.posts import appoint_post
from apps.training.certifying import Proposal, proposal_of
from apps.training.courses import allow_another_attempt
from apps.training.exams import start_exam
from apps.training.guided import cancel_guided_session
from apps.training.models import Course, GuidedSession, Rubric, TrainingPlace, TrainingRequest
from apps.training.operations import issue_certificate
from apps.training.queries import level_of
from apps.training.requests import withdraw_request
from tests.factories import training as make
from tests.people import YEAR, People, cleared
from tests.workflows.trainings import hear, request_in
from tests.workflows.walking import Choose, Edge, Walk, edges_of, least_walked, walked_edges
from workflows.models import Case, Step
from workflows.training import answering
from workflows.training.beginning import apply_for_training
from workflows.training.flow import TrainingFlow

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ("plain", "advanced", "unanswered", "uncleared", "odd", "renewal")
Act = Callable[[datetime], None]


class School:
    """The courses, the rubric, and one new learner for every walk."""

    def __init__(self, they: People, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.they, self.now, self.settings = they, now, settings
        self.engine = settings.RULES_ENGINE
        self.odd: set[int] = set()
        self.numbers, self.slots = itertools.count(), itertools.count(1)
        terms: dict[str, Any] = {"required_minutes": 30, "max_attempts": 1, "cooling_off_days": 0}
        self.basic = make.course(they, now, **terms)
        self.advanced = make.course(they, now, code="SEM-ADV", level="advanced", **terms)
        self.rubric = make.rubric(they, now)
        usual = proposal_of

        def proposed(progress: Any, decision: Any, at: datetime) -> Proposal:
            """A table of a school may answer what comes to nothing; of the odd learner, once."""
            if progress.request.user_id in self.odd:
                self.odd.discard(progress.request.user_id)
                return Proposal("", 0, decision)
            return usual(progress, decision, at)

        monkeypatch.setattr(answering, "proposal_of", proposed)

    def learner(self, kind: str) -> User:
        """Somebody new in Wang's group."""
        name = f"L{next(self.numbers):04d}"
        before = self.now - YEAR
        user = register_user(
            username=name, name_zh="学员", name_en=name, kind="student", unit=self.they.lab.parent, now=before
        )
        add_member(group=self.they.group, user=user, by=self.they.wang, now=before)
        if kind != "uncleared":
            cleared(user, before, self.now + YEAR)
        if kind == "renewal":
            issue_certificate(
                user=user,
                instrument=self.they.sem,
                level="basic",
                valid_from=before,
                valid_until=self.now + 20 * DAY,
                issued_by=None,
                source_case=f"import:{name}",
                now=before,
            )
        if kind == "odd":
            self.odd.add(user.pk)
        return user

    def begin(self, kind: str) -> Case:
        """The case of a new learner of a kind."""
        user = self.learner(kind)
        course: Course = self.advanced if kind == "advanced" else self.basic
        self.settings.RULES_ENGINE = "broken" if kind == "unanswered" else self.engine
        case = apply_for_training(by=user, now=self.now, data={"course": course})
        self.settings.RULES_ENGINE = self.engine
        hear(self.now)
        case.refresh_from_db()
        return case

    def session(self, at: datetime) -> GuidedSession:
        """A session in a slot of its own."""
        start = at + next(self.slots) * HOUR
        return make.session(self.they, at, starts_at=start, ends_at=start + HOUR)

    def sit(self, case: Case, right: int | None) -> Act:
        """The learner sits the exam."""

        def act(at: datetime) -> None:
            request = request_in(case)
            attempt = start_exam(user=request.user, course=request.course, by=None, now=at)
            make.sit(attempt, at, right=right)

        return act

    def assess(self, case: Case, points: tuple[int, ...]) -> Act:
        """The trainer fills the rubric in."""

        def act(at: datetime) -> None:
            make.assessed(self.they, request_in(case), self.rubric, at, points)

        return act

    def rules(self, engine: str) -> Act:
        """The engine of the rules fails, or is mended."""
        return lambda _at: setattr(self.settings, "RULES_ENGINE", engine)

    def work(self, _at: datetime, case: Case) -> None:
        """The learner and the trainer work for the whole session."""
        place = TrainingPlace.objects.filter(request=request_in(case)).latest("session__starts_at")
        make.supervised(self.they, place.session, 60)

    def lose(self, at: datetime) -> None:
        """The trainer cancels what is planned."""
        for session in GuidedSession.objects.filter(starts_at__gt=at, cancelled_at__isnull=True):
            cancel_guided_session(session=session, by=self.they.teng, now=at)

    def allow(self, at: datetime, case: Case) -> None:
        """Another attempt, on the page of the course."""
        request = request_in(case)
        allow_another_attempt(
            user=request.user, course=request.course, reason="page", by=self.they.teng, now=at
        )

    def take_back(self, at: datetime, case: Case) -> None:
        """The learner gives it up, past the case."""
        request = request_in(case)
        if request.state in TrainingRequest.OPEN:
            withdraw_request(request=request, by=request.user, now=at)

    def more(self, case: Case, *, anything: bool) -> dict[str, tuple[str, Act]]:
        """What the learner and the trainer do at the instrument, and what else may happen."""
        found: dict[str, tuple[str, Act]] = {
            "pass": ("exam", self.sit(case, None)),
            "fail": ("exam", self.sit(case, 0)),
            "allow": ("attempts", partial(self.allow, case=case)),
            "work": ("hours", partial(self.work, case=case)),
            "lose": ("hours", self.lose),
            "good": ("assess", self.assess(case, (1, 1, 9))),
            "bad": ("assess", self.assess(case, (0, 1, 9))),
            "break": ("assess", self.rules("broken")),
            "mend": ("unclear", self.rules(self.engine)),
        }
        return found | ({"take_back": ("", partial(self.take_back, case=case))} if anything else {})

    def data_of(self, step: Step, outcome: str, by: User) -> dict[str, Any]:
        if step.node == "place" and outcome == "complete":
            return {"session": self.session(step.asked_at)}
        return {}

    def laws(self, case: Case, now: datetime) -> None:
        """Request, places and certificate agree with the case."""
        request = request_in(case)
        held = level_of(request.user, self.they.sem, now)
        if case.is_open:
            waits = case.steps.filter(answered_at__isnull=True, node="look").exists()
            assert request.state == ("requested" if waits else "accepted")
            assert request.certificate is None
            return
        states = {"done": case.outcome, "withdrawn": "withdrawn", "overtaken": "overtaken"}
        assert request.state == states[case.state]
        assert (request.certificate is not None) is (case.outcome == "certified")
        if request.certificate is not None:
            assert held == request.certificate.level
            assert request.certificate.source_case == f"case:{case.ulid}"
        ahead = TrainingPlace.objects.filter(request=request, session__starts_at__gt=now)
        assert not ahead.exclude(state="left").exists()

    def walk(self, kind: str, choose: Choose, *, anything: bool) -> Case:
        """One learner's way to the end."""
        case = self.begin(kind)
        more = self.more(case, anything=anything)
        walk = Walk(self.they, case, self.now, choose=choose, data_of=self.data_of, more=more, laws=self.laws)
        ended = walk.to_the_end()
        self.settings.RULES_ENGINE = self.engine
        return ended


@pytest.fixture
def school(they: People, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> School:
    install_defaults(now=now - DAY)
    appoint_post(user=they.olga, unit=they.lab, kind="lab_head", by=they.office, now=now)
    ParameterValue.objects.create(key="training.most_assessments", value=2, valid_from=now - DAY)
    Instrument.objects.update(use_charged=False)
    they.sem.refresh_from_db()
    return School(they, now, settings, monkeypatch)


STRAIGHT = (
    *("answer look approve", "answer place complete", "more pass", "more work", "more good"),
    *("answer certify approve", "answer countersign approve", "answer again complete", "more mend"),
)
# What a long walk does when it may, one after the other; the rest is the straight way.
LONG: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("advanced", ()),
    ("advanced", ("answer countersign reject",)),
    ("advanced", ("back countersign certify", "answer countersign approve")),
    ("plain", ("more fail", "more allow", "more bad", "more bad")),
    ("plain", ("more lose", "more bad", "answer again hours", "more good", "answer certify hours")),
    ("plain", ("more break", "more good", "answer unclear complete", "more mend")),
    *(("odd", (f"answer unclear {answer}",)) for answer in ("complete", "hours", "assess", "reject")),
)


def long_way(planned: tuple[str, ...]) -> Choose:
    """Straight on, but for what is planned."""
    left = list(planned)

    def choose(turns: list[str]) -> str:
        if left and left[0] in turns:
            return left.pop(0)
        return next(turn for turn in (*STRAIGHT, *turns) if turn in turns)

    return choose


def test_every_edge_is_walked(school: School) -> None:
    taken: Counter[str] = Counter()
    edges: Counter[Edge] = Counter()
    wanted = edges_of(TrainingFlow)
    for kind, planned in LONG:
        edges += walked_edges(school.walk(kind, long_way(planned), anything=False))
    for number in range(60):
        case = school.walk(KINDS[number % len(KINDS)], least_walked(taken), anything=False)
        edges += walked_edges(case)
        if wanted <= edges.keys():
            break
    assert wanted - edges.keys() == set()
    assert Rubric.objects.count() == 1


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_any_walk_ends_with_case_request_and_certificate_agreeing(school: School, data: Any) -> None:
    kind = data.draw(st.sampled_from(KINDS), label="kind")
    school.walk(kind, lambda turns: data.draw(st.sampled_from(turns), label="turn"), anything=True)
