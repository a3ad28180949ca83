# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The words with which the demonstration school begins the numbers of its official papers, and the (invented)
regulation on which they rest.
"""

from datetime import datetime

from apps.core.models import ParameterValue
from apps.core.parameters import value

WORDS = {
    "documents.word_fee_notice": "青屿设备公示",
    "documents.word_fee_decision": "青屿设备",
    "documents.word_not_open_notice": "青屿设备免公示",
    "documents.word_not_open": "青屿设备免",
    "documents.word_appointment": "青屿设备聘",
}
REGULATION = "《青屿大学大型仪器设备开放共享收费管理办法》（青屿校发〔2025〕18号）"
LOAD = 9


def choose_words(*, now: datetime) -> None:
    """One word for each kind of official paper, in force from `now`, what prices are noticed by, and
    on how many panels a member may sit at once.
    """
    for key, word in WORDS.items():
        ParameterValue.objects.create(
            key=key, value=word, valid_from=now, reason="The school's own word for this kind of paper"
        )
    ParameterValue.objects.create(
        key="fees.notice_days",
        value=value("fees.notice_days", at=now),
        valid_from=now,
        reason="As the regulation of the school has it",
        cites=REGULATION,
    )
    ParameterValue.objects.create(
        key="panels.load_limit",
        value=LOAD,
        valid_from=now,
        reason="Seven members judge two cases in every stage at once",
    )
