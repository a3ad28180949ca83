"""What those who decide about samples see: whose they are, what they are made of, what is dangerous about
them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.samples.fields import fields_of
from apps.samples.models import Hazard, Quote, SampleRequest
from rules.decision import Reason

Section = Mapping[str, Any]
WISHES: Mapping[str, str] = {
    "return": _("Give them back"),
    "store": _("Keep them"),
    "dispose": _("Dispose of them"),
}


def request_sections(request: SampleRequest) -> list[Section]:
    """The request and its samples in words."""
    user, service, instrument = request.requester, request.template, request.instrument
    rows: list[dict[str, Any]] = [
        {"label": _("Number"), "value": request.number},
        {"label": _("Person"), "value": f"{user.name_zh} ({user.username})"},
        {"label": _("On behalf of"), "value": _customer(request)},
        {"label": _("Service"), "value": {"zh": service.name_zh, "en": service.name_en}},
        {
            "label": _("Instrument"),
            "value": f"{instrument.name_zh} ({instrument.asset_no})"
            if instrument
            else _("Any of this class"),
            "type": "text" if instrument else "choice",
        },
        {"label": _("Rush"), "value": _("yes") if request.rush else "", "type": "choice"},
        {"label": _("Wishes"), "value": request.wishes},
        {"label": _("After the test"), "value": WISHES[request.disposition], "type": "choice"},
    ]
    return [
        {"title": _("Request"), "rows": [row for row in rows if row["value"] not in ("", None)]},
        _samples_section(request),
    ]


def _customer(request: SampleRequest) -> str:
    """Somebody without an account for whom the person answers."""
    return f"{request.customer_name}, {request.customer_org}" if request.customer_kind else ""


def reasons_section(reasons: Sequence[Reason]) -> Section:
    """What the rules found, in both languages: it is read by people of either."""
    return {
        "title": _("What the rules found"),
        "table": {
            "columns": [_("Finding"), _("Code")],
            "rows": [[{"zh": one.zh, "en": one.en}, one.code] for one in reasons],
        },
    }


def offer_section(offer: Quote) -> Section:
    """What was offered."""
    rows: list[dict[str, Any]] = [
        {"label": _("At least"), "value": offer.low_fen, "type": "money"},
        {"label": _("At most"), "value": offer.high_fen, "type": "money"},
        {"label": _("Promised for"), "value": offer.promised_on.isoformat(), "type": "date"},
        {"label": _("Note"), "value": offer.note},
    ]
    return {"title": _("Offer"), "rows": [row for row in rows if row["value"] not in ("", None)]}


def _samples_section(request: SampleRequest) -> Section:
    fields = fields_of(request.template.fields)
    rows = []
    for one in request.samples.all():
        hazards = [
            {"zh": _ZH[hazard], "en": Hazard(hazard).name.replace("_", " ").lower()} for hazard in one.hazards
        ]
        answers = [
            f"{field.label_zh}: {one.values[field.key]}" for field in fields if field.key in one.values
        ]
        traits = [word for word, has in ((_MAGNETIC, one.magnetic), (_VOLATILE, one.volatile)) if has]
        rows.append(
            [
                one.name,
                _both([*hazards, *traits]),
                f"{one.size_mm} mm" if one.size_mm else "",
                "; ".join(answers),
            ]
        )
    return {
        "title": _("Samples"),
        "table": {"columns": [_("Name"), _("Hazards"), _("Largest size"), _("Details")], "rows": rows},
    }


def _both(words: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {"zh": "、".join(one["zh"] for one in words), "en": ", ".join(one["en"] for one in words)}


_MAGNETIC = {"zh": "有磁性", "en": "magnetic"}
_VOLATILE = {"zh": "易挥发", "en": "volatile"}
_ZH: Mapping[str, str] = {
    "flammable": "易燃",
    "explosive": "爆炸性",
    "oxidising": "氧化性",
    "corrosive": "腐蚀性",
    "toxic": "有毒",
    "biological": "生物危害",
    "radioactive": "放射性",
    "pyrophoric": "遇空气自燃",
    "nano": "纳米粉体",
}
