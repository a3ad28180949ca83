"""A case whose object is gone ends with a reason that its reader can read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from workflows.booking.flow import booking_of
from workflows.committee.flow import appointment_of
from workflows.errors import Overtaken
from workflows.evaluation_hearing.asked import round_of
from workflows.evaluation_sheet.flow import sheet_of
from workflows.facility_review.asked import table_of
from workflows.models import Case
from workflows.night_endorsement.flow import request_of
from workflows.registration.flow import application_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REASONS: tuple[tuple[Callable[[Case], Any], str, str], ...] = (
    (application_of, "The application was withdrawn or decided otherwise.", "申请已撤回或另行处理。"),
    (request_of, "The application has been decided otherwise.", "该申请已另行处理。"),
    (booking_of, "The booking has been cancelled or decided otherwise.", "该预约已取消或已另行处理。"),
    (appointment_of, "The appointment has been decided otherwise.", "该任命已另行处理。"),
    (table_of, "The table is gone.", "该考核表已不存在。"),
    (round_of, "The round of this hearing is over.", "此次评议所属的评价已结束。"),
    (sheet_of, "The round of this sheet is over.", "此评价表所属的评价已结束。"),
)


@pytest.mark.parametrize(
    ("find", "english", "chinese"), REASONS, ids=lambda one: getattr(one, "__name__", "")
)
def test_why_a_case_was_overtaken_is_said_in_both_languages(
    find: Callable[[Case], Any], english: str, chinese: str
) -> None:
    gone = Case(subject_ref="nothing:01ARZ3NDEKTSV4RRFFQ69G5FAV")
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language), pytest.raises(Overtaken) as told:
            find(gone)
        assert told.value.reason == words
