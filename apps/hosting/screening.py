"""The facts of `hosting.terms`: what both sides agreed to, against the limits of the day. Decides nothing."""

from datetime import datetime
from typing import Any

from apps.core import parameters
from apps.hosting.content import HOST, OWNER, Terms
from apps.hosting.inspecting import is_inspected
from apps.hosting.models import Agreement, TermsVersion
from apps.hosting.negotiating import terms_of
from apps.hosting.sides import hosts
from apps.library.models import Asset
from rules.points.hosting_terms import PriceClass, TermsFacts

_LIMITS = (
    *("hosting.owner_share_most", "hosting.host_share_least", "hosting.owner_pays_least"),
    *("hosting.priority_hours_most", "hosting.exit_days_least", "hosting.period_days_least"),
    *("hosting.insurance_from_fen", "hosting.large_from_fen", "hosting.reviewed_from_fen"),
)


def terms_facts(
    agreement: Agreement, now: datetime, version: TermsVersion | None = None
) -> tuple[TermsFacts, dict[str, dict[str, Any]]]:
    """The facts of the agreed version, or of one by which it would be renewed, with the source of each. Four
    queries.
    """
    version = version or agreement.terms
    if version is None:
        raise ValueError("nothing is agreed yet")
    terms = terms_of(version)
    limits = parameters.values(_LIMITS, at=now)
    price = _price_fen(agreement)
    facts = TermsFacts(
        price_class=_price_class(price, limits),
        price_fen=price or 0,
        shares_permille=terms.total_permille,
        owner_permille=terms.share_of(OWNER),
        host_permille=terms.share_of(HOST),
        owner_pays_permille=terms.owner_pays_permille,
        priority_minutes=terms.priority_minutes,
        exit_days=terms.exit_days,
        period_days=terms.days,
        insured_fen=terms.insured_fen,
        not_inspected=not is_inspected(agreement),
        host_is_owner=hosts(agreement.group.pi, agreement.facility, now),
        **_failing(terms, price or 0, limits),
    )
    return facts, _sources(agreement, version.ulid)


def _price_fen(agreement: Agreement) -> int | None:
    """The price of the instrument, of one that is not taken in yet as the school's library has it."""
    if agreement.instrument is not None:
        return agreement.instrument.price_fen
    known = Asset.objects.filter(asset_no=agreement.asset_no, gone_at__isnull=True)
    return known.values_list("price_fen", flat=True).first()


def _failing(terms: Terms, price_fen: int, limits: dict[str, Any]) -> dict[str, bool]:
    insured = terms.insured_fen >= price_fen
    return {
        "shares_not_whole": terms.total_permille != 1000,
        "owner_share_high": terms.share_of(OWNER) > limits["hosting.owner_share_most"],
        "host_share_low": terms.share_of(HOST) < limits["hosting.host_share_least"],
        "discount_deep": terms.owner_pays_permille < limits["hosting.owner_pays_least"],
        "priority_large": terms.priority_minutes > limits["hosting.priority_hours_most"] * 60,
        "notice_short": terms.exit_days < limits["hosting.exit_days_least"],
        "period_short": terms.days < limits["hosting.period_days_least"],
        "uninsured": price_fen >= limits["hosting.insurance_from_fen"] and not insured,
        "repair_open": not any(band.from_fen == 0 for band in terms.repairs),
    }


def _price_class(price_fen: int | None, limits: dict[str, Any]) -> PriceClass:
    if price_fen is None:
        return PriceClass.UNKNOWN
    if price_fen >= limits["hosting.reviewed_from_fen"]:
        return PriceClass.REVIEWED
    return PriceClass.LARGE if price_fen >= limits["hosting.large_from_fen"] else PriceClass.SMALL


def _sources(agreement: Agreement, version: str) -> dict[str, dict[str, Any]]:
    terms = _source("hosting_terms", version, "托管条款", "Terms of hosting")
    machine = agreement.instrument
    register = (
        _source("asset", agreement.asset_no, "全校设备库", "School library")
        if machine is None
        else _source("instrument", machine.ulid, "仪器档案", "Instrument register")
    )
    inspected = _source("hosting", agreement.ulid, "验机记录", "Inspection")
    found = dict.fromkeys(TermsFacts.__dataclass_fields__, terms)
    found.update(price_class=register, price_fen=register, not_inspected=inspected)
    found["host_is_owner"] = _source("user", agreement.group.pi.ulid, "用户登记", "User register")
    return found


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
