"""What those who decide about hosting see: the offer, the last inspection, the terms, who has signed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from apps.hosting.models import Agreement, InspectionItem
from apps.hosting.negotiating import terms_of
from apps.hosting.words import clauses
from apps.notices.kinds import in_both

_LANGUAGES = (("zh", "zh-hans"), ("en", "en"))


def sections(agreement: Agreement) -> Sequence[Mapping[str, Any]]:
    """The sections of the dossier as it is now. At most five queries."""
    found = [_offer(agreement)]
    found += _inspection(agreement)
    found += _terms(agreement)
    return found


def _offer(agreement: Agreement) -> dict[str, Any]:
    group, facility = agreement.group, agreement.facility
    return {
        "title": _("Offer for hosting"),
        "rows": [
            {
                "label": _("Instrument"),
                "value": {"zh": agreement.name_zh, "en": agreement.name_en or agreement.name_zh},
            },
            {"label": _("Asset number"), "value": agreement.asset_no},
            {"label": _("Owner"), "value": {"zh": group.name_zh, "en": group.name_en}},
            {"label": _("Host"), "value": {"zh": facility.name_zh, "en": facility.name_en}},
            {"label": _("Why it is to be hosted"), "value": agreement.why},
        ],
    }


def _inspection(agreement: Agreement) -> list[dict[str, Any]]:
    last = agreement.inspections.select_related("by").order_by("-number").first()
    if last is None:
        return []
    return [
        {
            "title": _("Inspection"),
            "rows": [
                {"label": _("By"), "value": {"zh": last.by.name_zh, "en": last.by.name_en}},
                {"label": _("On"), "value": last.at.isoformat(), "type": "datetime"},
                {"label": _("Passed"), "value": _("yes") if last.passed else _("no"), "type": "choice"},
            ],
            "table": {
                "columns": [_("Line of the check-list"), _("What was found"), _("Note")],
                "rows": [
                    [
                        {"zh": item.name_zh, "en": item.name_en},
                        in_both(InspectionItem.Result(item.result).label),
                        item.note,
                    ]
                    for item in last.items.all()
                ],
            },
        }
    ]


def _terms(agreement: Agreement) -> list[dict[str, Any]]:
    version = agreement.terms
    if version is None:
        return []
    terms = terms_of(version)
    said: dict[str, list[Any]] = {}
    for key, language in _LANGUAGES:
        with override(language):
            said[key] = clauses(terms)
    return [
        {
            "title": _("Terms"),
            "rows": [
                {"label": _("Version"), "value": version.number},
                {"label": "SHA-256", "value": version.digest},
            ],
            "table": {
                "columns": [_("Clause"), _("What is agreed")],
                "rows": [
                    [{"zh": zh.title, "en": en.title}, {"zh": zh.text, "en": en.text}]
                    for zh, en in zip(said["zh"], said["en"], strict=True)
                ],
            },
        }
    ]
