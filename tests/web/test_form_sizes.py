"""The largest forms that the product itself offers are taken by it."""

from django.conf import settings

from apps.samples.fields import MOST_FIELDS
from apps.samples.importing import MOST_ROWS
from apps.samples.models import Hazard

PLAIN = 5  # name, size, magnetic, volatile, and whether the row goes


def test_a_list_of_samples_with_every_question_is_one_form() -> None:
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS is not None
    row = PLAIN + len(Hazard) + MOST_FIELDS
    assert MOST_ROWS * row < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
