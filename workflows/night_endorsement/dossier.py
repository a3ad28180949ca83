"""What those who decide about a night see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.training.models import Certificate, NightRequest
from apps.training.queries import level_of


def sections(request: NightRequest, now: datetime) -> Sequence[Mapping[str, Any]]:
    """The application in words: who, which instrument, when, with whom, why, and how well they know the
    machine.
    """
    level = level_of(request.user, request.instrument, now)
    words = str(Certificate.Level(level).value) if level in Certificate.Level.values else _("none")
    return [
        {
            "title": _("Application"),
            "rows": [
                {"label": _("Person"), "value": f"{request.user.name_zh} ({request.user.username})"},
                {
                    "label": _("Instrument"),
                    "value": f"{request.instrument.name_zh} ({request.instrument.asset_no})",
                },
                {"label": _("Certificate level"), "value": words, "type": "choice"},
                {"label": _("From"), "value": request.starts_at.isoformat(), "type": "datetime"},
                {"label": _("Until"), "value": request.ends_at.isoformat(), "type": "datetime"},
                {"label": _("Buddy"), "value": f"{request.buddy.name_zh} ({request.buddy.username})"},
                {"label": _("Purpose"), "value": request.purpose},
            ],
        }
    ]
