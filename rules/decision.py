"""Decisions: the hit policies, the reasons and the explanation of one answer.

``combine`` is the only place that knows a hit policy. This room owns what a decision says and never
runs an engine, reads a clock or records anything (``apps.decisions`` does).
"""

from __future__ import annotations

import dataclasses
import typing

from rules.compiler import Program, Vector
from rules.errors import RuleSetError
from rules.facts import Facts, digest_of, facts_json
from rules.rows import DENY, PERMIT, Citation, HitPolicy, Row, placeholders
from rules.table import RuleSet

NEAREST = 3
NO_PERMIT_CODE = "rules.no_permit"
LEVELS_ZH = {"none": "无", "assisted": "协助", "basic": "基础", "advanced": "高级", "trainer": "培训师"}
_NOTHING = "—"  # what a reason shows in the place of a null fact


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why: one fired row, its sentences filled with the facts. ``row`` is empty when no row permitted."""

    row: str
    code: str
    zh: str
    en: str
    mender: str = ""
    cite: Citation | None = None


@dataclasses.dataclass(frozen=True)
class FailingCell:
    """One condition of a permit row that did not hold; ``wanted`` and ``actual`` are JSON values."""

    column: str
    op: str
    wanted: object
    actual: object


@dataclasses.dataclass(frozen=True)
class Nearest:
    """A permit row that came near, with the cells that kept it from firing."""

    row: str
    code: str
    failing: tuple[FailingCell, ...]


@dataclasses.dataclass(frozen=True)
class ConditionView:
    """One condition that is relevant to a situation: a deny row, met when it did not fire.

    ``zh`` and ``en`` say what is wrong when it is not met, the titles name the condition; ``columns``
    are the facts that it looks at, so that a caller can show the source of each.
    """

    row: str
    code: str
    zh: str
    en: str
    mender: str
    met: bool
    columns: tuple[str, ...]
    title_zh: str = ""
    title_en: str = ""
    cite: Citation | None = None


@dataclasses.dataclass(frozen=True)
class Decision:
    """One answer with everything needed to explain and replay it. The time belongs to its record.

    ``deciding`` are the ids of the rows that made the outcome, ``fired`` of all that matched;
    ``reasons`` belong to the deciding rows (every failing condition at once), or are the single
    ``rules.no_permit`` with the ``nearest`` permit rows when nothing permitted. ``used`` names the facts
    that the table tests; ``facts`` holds all of them in JSON form.
    """

    key: str
    version: int
    digest: str
    engine: str
    outcome: str
    reasons: tuple[Reason, ...]
    deciding: tuple[str, ...]
    fired: tuple[str, ...]
    facts: dict[str, object]
    facts_digest: str
    facts_schema: int
    used: tuple[str, ...]
    nearest: tuple[Nearest, ...] = ()

    @property
    def allowed(self) -> bool:
        """True only for the outcome ``permit``."""
        return self.outcome == PERMIT

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, each once, in table order."""
        return tuple(dict.fromkeys(reason.code for reason in self.reasons if reason.code))

    def to_json(self) -> dict[str, object]:
        """Plain JSON values of the whole decision."""
        return {**_plain(self), "allowed": self.allowed, "codes": list(self.codes)}


