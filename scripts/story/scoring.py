"""What the hosted instrument is worth in its academic year, by the ministry's scheme: figures drawn from the
records and frozen, what records do not know reported by the crew, confirmed by who is above it, scored. It is
followed by arithmetic that is done here, from the records of the story alone.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from apps.core.clock import now as clock_now
from apps.core.clock import school_time
from apps.core.money import format_yuan
from apps.evaluation.models import Round, Scheme, SchemeVersion, Sheet
from apps.evaluation.periods import FIRST_MONTH
from apps.evaluation.reporting import report_item
from apps.evaluation.schemes import install_shipped
from apps.instruments.models import Instrument
from scripts.story.asking import waits
from scripts.story.school import School
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows import services
from workflows.evaluation.beginning import begin_round
from workflows.models import Case

QUOTA_HOURS = 1400
CENT = Decimal("0.01")
FUNCTIONS = (("functions_original", 5), ("functions_used", 5))


def score(
    stage: Stage, school: School, machine: Instrument, used: tuple[datetime, int, int], teller: Teller
) -> int:
    """A round of this one instrument; gives its score in hundredths. `used`: since when, hours, fen."""
    since, hours, fen = used
    now = clock_now()
    install_shipped(now=now)
    version = SchemeVersion.objects.get(scheme=Scheme.objects.get(key="ministry"), number=1)
    day = school_time(since)
    round_, _case = begin_round(
        version=version,
        year=day.year if day.month >= FIRST_MONTH else day.year - 1,
        by=school.office,
        now=now,
        instruments=Instrument.objects.filter(pk=machine.pk),
    )
    asked = Round.objects.filter(pk=round_.pk, state=Round.State.REPORTING)
    stage.wait(asked.exists, "the figures to be frozen", seconds=60)
    sheet = round_.sheets.get()
    for key, amount in FUNCTIONS:
        report_item(
            sheet=sheet, key=key, amount=Decimal(amount), what="成像功能", by=school.trainer, now=clock_now()
        )
    _confirmed(stage, Case.objects.get(subject_ref=f"evaluation_sheet:{sheet.ulid}"))
    scored = Sheet.objects.filter(pk=sheet.pk, state=Sheet.State.SCORED)
    stage.wait(scored.exists, "the score", seconds=60)
    sheet = scored.select_related("score").get()
    expected = _by_hand(hours, fen)
    if sheet.computed is None or Decimal(sheet.computed) / 100 != expected:
        raise StoryBroken(
            f"scored {sheet.computed} hundredths, arithmetic says {expected}: {sheet.score.lines}"
        )
    teller.say(
        f"Its year is evaluated so far, by the ministry's scheme: {hours} hours of {QUOTA_HOURS}, "
        f"one person who works alone, {format_yuan(fen)}, {FUNCTIONS[1][1]} functions used: "
        f"{expected} points, every part explained on its sheet."
    )
    return sheet.computed


def _confirmed(stage: Stage, case: Case) -> None:
    """Crew, laboratory and department: whoever is asked first answers."""
    while case.is_open:
        stage.wait(lambda: waits(case), "the next to be asked", seconds=30)
        step = case.steps.select_related("task", "case").filter(answered_at__isnull=True).order_by("id")[0]
        outcome = "complete" if step.node == "report" else "approve"
        by = step.candidates.select_related("user").order_by("id")[0].user
        services.answer(step=step, by=by, now=clock_now(), outcome=outcome)
        case.refresh_from_db()


def _by_hand(hours: int, fen: int) -> Decimal:
    """35 % machine hours, 20 % people, 25 % results, 15 % income, 5 % functions; each rounded half up."""
    parts = (
        Decimal(hours) / QUOTA_HOURS * 100 * 35 / 100,
        Decimal(10) * 1 * 20 / 100,  # Alice has the host's certificate
        Decimal(5) * fen / 100 / 1000 * 15 / 100,
        Decimal(60) * 5 / 100,
    )
    return sum((part.quantize(CENT, ROUND_HALF_UP) for part in parts), Decimal(0))
