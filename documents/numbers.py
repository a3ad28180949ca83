"""The number of a paper, made from its kind, the year and the next serial. Numbers with the agency's word are
unique across kinds: a word that two kinds share would give two papers one number, so it is refused.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.parameters import value
from documents import fonts
from documents.kinds import Kind
from documents.models import Document

LONGEST_WORD = 24  # letters; a number has room for 40


def next_number(kind: Kind, *, year: int, serial: int, now: datetime) -> str:
    """The number of the document that gets this serial; official papers take the agency's word in force
    `now`. Raises Invalid `documents.word`, `documents.number_taken`.
    """
    if not kind.is_official:
        return kind.number(year, serial)
    number = kind.number(year, serial, _word(kind, now))
    if Document.objects.filter(number=number).exists():
        raise Invalid(
            _("Another paper has the number %(number)s. Each kind of official paper wants a word of its own.")
            % {"number": number},
            code="documents.number_taken",
        )
    return number


def _word(kind: Kind, now: datetime) -> str:
    word = str(value(kind.word_parameter, at=now)).strip()
    if not word or len(word) > LONGEST_WORD or fonts.missing(word):
        raise Invalid(
            _("The parameter %(parameter)s holds no word that can begin the number of a paper.")
            % {"parameter": kind.word_parameter},
            code="documents.word",
        )
    return word
