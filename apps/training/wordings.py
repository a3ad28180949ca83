"""The wording of a question: what it may look like, its faults, and its digest. Pure: reads no database."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.training.models import Question

LETTERS = "ABCDEF"
MOST_POINTS = 100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_LONGEST = 4000
TRUE_FALSE = (("A", "正确", "True"), ("B", "错误", "False"))
Kind = Question.Kind


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen. The English words may be missing."""

    key: str
    zh: str
    en: str = ""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A question as somebody writes it. `correct` holds keys of options; for a true-false question A is true,
    and it has no options of its own. Empty periods mean from now on, for good.
    """

    code: str
    topic: str
    kind: str
    text_zh: str
    correct: tuple[str, ...]
    options: tuple[Option, ...] = ()
    points: int = 1
    text_en: str = ""
    explanation_zh: str = ""
    explanation_en: str = ""
    active_from: datetime | None = None
    active_until: datetime | None = None

    @property
    def choices(self) -> tuple[Option, ...]:
        """The options as they are asked."""
        return tuple(Option(*words) for words in TRUE_FALSE) if self.kind == Kind.TRUE_FALSE else self.options

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that was written: equal digests ask the same."""
        written: dict[str, Any] = {
            "code": self.code,
            "topic": self.topic,
            "kind": self.kind,
            "points": self.points,
            "text": [self.text_zh, self.text_en],
            "options": [[option.key, option.zh, option.en] for option in self.choices],
            "correct": sorted(self.correct),
            "explanation": [self.explanation_zh, self.explanation_en],
            "active": [_utc(at) for at in (self.active_from, self.active_until)],
        }
        text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _utc(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def wording_of(question: Question) -> Wording:
    """A row of the bank (fetched with its topic) as it was written: whether its first day was named is told
    by the digest.
    """
    own = question.kind != Kind.TRUE_FALSE
    written = Wording(
        code=question.code,
        topic=question.topic.code,
        kind=question.kind,
        points=question.points,
        text_zh=question.text_zh,
        text_en=question.text_en,
        options=tuple(Option(o["key"], o["zh"], o["en"]) for o in question.options) if own else (),
        correct=tuple(question.correct),
        explanation_zh=question.explanation_zh,
        explanation_en=question.explanation_en,
        active_until=question.valid_until,
    )
    return written if written.digest == question.digest else replace(written, active_from=question.valid_from)


@dataclass(frozen=True)
class WordingFault:
    """What is wrong with a wording: the member, a dotted code and words."""

    member: str
    code: str
    message: Text


def faults_of(wording: Wording) -> list[WordingFault]:
    """Everything that is wrong with a wording, at once."""
    return [*_in_the_head(wording), *_in_the_words(wording), *_in_the_answers(wording)]


def _in_the_head(wording: Wording) -> Iterator[WordingFault]:
    if not _CODE.fullmatch(wording.code):
        yield WordingFault(
            "code",
            "training.question_code",
            _("A code is up to 40 letters, digits, dots, dashes and underscores."),
        )
    if wording.kind not in Kind.values:
        yield WordingFault("kind", "training.question_kind", _("Unknown kind of question."))
    if not 1 <= wording.points <= MOST_POINTS:
        yield WordingFault("points", "training.question_points", _("Points are whole numbers from 1 to 100."))
    begins, ends = wording.active_from, wording.active_until
    if begins is not None and ends is not None and ends <= begins:
        yield WordingFault(
            "active_until", "training.question_period", _("The end must be after the beginning.")
        )


def _in_the_words(wording: Wording) -> Iterator[WordingFault]:
    if not wording.text_zh.strip():
        yield WordingFault("text_zh", "training.question_text", _("The question has no Chinese text."))
    texts = {
        "text_zh": wording.text_zh,
        "text_en": wording.text_en,
        "explanation_zh": wording.explanation_zh,
        "explanation_en": wording.explanation_en,
        "options": "".join(option.zh + option.en for option in wording.options),
    }
    for member, text in texts.items():
        if len(text) > _LONGEST or "\0" in text:
            yield WordingFault(member, "training.question_too_long", _("This text is too long."))


def _in_the_answers(wording: Wording) -> Iterator[WordingFault]:
    keys = [option.key for option in wording.choices]
    if wording.kind == Kind.TRUE_FALSE:
        if wording.options:
            yield WordingFault(
                "options", "training.question_options", _("A true-false question has no options of its own.")
            )
    elif not 2 <= len(keys) <= len(LETTERS) or keys != list(LETTERS[: len(keys)]):
        yield WordingFault(
            "options", "training.question_options", _("Two to six options, A first and without a gap.")
        )
    elif not all(option.zh.strip() for option in wording.options):
        yield WordingFault("options", "training.question_options", _("An option has no Chinese text."))
    if not _answers(wording, keys):
        yield WordingFault("correct", "training.question_correct", _("The answer does not fit the question."))


def _answers(wording: Wording, keys: list[str]) -> bool:
    chosen = set(wording.correct)
    if len(chosen) != len(wording.correct) or not chosen or not chosen <= set(keys):
        return False
    return len(chosen) == 1 or wording.kind == Kind.MULTIPLE
