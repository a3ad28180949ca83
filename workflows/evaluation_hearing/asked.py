"""What a hearing is about, who must not judge in it, and the changes that were voted for, in words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.parameters import value
from apps.evaluation import judging
from apps.evaluation.judging import APPEAL, BANDS
from apps.evaluation.models import Appeal, Claim, ReportItem, Round, Sheet
from apps.evaluation.rounds import instruments_of
from apps.evaluation.wording import score_words
from apps.hosting.queries import owners_of
from apps.instruments.models import CrewMember
from apps.panels.models import Committee, Panel
from apps.panels.queries import committee, options_of, voters
from apps.people.models import User
from apps.people.roles import lab_heads, unit_managers
from workflows.errors import Overtaken
from workflows.judging.lookup import last_round, panel_of, recused_from
from workflows.models import Case

REFERENCE = "evaluation_hearing:"
SUBMITTED, REJECT = "submitted", "reject"
GONE = gettext_noop("The round of this hearing is over.")


def round_of(case: Case) -> Round:
    """The round that a hearing belongs to. Raises Overtaken when it is over."""
    found = find_round(case)
    if found is None or found.is_over:
        raise Overtaken(_(GONE))
    return found


def find_round(case: Case) -> Round | None:
    """The round, whatever its state. One query."""
    ulid = case.subject_ref.removeprefix(REFERENCE).partition(":")[0]
    return Round.objects.select_related("version__scheme").filter(ulid=ulid).first()


def stage_of(case: Case) -> str:
    """`bands` or `appeal`."""
    return APPEAL if case.subject_ref.endswith(f":{APPEAL}") else BANDS


def sheets_of(case: Case) -> list[Sheet]:
    """The sheets that the panel is asked about, in the order in which they stand on its ballot."""
    round_ = find_round(case)
    if round_ is None:
        return []
    return judging.appealed(round_) if stage_of(case) == APPEAL else judging.before_panel(round_)


def committee_at(now: datetime) -> Committee | None:
    """The committee that judges evaluations (`evaluation.committee`). Two queries."""
    return committee(str(value("evaluation.committee", at=now)), now)


def kept_off(case: Case, now: datetime) -> set[int]:
    """Who must not judge (primary keys): the crews, heads, managers and hosted owners of what is judged,
    whoever reported or appealed, whoever judges in the other stage of the round, whoever stood aside.
    """
    round_ = find_round(case)
    if round_ is None:
        return set()
    sheets = sheets_of(case)
    other = BANDS if stage_of(case) == APPEAL else APPEAL
    return (
        judging.judges_of(round_, other)
        | _presided(round_, other)
        | recused_from(case)
        | _crews(sheets, now)
        | _heads(sheets, now)
        | _owners(sheets, round_)
        | _reporters(sheets)
    )


def _presided(round_: Round, stage: str) -> set[int]:
    """Who presides or presided over the panels of a stage, or ruled in it: the chair judges too, without a
    seat.
    """
    cases = Case.objects.filter(subject_ref=f"{REFERENCE}{round_.ulid}:{stage}").values_list(
        "ulid", flat=True
    )
    panels = Panel.objects.filter(subject_ref__in=[f"case:{ulid}" for ulid in cases])
    rows = panels.values_list("chair", "rounds__ruling__by")
    return {pk for row in rows for pk in row if pk is not None}


def _crews(sheets: Iterable[Sheet], now: datetime) -> set[int]:
    instruments = [one.instrument_id for one in sheets if one.instrument_id is not None]
    rows = CrewMember.objects.filter(instrument__in=instruments, revoked_at__isnull=True)
    return set(rows.exclude(valid_until__lte=now).values_list("user_id", flat=True))


def _heads(sheets: Iterable[Sheet], now: datetime) -> set[int]:
    units = {one.unit_id: one.unit for one in sheets}
    found: set[int] = set()
    for unit in units.values():
        found |= {user.pk for user in [*lab_heads(unit, now), *unit_managers(unit, now)]}
    return found


def _owners(sheets: Iterable[Sheet], round_: Round) -> frozenset[int]:
    """Whose hosted instruments are judged, or were theirs in the period."""
    machines = [one for rows in instruments_of(sheets, round_).values() for one in rows]
    return owners_of(machines, since=round_.starts)


def _reporters(sheets: Iterable[Sheet]) -> set[int]:
    pks = [one.pk for one in sheets]
    found = {
        pk
        for model in (ReportItem, Claim, Appeal)
        for pk in model._default_manager.filter(sheet__in=pks).values_list("by", flat=True).distinct()
    }
    return {pk for pk in found if pk is not None}


def eligible(case: Case, now: datetime) -> list[User]:
    """The members of the committee who may judge, the longest on it first."""
    found = committee_at(now)
    barred = kept_off(case, now)
    return [user for user in voters(found, now) if user.pk not in barred] if found is not None else []


def changes_of(option: Any) -> dict[str, int]:
    """An option of a ballot: hundredths of a point by ULID of the sheet."""
    return {str(row[0]): int(row[1]) for row in (option or {}).get("changes", ())}


def option_of(changes: Mapping[str, int]) -> dict[str, Any]:
    """The option that these changes are, in one form."""
    return {"changes": [[ulid, changes[ulid]] for ulid in sorted(changes)]}


def in_words(key: str, option: Any, sheets: Iterable[Sheet]) -> str:
    """An option in a line of words, in the reader's language."""
    if key == SUBMITTED:
        return _("The scores stand as they are")
    if key == REJECT:
        return _("No change")
    named = {one.ulid: one for one in sheets}
    said = [
        _("%(name)s: %(before)s → %(after)s")
        % {
            "name": f"{named[ulid].name} {named[ulid].code}",
            "before": score_words(Fraction(named[ulid].total or 0, 100)),
            "after": score_words(Fraction((named[ulid].total or 0) + change, 100)),
        }
        for ulid, change in changes_of(option).items()
        if ulid in named
    ]
    return "; ".join(said)


def voted_for(case: Case) -> dict[str, str]:
    """What the closed round voted for, the most voted first: key and words."""
    panel = panel_of(case)
    round_ = last_round(panel) if panel is not None else None
    if round_ is None or round_.closed_at is None:
        return {}
    sheets = sheets_of(case)
    return {one.key: in_words(one.key, one.option, sheets) for one in options_of(round_)}
