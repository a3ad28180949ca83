"""The yearly review of laboratories, from its opening to what follows, as the regulation has it.

Three laboratories in 2025, whose hours come from real records of use (* from outside):

                 instruments  open  online  hours            papers
  Materials      1            1     1       1326 + 273*      one of its own, one together with Nuclear
  Nuclear        2            1     1       1326 + 273*      one together with Materials
  Optics         1            0     0       none             none
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.evaluation import judging, publications, reporting
from apps.evaluation.models import Appeal, Consequence, FrozenFigure, Judge, Round, Sheet
from apps.evaluation.publishing import in_force
from apps.instruments.models import Instrument
from apps.panels.models import Panel
from apps.people.models import OrgUnit, User
from apps.people.operations import create_unit
from apps.people.posts import appoint_post
from apps.usage.models import UsageRecord
from documents.evaluation_papers import EvaluationResultContext
from documents.kinds import thaw
from documents.models import Document
from tests.factories.evaluations import scheme
from tests.factories.instruments import sister
from tests.factories.panels import staff
from tests.factories.refusals import refused
from tests.factories.usage import Past, past_uses
from tests.workflows.evaluations import (
    DAY,
    HOUR,
    School,
    answer,
    hearing_of,
    panel,
    report_of,
    school,
    step_of,
    vote,
    worked,
)
from workflows import services
from workflows.evaluation.beginning import begin_round
from workflows.evaluation_hearing.asked import eligible, option_of
from workflows.models import Case
from workflows.nodes import Job

pytestmark = pytest.mark.django_db

HOUR_MS = 3_600_000
MARCH = datetime(2025, 3, 3, 1, tzinfo=UTC)


@dataclass
class Labs:
    """The laboratories, who heads them, and the round that judges them."""

    who: School
    materials: OrgUnit
    nuclear: OrgUnit
    optics: OrgUnit
    heads: dict[int, User]
    round: Round
    case: Case
    now: datetime

    def sheet(self, lab: OrgUnit) -> Sheet:
        """The sheet of a laboratory as it is now."""
        return Sheet.objects.select_related("round__version__scheme", "lab", "unit").get(
            round=self.round, lab=lab
        )

    def head(self, lab: OrgUnit) -> User:
        """Who heads it."""
        return self.heads[lab.pk]

    def reports(self, lab: OrgUnit, **amounts: str) -> None:
        """The head of a laboratory says what records do not know."""
        for key, amount in amounts.items():
            reporting.report_item(
                sheet=self.sheet(lab),
                key=key,
                amount=Decimal(amount),
                what=f"{key} 2025",
                by=self.head(lab),
                now=self.now,
            )

    def claims(self, lab: OrgUnit, title: str) -> None:
        """The head of a laboratory claims a core paper of 2025."""
        publications.claim_paper(
            sheet=self.sheet(lab), title=title, year=2025, by=self.head(lab), now=self.now
        )


@pytest.fixture
def labs(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Labs:
    """Everybody is in office, the records of 2025 are there, and the office has opened the round."""
    monkeypatch.setattr(Job, "dispatch", staticmethod(lambda task_pk: None))
    who = school(now, sisters=0)
    they, materials, before = who.they, who.they.lab, now - 30 * DAY
    nuclear, optics = (
        create_unit(code=code, kind="lab", name_zh=zh, name_en=en, parent=materials.parent, now=before)
        for code, zh, en in (("NUC", "核技术实验室", "Nuclear lab"), ("OPT", "光学实验室", "Optics lab"))
    )
    heads = {materials.pk: who.head}
    for lab, login in ((nuclear, "nuchead"), (optics, "opthead")):
        heads[lab.pk] = staff(login, "室主任", before, unit=lab)
        appoint_post(user=heads[lab.pk], unit=lab, kind="lab_head", by=they.office, now=before)
    since = they.sem.valid_from
    first, second = (
        sister(they.sem, f"NUC00{number}", since, unit=nuclear, opening_level=level)
        for number, level in ((1, 3), (2, 0))
    )
    sister(they.sem, "OPT001", since, unit=optics, opening_level=0)
    Instrument.objects.filter(pk=they.sem.pk).update(opening_level=3)
    past_uses(they.sem, [Past(MARCH, 1326 * HOUR_MS, they.alice), Past(MARCH, 273 * HOUR_MS, they.charlie)])
    past_uses(first, [Past(MARCH, 1326 * HOUR_MS, they.bob)])
    past_uses(second, [Past(MARCH, 273 * HOUR_MS, they.charlie)])
    ParameterValue.objects.create(key="evaluation.stop_purchase", value=True, valid_from=before)
    round_, case = begin_round(version=scheme(now, "lab"), year=2025, by=they.office, now=now)
    worked(case, now)
    round_.refresh_from_db()
    return Labs(who, materials, nuclear, optics, heads, round_, case, now)


def reported(labs: Labs) -> datetime:
    """Two laboratories have reported and the department has confirmed; the third lets the time pass. Gives
    when the round is scored.
    """
    labs.reports(
        labs.materials,
        rules_in_place="5",
        staff_technical="1",
        papers_external="10",
        rating="1",
        repairs_own="1",
    )
    labs.claims(labs.materials, "Growth of oxides")
    labs.claims(labs.materials, "Neutrons in oxides")
    labs.reports(
        labs.nuclear,
        rules_in_place="5",
        staff_technical="1",
        papers_external="4",
        rating="0.8",
        repairs_own="1",
        repairs_bought="3",
    )
    labs.claims(labs.nuclear, "Neutrons in Oxides")
    for lab in (labs.materials, labs.nuclear):
        answer(report_of(labs.sheet(lab)), "report", labs.head(lab), labs.now)
    item = labs.sheet(labs.nuclear).items.get(key="rules_in_place")
    reporting.correct_item(
        item=item, counted=Decimal(4), reason="one of them was repealed", by=labs.who.dean, now=labs.now
    )
    for lab in (labs.materials, labs.nuclear):
        answer(report_of(labs.sheet(lab)), "department", labs.who.dean, labs.now, "approve")
    late = labs.now + 40 * DAY
    services.sweep(now=late)
    answer(report_of(labs.sheet(labs.optics)), "department", labs.who.dean, late, "approve")
    services.sweep(now=late)
    worked(labs.case, late)
    labs.round.refresh_from_db()
    return late


def weighted(sheet: Sheet) -> list[int]:
    """The weighted parts of a sheet in hundredths of a point, in the order of the scheme."""
    return [line["weighted"] for line in sheet.score.lines]


def heard(labs: Labs, at: datetime) -> list[User]:
    """The first panel takes a point from Materials and leaves Optics where it is. Gives its members."""
    hearing, members = hearing_of(labs.round), labs.who.board.members[:3]
    panel(hearing, labs.who, members, at)
    option = option_of({labs.sheet(labs.materials).ulid: -100})
    for user in members:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            vote(hearing, user, at, choice="modify", reason="a paper is not of this year", option=option)
    services.sweep(now=at)
    labs.round.refresh_from_db()
    return members


def test_opening_makes_a_sheet_for_each_laboratory_and_freezes_the_figures_of_its_instruments(
    labs: Labs,
) -> None:
    assert labs.round.state == "reporting"
    assert set(labs.round.sheets.values_list("lab", flat=True)) == set(labs.heads)
    frozen = {
        (row.sheet.lab_id, row.key): row.value
        for row in FrozenFigure.objects.filter(sheet__round=labs.round).select_related("sheet")
    }
    for lab, hours, external, instruments, open_, online in (
        (labs.materials, 1599, 273, 1, 1, 1),
        (labs.nuclear, 1599, 273, 2, 1, 1),
        (labs.optics, 0, 0, 1, 0, 0),
    ):
        told = [frozen[lab.pk, key] for key in ("effective_hours", "external_hours")]
        assert told == [hours * HOUR_MS, external * HOUR_MS]
        counts = ("instruments", "instruments_open", "instruments_online")
        assert [frozen[lab.pk, key] for key in counts] == [instruments, open_, online]
    figure = labs.sheet(labs.nuclear).figures.get(key="effective_hours")
    assert (figure.records, len(figure.digest), figure.source) == (2, 64, "usage.records")


def test_the_head_of_a_laboratory_reports_and_the_department_looks_at_it_not_the_laboratory_itself(
    labs: Labs,
) -> None:
    case = report_of(labs.sheet(labs.nuclear))
    asked = step_of(case, "report").candidates.select_related("user")
    assert [one.user for one in asked] == [labs.head(labs.nuclear)]
    for stranger in (labs.head(labs.materials), labs.who.they.teng):
        with refused(NotPermitted, "evaluation.not_reporter"):
            reporting.report_item(
                sheet=labs.sheet(labs.nuclear),
                key="rating",
                amount=Decimal(1),
                what="all content",
                by=stranger,
                now=labs.now,
            )
    answer(case, "report", labs.head(labs.nuclear), labs.now)
    assert not case.steps.filter(node="lab").exists()
    asked = step_of(case, "department").candidates.select_related("user")
    assert [one.user for one in asked] == [labs.who.dean]
    answer(case, "department", labs.who.dean, labs.now, "reject", opinion="the repairs are missing")
    assert labs.sheet(labs.nuclear).state == "reporting"


def test_scores_are_those_that_the_table_of_the_scheme_gives_by_hand(labs: Labs) -> None:
    reported(labs)
    assert labs.round.state == "judging"
    # 20x5; 1/1; 500x1/1 capped; 1/1; 1599/1599; 1 + 1/2 papers, capped; 273/273; 50 + 50; 1/1
    materials = labs.sheet(labs.materials)
    assert weighted(materials) == [1000, 1500, 1000, 500, 1200, 800, 2000, 1400, 600]
    assert (materials.total, materials.grade, materials.band, materials.way) == (
        10_000,
        "excellent",
        "top",
        "panel",
    )
    # 20x4 (the department counts 4 of 5); 1/2; 500x1/2 capped; 1/2; 799.5/1599; half a paper for two
    # instruments, 25; 136.5/273; 20 + 40; 1/4
    nuclear = labs.sheet(labs.nuclear)
    assert weighted(nuclear) == [800, 750, 1000, 250, 600, 200, 1000, 840, 150]
    assert (nuclear.total, nuclear.grade, nuclear.band, nuclear.way) == (5590, "poor", "middle", "stands")
    # nothing broke: maintenance is full
    optics = labs.sheet(labs.optics)
    assert weighted(optics) == [0, 0, 0, 0, 0, 0, 0, 0, 600]
    assert (optics.total, optics.grade, optics.band, optics.unreported) == (600, "poor", "bottom", True)


def test_the_panel_looks_at_the_best_and_the_last_and_nobody_of_their_laboratories_sits_on_it(
    labs: Labs,
) -> None:
    at = reported(labs)
    hearing = hearing_of(labs.round)
    assert {one.lab for one in judging.before_panel(labs.round)} == {labs.materials, labs.optics}
    with refused(Invalid, "evaluation.excluded"):
        sent = {"members": [labs.who.head, *labs.who.board.members[:2]], "substitutes": []}
        answer(hearing, "form_panel", labs.who.board.secretary, at, data=sent)
    assert not Judge.objects.exists()
    heard(labs, at)
    assert labs.round.state == "notice"
    assert [labs.sheet(lab).total for lab in (labs.materials, labs.nuclear, labs.optics)] == [9900, 5590, 600]
    adjusted = labs.sheet(labs.materials).adjustments.get()
    assert (adjusted.stage, adjusted.reason) == ("bands", "a paper is not of this year")


def test_the_whole_way_to_publication_and_what_follows(labs: Labs) -> None:
    at = reported(labs)
    first = heard(labs, at)

    # the notice: whoever answers for a laboratory may appeal once, while it stands
    with refused(NotPermitted, "evaluation.not_reporter"):
        judging.raise_appeal(
            sheet=labs.sheet(labs.nuclear), reason="unfair", by=labs.head(labs.optics), now=at + HOUR
        )
    reason = "the year's new rule was overlooked"
    mine = labs.sheet(labs.nuclear)
    judging.raise_appeal(sheet=mine, reason=reason, by=labs.head(labs.nuclear), now=at + HOUR)
    with refused(WrongState, "evaluation.appealed"):
        judging.raise_appeal(sheet=mine, reason=reason, by=labs.head(labs.nuclear), now=at + 2 * HOUR)
    until = labs.round.notice_until
    assert until is not None
    with refused(WrongState, "evaluation.no_notice"):
        judging.raise_appeal(
            sheet=labs.sheet(labs.optics), reason="late", by=labs.head(labs.optics), now=until
        )

    # the appeal: another panel, none of whom judged first, and a change within the limit of the round
    services.sweep(now=until)
    hearing = hearing_of(labs.round, "appeal")
    assert not set(first) & set(eligible(hearing, until))
    with refused(WrongState, "evaluation.first_judge"):
        sent = {"members": labs.who.board.members[2:5], "substitutes": []}
        answer(hearing, "form_panel", labs.who.board.secretary, until, data=sent)
    second = labs.who.board.members[3:6]
    panel(hearing, labs.who, second, until)
    for user in second:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            option = option_of({mine.ulid: 410})
            vote(hearing, user, until, choice="modify", reason="the rule is in force", option=option)
    appeal = Appeal.objects.get()
    assert (appeal.upheld, appeal.answer) == (True, "the rule is in force")
    nuclear = labs.sheet(labs.nuclear)
    assert (nuclear.computed, nuclear.total, nuclear.grade) == (5590, 6000, "pass")
    assert not Panel.objects.filter(ended_at__isnull=True).exists()

    # the publication: a numbered paper that everybody reads
    services.sweep(now=until)
    with refused(NotPermitted, "workflows.not_yours"):
        answer(labs.case, "publish", labs.who.dean, until)
    answer(labs.case, "publish", labs.who.they.office, until)
    labs.round.refresh_from_db()
    assert (labs.round.state, labs.case.outcome) == ("published", "published")
    told = thaw(Document.objects.get(ulid=labs.round.document).content)
    assert isinstance(told, EvaluationResultContext)
    assert told.laboratories
    assert [(row.subject.zh, row.score, row.grade.zh) for row in told.rows] == [
        (labs.materials.name_zh, "99.00", "优秀"),
        ("核技术实验室", "60.00", "合格"),
        ("光学实验室", "6.00", "不合格"),
    ]
    assert (told.appeals, told.upheld) == (1, 1)

    # the consequences: an award and a subsidy for the best, no purchases for the last, nothing for a pass
    follows = {
        (one.sheet.lab_id, str(one.kind))
        for one in Consequence.objects.select_related("sheet").order_by("id")
    }
    assert follows == {
        (labs.materials.pk, "award"),
        (labs.materials.pk, "subsidy"),
        (labs.optics.pk, "stop_purchase"),
    }
    assert [one.sheet.lab for one in in_force("stop_purchase", until)] == [labs.optics]
    assert not in_force("stop_purchase", until + 366 * DAY).exists()


def test_what_was_published_stays_whatever_becomes_of_the_records(labs: Labs) -> None:
    at = reported(labs)
    heard(labs, at)
    until = labs.round.notice_until
    assert until is not None
    services.sweep(now=until)
    answer(labs.case, "publish", labs.who.they.office, until)
    before = list(labs.round.sheets.order_by("id").values_list("total", "grade", "figures__digest"))
    UsageRecord.objects.update(held="usage.implausible")
    Instrument.objects.update(opening_level=0)
    assert list(labs.round.sheets.order_by("id").values_list("total", "grade", "figures__digest")) == before
