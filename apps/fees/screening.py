"""The facts of the rule `fees.screen` about a submission, and its recorded decision. The same checks as while
it was typed, at the moment of the decision.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from apps.decisions.operations import Decided, decide
from apps.fees.content import TIERS, Content, read_text
from apps.fees.difference import CHANGED
from apps.fees.findings import BLOCK, WARN, Finding
from apps.fees.looking import Look, SheetLook, look
from apps.fees.models import Submission
from rules.points.fees_screen import KEY, ProposalKind, ScreenFacts

_SUMS = frozenset({"fees.cost.sum_mismatch", "fees.cost.part_mismatch", "fees.unit.hours_impossible"})
_COUNTED = {
    "fees.price.external_above_cost": "external_above_cost",
    "fees.price.below_consumables": "below_consumables",
    "fees.price.outlier_high": "outliers",
    "fees.price.not_chargeable": "not_chargeable",
}
_CUSTOMS = "fees.customs.unregistered"
# The shape of an item: another shape is another item.
_SHAPE = ("unit", "service_mode", "unit_minutes", "block_start", "block_end", "follows", "following_rate")
# A change that no fraction measures: from nothing to something.
_BOUNDLESS = Decimal("9999.99")


def screen(
    *,
    submission: Submission,
    asked_by: str,
    now: datetime,
    real_hours: Mapping[str, int | None] | None = None,
    warnings_answered: bool = False,
) -> tuple[Decided, Look]:
    """The recorded decision of `fees.screen` about a submission, and what was seen. `outcome` is 'block',
    'warn', 'simplified' or 'full'; with an alarm it is none of them ('deny'), and a person looks at it.
    """
    content = read_text(submission.content)
    seen = look(content, at=now, real_hours=real_hours)
    facts, sources = screen_facts(submission, content, seen, warnings_answered=warnings_answered)
    decided = decide(
        point=KEY,
        facts=facts,
        sources=sources,
        subject_id=submission.by_id,
        object_ref=f"fee_submission:{submission.ulid}",
        asked_by=asked_by,
        now=now,
    )
    return decided, seen


def screen_facts(
    submission: Submission, content: Content, seen: Look, *, warnings_answered: bool = False
) -> tuple[ScreenFacts, dict[str, dict[str, Any]]]:
    """The facts of `fees.screen`, with their sources. No query."""
    counts = count_findings(seen.findings)
    looks = list(seen.sheets.values())
    change = largest_change(looks)
    prices = [where for one in looks for where in _places(one)]
    checks: dict[str, Any] = dict(counts)
    way: dict[str, Any] = {
        "reapproval": bool(looks) and all(one.before is not None for one in looks),
        "items_changed": any(_items_changed(one) for one in looks),
        "terms_changed": any(_terms_changed(one) for one in looks),
        "largest_change_percent": _percent(change),
        "within_change": change is not None and change <= seen.policy.simplified_change,
        "peers_known": bool(prices) and all(where is not None for where in prices),
        "outside_quartiles": sum(where is False for where in prices),
    }
    about: dict[str, Any] = {
        "kind": ProposalKind(content.kind),
        "instruments": len(content.instruments),
        "items": sum(len(sheet.items) for sheet in content.sheets),
        "warnings_answered": warnings_answered,
    }
    reference = f"{submission.proposal.ulid}#{submission.number}"
    sources = {
        **dict.fromkeys(about, _source("fee_submission", reference, "申报内容", "What was submitted")),
        **dict.fromkeys(checks, _source("fee_checks", reference, "收费表校验", "Checks of the sheet")),
        **dict.fromkeys(way, _source("fee_comparison", reference, "与现行标准和同类比较", "Comparison")),
    }
    return ScreenFacts(**about, **checks, **way), sources


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """The findings as the rule counts them."""
    counts: Counter[str] = Counter(dict.fromkeys(("form_faults", "sum_faults", "basis_faults"), 0))
    counts.update(dict.fromkeys((*_COUNTED.values(), "other_warnings"), 0))
    unregistered = set()
    for finding in findings:
        if finding.code == _CUSTOMS:
            unregistered.add(finding.instrument)
        elif finding.code in _COUNTED:
            counts[_COUNTED[finding.code]] += 1
        elif finding.severity == BLOCK:
            counts[_fault(finding)] += 1
        elif finding.severity == WARN:
            counts["other_warnings"] += 1
    return {**counts, "customs_unregistered": len(unregistered)}


def largest_change(looks: Iterable[SheetLook]) -> Fraction | None:
    """The largest share by which a price moves against the standard in force, up or down; None where there is
    no price to compare, or one came from nothing.
    """
    shares: list[Fraction] = []
    for one in looks:
        before = {item.code: item for item in one.before.items} if one.before else {}
        for item in one.sheet.items:
            for tier in TIERS:
                new, old = item.prices.of(tier), None
                if item.code in before:
                    old = before[item.code].prices.of(tier)
                if new == old:
                    shares.append(Fraction(0))
                elif not old or new is None:
                    return None
                else:
                    shares.append(Fraction(abs(new - old), old))
    return max(shares, default=None)


def _fault(finding: Finding) -> str:
    if finding.code in _SUMS:
        return "sum_faults"
    return "basis_faults" if finding.code.startswith("fees.cost.") else "form_faults"


def _places(one: SheetLook) -> list[bool | None]:
    """For every price whether it lies inside the quartiles of its peers; None where there are none."""
    found: list[bool | None] = []
    for item in one.sheet.items:
        for tier in TIERS:
            fen = item.prices.of(tier)
            if fen is not None:
                summary = one.peers[item.code, tier].summary
                found.append(None if summary is None else summary.q1_fen <= fen <= summary.q3_fen)
    return found


def _items_changed(one: SheetLook) -> bool:
    return any(
        change.kind != CHANGED or change.field in _SHAPE for change in one.changes if change.item
    ) or any(change.is_price and None in (change.old, change.new) for change in one.changes)


def _terms_changed(one: SheetLook) -> bool:
    return any(change.field.startswith("terms") for change in one.changes)


def _percent(change: Fraction | None) -> Decimal | None:
    if change is None:
        return None
    exact = Context(prec=60).divide(Decimal(change.numerator * 100), Decimal(change.denominator))
    return min(exact.quantize(Decimal("0.01"), ROUND_HALF_UP), _BOUNDLESS)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