def _plain(decision: Decision) -> dict[str, typing.Any]:
    found: dict[str, typing.Any] = dataclasses.asdict(decision)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def combine(table: RuleSet, hits: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Indexes of the rows that fired, ascending -> outcome and the indexes of the rows that decided.

    Raises RuleSetError (``rules.hit_policy_unsupported``) for a policy that is only known by name.
    """
    rows = table.rows
    if table.hit is HitPolicy.FIRST:
        return (rows[hits[0]].outcome, hits[:1]) if hits else (table.default, ())
    if table.hit is HitPolicy.DENY_OVERRIDES:
        denials = tuple(index for index in hits if rows[index].outcome == DENY)
        if denials:
            return DENY, denials
        return (PERMIT, hits) if hits else (DENY, ())  # closed world: nothing permits, so it is denied
    raise RuleSetError(
        f"{table.hit.value} is not supported yet", code="rules.hit_policy_unsupported", path="hit"
    )


def explain(
    program: Program, *, facts: Facts, vector: Vector, hits: tuple[int, ...], engine: str
) -> Decision:
    """The decision for rows that fired."""
    table = program.ruleset
    outcome, deciding = combine(table, hits)
    known = facts_json(facts)
    reasons = tuple(reason_of(table.rows[index], known) for index in deciding)
    nearest: tuple[Nearest, ...] = ()
    if not deciding and table.hit is HitPolicy.DENY_OVERRIDES:
        nearest = nearest_permits(program, vector, known)
        reasons = (_no_permit(),)
    return Decision(
        key=table.key,
        version=table.version,
        digest=table.digest,
        engine=engine,
        outcome=outcome,
        reasons=reasons,
        deciding=tuple(table.rows[index].id for index in deciding),
        fired=tuple(table.rows[index].id for index in hits),
        facts=known,
        facts_digest=digest_of(known),
        facts_schema=table.facts_schema,
        used=program.used,
        nearest=nearest,
    )


def _no_permit() -> Reason:
    return Reason("", NO_PERMIT_CODE, "没有规则允许这种使用", "No rule permits this use")


def reason_of(row: Row, known: dict[str, object]) -> Reason:
    """The reason of a row, its placeholders filled from facts in JSON form."""
    zh = fill(row.zh, {name: _in_chinese(name, value) for name, value in known.items()})
    return Reason(row.id, row.code, zh, fill(row.en, known), row.mender, row.cite)


def _in_chinese(name: str, value: object) -> object:
    """A level in the words of a Chinese sentence; anything else as it is."""
    return LEVELS_ZH.get(value, value) if name.endswith("_level") and isinstance(value, str) else value


def fill(sentence: str, known: dict[str, object]) -> str:
    """Replace ``{column}``, ``{column:abs}``, ``{column:yuan}`` (fen as yuan) and ``{column:left}`` (fen as
    yuan, nothing left when overspent) by facts in JSON form.
    """
    if "{" not in sentence and "}" not in sentence:
        return sentence
    shown = {name: _Shown(known[name]) for name, _ in placeholders(sentence)}
    return sentence.format_map(shown)


class _Shown:
    """A fact as a reason shows it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __format__(self, spec: str) -> str:
        value = self._value
        if value is None:
            return _NOTHING
        if isinstance(value, int) and spec == "abs":
            return str(abs(value))
        if isinstance(value, int) and spec == "left":
            return format(_Shown(max(value, 0)), "yuan")
        if isinstance(value, int) and spec == "yuan":
            sign = "-" if value < 0 else ""
            return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}"
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def nearest_permits(program: Program, vector: Vector, known: dict[str, object]) -> tuple[Nearest, ...]:
    """The permit rows with the fewest failing cells, nearest first, at most three.

    A row that fails on the discriminator speaks of another situation and comes after all that do not.
    """
    table = program.ruleset
    ranked: list[tuple[tuple[bool, int, int], Nearest]] = []
    for index, (row, compiled) in enumerate(zip(table.rows, program.rows, strict=True)):
        if row.outcome != PERMIT:
            continue
        failing = tuple(
            FailingCell(cell.column, cell.op, cell.to_json()[2], known[cell.column])
            for cell, atoms in zip(row.cells, compiled.cells, strict=True)
            if not all(atom.holds(vector) for atom in atoms)
        )
        elsewhere = any(cell.column == table.discriminator for cell in failing)
        ranked.append(((elsewhere, len(failing), index), Nearest(row.id, row.code, failing)))
    ranked.sort(key=_rank)
    return tuple(nearest for _, nearest in ranked[:NEAREST])


def _rank(entry: tuple[tuple[bool, int, int], Nearest]) -> tuple[bool, int, int]:
    return entry[0]


def condition_views(
    program: Program, *, facts: Facts, vector: Vector, fired: frozenset[str]
) -> list[ConditionView]:
    """Every deny row whose cells on the discriminator hold, in table order; met = it did not fire."""
    table = program.ruleset
    known = facts_json(facts)
    views = []
    for row, compiled in zip(table.rows, program.rows, strict=True):
        relevant = all(
            atom.holds(vector)
            for cell, atoms in zip(row.cells, compiled.cells, strict=True)
            if cell.column == table.discriminator
            for atom in atoms
        )
        if row.outcome == DENY and relevant:
            views.append(_view(row, known, met=row.id not in fired, discriminator=table.discriminator))
    return views


def _view(row: Row, known: dict[str, object], *, met: bool, discriminator: str) -> ConditionView:
    reason = reason_of(row, known)
    tested = dict.fromkeys(cell.column for cell in row.cells if cell.column != discriminator)
    return ConditionView(
        row=row.id,
        code=row.code,
        zh=reason.zh,
        en=reason.en,
        mender=row.mender,
        met=met,
        columns=tuple(tested),
        title_zh=row.title_zh,
        title_en=row.title_en,
        cite=row.cite,
    )
