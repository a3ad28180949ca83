"""What those who decide about a fee review see, frozen: the submission under its hash, the instruments, the
prices beside those in force, and what the rules found. The page of the committee draws more from the same
submission.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.core.money import format_yuan
from apps.fees.content import Content, Item, Sheet
from apps.fees.drafting import sheet_in_force
from apps.fees.forms import CAUSES
from apps.fees.models import Tier, Unit
from apps.fees.models.versions import ServiceMode
from apps.instruments.models import Instrument
from rules.decision import Reason
from workflows.fee_review import asked
from workflows.models import Case
from workflows.words import in_each

Section = Mapping[str, Any]
SHOWN = (Tier.INTERNAL, Tier.EXTERNAL_ACADEMIC, Tier.ENTERPRISE)


def sections_of(case: Case) -> list[Section]:
    """The dossier of what was submitted last."""
    submission, content = asked.submission_of(case), asked.content_of(case)
    instruments = {one.ulid: one for one in asked.instruments_of(submission.proposal)}
    sections: list[Section] = [
        {
            "title": _("Submission"),
            "rows": [
                {"label": _("Number of the submission"), "value": submission.number},
                {
                    "label": _("Submitted at"),
                    "value": submission.submitted_at.isoformat(),
                    "type": "datetime",
                },
                {"label": "SHA-256", "value": submission.sha256},
                {"label": _("In a few words"), "value": content.summary},
                {
                    "label": _("Instruments"),
                    "value": [_named(one) for one in instruments.values()],
                    "type": "list",
                },
            ],
        }
    ]
    at = submission.submitted_at
    sections += [_sheet_section(sheet, instruments[sheet.instrument], at) for sheet in content.sheets]
    if content.not_open:
        sections.append(_not_open_section(content, instruments))
    return sections


def reasons_section(reasons: Sequence[Reason]) -> Section:
    """What the rules found, in both languages: it is read by people of either."""
    return {
        "title": _("What the rules found"),
        "table": {
            "columns": [_("Finding"), _("Code")],
            "rows": [[{"zh": reason.zh, "en": reason.en}, reason.code] for reason in reasons],
        },
    }


def explained_section(reason: str) -> list[Section]:
    """Why the author means what the checks warned of."""
    if not reason:
        return []
    return [{"title": _("Warnings"), "rows": [{"label": _("The author's reason"), "value": reason}]}]


def _sheet_section(sheet: Sheet, instrument: Instrument, at: Any) -> Section:
    before = sheet_in_force(instrument, at)
    former = {item.code: item for item in before.items} if before is not None else {}
    return {
        "title": _("Prices"),
        "rows": [{"label": _("Instrument"), "value": _named(instrument)}],
        "table": {
            "columns": [
                *(_("Item"), _("Service"), _("Unit"), _("Internal"), _("External academic"), _("Enterprise")),
                _("Internal until now"),
            ],
            "rows": [_line(item, former.get(item.code)) for item in sheet.items],
        },
    }


def _line(item: Item, before: Item | None) -> list[Any]:
    prices = [_yuan(item.prices.of(tier)) for tier in SHOWN]
    return [
        {"zh": f"{item.name_zh} ({item.code})", "en": f"{item.name_en or item.name_zh} ({item.code})"},
        in_each(ServiceMode(item.service_mode).label.__str__),
        in_each(Unit(item.unit).label.__str__),
        *prices,
        _yuan(before.prices.of(Tier.INTERNAL)) if before is not None else "",
    ]


def _not_open_section(content: Content, instruments: Mapping[str, Instrument]) -> Section:
    return {
        "title": _("Not open"),
        "table": {
            "columns": [_("Instrument"), _("Cause"), _("Reason")],
            "rows": [
                [_named(instruments[wish.instrument]), _cause(wish.cause), wish.reason]
                for wish in content.not_open
            ],
        },
    }


def _cause(cause: str) -> dict[str, str]:
    return in_each(lambda: str(dict(CAUSES).get(cause, cause)))


def _named(instrument: Instrument) -> dict[str, str]:
    return {
        "zh": f"{instrument.name_zh} ({instrument.asset_no})",
        "en": f"{instrument.name_en or instrument.name_zh} ({instrument.asset_no})",
    }


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)
