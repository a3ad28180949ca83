"""What the steps ask for, as a page shows it."""

import re

import pytest
from django.utils.translation import override

from workflows.fee_review.forms import IssueForm
from workflows.models import Case

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_proposed_day_is_written_as_a_date_field_reads_it(language: str) -> None:
    with override(language):
        page = str(IssueForm(None, None, case=Case(), user=None, prefix="data"))
    assert re.search(r'value="\d{4}-\d{2}-\d{2}"', page)
