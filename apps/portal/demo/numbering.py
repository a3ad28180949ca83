"""The words with which the demonstration school begins the numbers of its official papers."""

from datetime import datetime

from apps.core.models import ParameterValue

WORDS = {
    "documents.word_fee_notice": "青屿设备公示",
    "documents.word_fee_decision": "青屿设备",
    "documents.word_not_open_notice": "青屿设备免公示",
    "documents.word_not_open": "青屿设备免",
    "documents.word_appointment": "青屿设备聘",
}


def choose_words(*, now: datetime) -> None:
    """One word for each kind of official paper, in force from `now`."""
    for key, word in WORDS.items():
        ParameterValue.objects.create(
            key=key, value=word, valid_from=now, reason="The school's own word for this kind of paper"
        )
