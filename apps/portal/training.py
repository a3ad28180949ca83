"""What a course still asks of somebody, as conditions that a page can draw: asked without a record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.clearances import mending
from apps.portal.conditions import Sorted, sort_conditions
from apps.training.eligibility import Asked, preview_eligibility
from apps.training.models import Course
from rules.decision import ConditionView


@dataclass(frozen=True)
class FactShown:
    """A fact with its source."""

    name: str
    value: Any
    source: Any


@dataclass(frozen=True)
class Condition:
    """One condition in the shape that conditions.html draws."""

    code: str
    zh: str
    en: str
    met: bool
    mender: str
    mender_label: str
    link: str
    facts: tuple[FactShown, ...]


@dataclass(frozen=True)
class Missing:
    """Whether the training may begin, and every condition; `alarmed` when no table could be asked."""

    allowed: bool
    alarmed: bool
    sorted: Sorted[Condition]


def missing_of(asked: Asked, now: datetime) -> Missing:
    """What is missing for a wish, judged by the table in force."""
    judgement = preview_eligibility(asked, now=now)
    conditions = [_condition(view, asked) for view in judgement.conditions()]
    return Missing(judgement.allowed, bool(judgement.alarm), sort_conditions(conditions))


def _condition(view: ConditionView, asked: Asked) -> Condition:
    return Condition(
        code=view.code,
        zh=view.title_zh if view.met else view.zh,
        en=view.title_en if view.met else view.en,
        met=view.met,
        mender=view.mender,
        mender_label=mending.label(view.mender),
        link=_link(view.code),
        facts=tuple(
            FactShown(name, getattr(asked.facts, name), asked.sources.get(name, {})) for name in view.columns
        ),
    )


def _link(code: str) -> str:
    """The page where a condition of a training is mended; empty while there is none."""
    if code.startswith("safety."):
        course = Course.objects.filter(kind=Course.Kind.SAFETY, retired_at__isnull=True).first()
        return reverse("exam_start", args=[course.ulid]) if course else ""
    if code.startswith("fund."):
        return reverse("usage_list")
    return ""
