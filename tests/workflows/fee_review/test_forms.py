"""What the steps ask for, as a page shows it."""

import re
from datetime import datetime

import pytest
from django.utils.translation import override

from apps.instruments.operations import appoint_crew
from apps.panels.queries import options_of
from tests.factories.instruments import sister
from tests.workflows.fee_reviews import School, accept, agreed, at, content, invited, sent, step_of, vote
from workflows.answers import form_of
from workflows.fee_review import asked
from workflows.fee_review.forms import IssueForm
from workflows.fee_review.wording import in_words
from workflows.judging import lookup
from workflows.models import Case

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_proposed_day_is_written_as_a_date_field_reads_it(language: str) -> None:
    with override(language):
        page = str(IssueForm(None, None, case=Case(), user=None, prefix="data"))
    assert re.search(r'value="\d{4}-\d{2}-\d{2}"', page)


@pytest.mark.django_db
def test_the_prices_of_sister_instruments_are_told_apart(who: School, now: datetime) -> None:
    twins = [sister(who.sem, f"QY9000{number}", now) for number in range(2)]
    for one in twins:
        appoint_crew(instrument=one, user=who.manager, role="manager", by=who.they.office, now=now)
    case = agreed(who, sent(who, now, content(*twins), *twins), now)
    invited(who, case, now)
    m = who.board.members
    for user in m[:3]:
        accept(case, user, now)
    form = form_of(step_of(case, "vote", m[0]), m[0])
    labels = [field.label for name, field in form.fields.items() if name.startswith("price_")]
    assert len(set(labels)) == len(labels) == 6
    assert [label[:8] for label in labels] == ["QY90000 "] * 3 + ["QY90001 "] * 3
    raw = {"data-choice": "modify", "data-reason": "耗材", "data-price_3": "200"}
    bound = form_of(step_of(case, "vote", m[0]), m[0], raw)
    assert bound.is_valid()
    wanted = bound.cleaned_data
    for user in m[:2]:
        vote(case, user, now, {name: wanted[name] for name in ("choice", "option")})
    assert at(case) == "accept"
    panel = lookup.panels_of(case)[0]
    round_ = lookup.last_round(panel)
    assert round_ is not None
    (option,) = options_of(round_)
    words = in_words(asked.content_of(case), option.key, option.option)
    assert words.startswith("QY90001 ")
    assert "¥200.00" in words
