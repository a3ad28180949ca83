"""One recorded decision for somebody who may see it: for its page and for programs. The conditions are made
again from the record; nothing is decided anew and nothing recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.clearances import mending
from apps.core.errors import NotFound
from apps.decisions.models import DecisionRecord
from apps.decisions.replay import conditions_then
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage, with_scopes
from apps.people.models import User
from apps.people.queries import is_office
from rules.decision import ConditionView


@dataclass(frozen=True)
class FactThen:
    """A fact as it was known, with its source."""

    name: str
    value: Any
    source: dict[str, Any]


@dataclass(frozen=True)
class ConditionThen:
    """A condition as it stood, in the shape that conditions.html draws."""

    code: str
    zh: str
    en: str
    met: bool
    mender: str
    mender_label: str
    link: str
    facts: tuple[FactThen, ...]


def decision_for(user: User, ulid: str, at: datetime) -> tuple[DecisionRecord, Instrument | None]:
    """The decision and the instrument that it is about, for its subject, the instrument's crew and the
    equipment office. Raises NotFound `decisions.not_found` for everybody else, whether or not there is one.
    """
    record = DecisionRecord.objects.select_related("ruleset", "subject").filter(ulid=ulid).first()
    instrument = None if record is None else _instrument(record)
    if record is None or not _may_see(user, record, instrument, at):
        raise NotFound(_("There is no such decision."), code="decisions.not_found")
    return record, instrument


def conditions_of(record: DecisionRecord, instrument: Instrument | None) -> list[ConditionThen]:
    """Every condition as it stood, met or failed."""
    return [_then(view, record, instrument) for view in conditions_then(record)]


def _instrument(record: DecisionRecord) -> Instrument | None:
    kind, _sep, ulid = record.object_ref.partition(":")
    if kind != "instrument":
        return None
    return with_scopes(Instrument.objects.filter(ulid=ulid)).first()


def _may_see(user: User, record: DecisionRecord, instrument: Instrument | None, at: datetime) -> bool:
    if record.subject_id == user.pk or is_office(user, at):
        return True
    return instrument is not None and may_manage(user, instrument, at)


def _then(view: ConditionView, record: DecisionRecord, instrument: Instrument | None) -> ConditionThen:
    return ConditionThen(
        code=view.code,
        zh=view.title_zh if view.met else view.zh,
        en=view.title_en if view.met else view.en,
        met=view.met,
        mender=view.mender,
        mender_label=mending.label(view.mender),
        link=mending.link(view.code, instrument) if instrument else "",
        facts=tuple(
            FactThen(name, record.facts.get(name), record.sources.get(name) or {}) for name in view.columns
        ),
    )
