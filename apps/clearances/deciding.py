# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""From a situation to a decision on record, and from a decision to words. The only place where the gate
meets `apps.decisions`.
"""

from datetime import datetime

from apps.clearances import mending
from apps.clearances.answers import Condition, FactShown, Reason
from apps.clearances.facts import Situation
from apps.core.clock import school_time
from apps.decisions.judging import Judgement, judge
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import Decided, decide, record_judgement
from apps.instruments.models import Instrument
from rules.decision import ConditionView, Decision
from rules.points.access_unlock import KEY

UNKNOWN_CARD = "card.unknown"


def decide_situation(situation: Situation, *, asked_by: str, now: datetime) -> Decided:
    """The recorded decision about a situation, by the table in force at the moment asked for."""
    return decide(
        point=KEY,
        facts=situation.facts,
        sources=situation.sources,
        subject_id=situation.person.id if situation.person else None,
        object_ref=_object(situation.question.instrument),
        asked_by=asked_by,
        now=now,
        at=situation.question.at,
    )


def judge_situation(situation: Situation) -> Judgement:
    """The same decision without a record, for asking again where nothing may have changed."""
    return judge(point=KEY, facts=situation.facts, at=situation.question.at)


def record_situation(
    situation: Situation, judgement: Judgement, *, asked_by: str, now: datetime
) -> DecisionRecord:
    """The record of a judgement that turned out to matter."""
    return record_judgement(
        judgement,
        sources=situation.sources,
        subject_id=situation.person.id if situation.person else None,
        object_ref=_object(situation.question.instrument),
        asked_by=asked_by,
        now=now,
    )


def reasons_of(decision: Decision, instrument: Instrument) -> tuple[Reason, ...]:
    """Every failing condition in words, with its mender and page; none for a permit. Each code once."""
    if decision.allowed:
        return ()
    found = {reason.code: reason for reason in reversed(decision.reasons)}
    return tuple(
        Reason(code, found[code].zh, found[code].en, found[code].mender, mending.link(code, instrument))
        for code in decision.codes
    )


def conditions_of(situation: Situation, judgement: Judgement) -> tuple[Condition, ...]:
    """Every condition of the purpose, met or not, with the facts that it looks at and their sources."""
    return tuple(_condition(view, situation) for view in judgement.conditions())


def message(reasons: tuple[Reason, ...], until: datetime | None) -> tuple[str, str]:
    """What the reader's display says, Chinese and English: all reasons, or until when it is unlocked."""
    if until is not None:
        clock = f"{school_time(until):%H:%M}"
        return f"已解锁，可用至 {clock}", f"Unlocked until {clock}"
    return "；".join(reason.zh for reason in reasons), "; ".join(reason.en for reason in reasons)


def _condition(view: ConditionView, situation: Situation) -> Condition:
    values = situation.facts
    return Condition(
        code=view.code,
        zh=view.title_zh if view.met else view.zh,
        en=view.title_en if view.met else view.en,
        met=view.met,
        mender=view.mender,
        mender_label=mending.label(view.mender),
        link=mending.link(view.code, situation.question.instrument),
        facts=tuple(
            FactShown(name, getattr(values, name), situation.sources.get(name, {})) for name in view.columns
        ),
    )


def _object(instrument: Instrument) -> str:
    return f"instrument:{instrument.ulid}"
