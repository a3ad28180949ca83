"""A laboratory is judged by what its instruments did together: people count once, ratios follow from their
parts.
"""

from datetime import datetime, timedelta

import pytest

from apps.evaluation import rounds, schemes
from apps.evaluation.models import SchemeVersion
from apps.instruments.models import Instrument
from apps.reports.figures import of_instruments
from tests.factories.evaluations import YEAR
from tests.factories.instruments import many
from tests.factories.usage import Past, past_uses
from tests.people import gather_with_rules
from workflows.evaluation.drawing import figures_for
from workflows.evaluation.periods import reports_period

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def test_people_of_a_laboratory_count_once_and_its_rate_follows_from_its_parts(now: datetime) -> None:
    they = gather_with_rules(now)
    many(they.sem, 1)
    schemes.install_shipped(now=now)
    version = SchemeVersion.objects.get(scheme__key="lab")
    round_ = rounds.open_round(version=version, year=YEAR, by=they.office, now=now)
    machines = list(Instrument.objects.filter(unit=they.lab))
    day = round_.starts + timedelta(days=30)
    for number, machine in enumerate(machines):
        past_uses(machine, [Past(day + timedelta(days=number), 2 * HOUR_MS, they.alice)])
    sheets = list(round_.sheets.select_related("instrument", "lab"))
    [found] = figures_for(sheets, round_).values()
    each = of_instruments([one.pk for one in machines], reports_period(round_))
    assert len(machines) > 1
    assert found["users"].value == 1
    assert sum(one["users"].value for one in each.values()) == len(machines)
    assert found["effective_hours"].value == 2 * HOUR_MS * len(machines)
    opened = sum(one["open_hours"].value for one in each.values())
    assert found["open_hours"].value == opened
    assert found["use_rate"].value == round(found["effective_hours"].value * 1000 / opened)
    assert found["users"].digest
    assert found["instruments"].value == len(machines)
