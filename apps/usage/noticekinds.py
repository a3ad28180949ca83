"""What people are told about uses whose end was forgotten."""

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.notices.kinds import Group, Kind, Takes, register_kind

_USED = MappingProxyType({"instrument": Takes.NAME, "start": Takes.MOMENT, "end": Takes.MOMENT})


def _kind(key: str, label: Text, title: Text, body: Text, takes: dict[str, Takes]) -> Kind:
    """A kind about one proposed end: it always names the instrument, the start and the proposed end."""
    kind = Kind(
        key=f"usage.correction_{key}",
        group=Group.BOOKINGS,
        label=label,
        title=title,
        body=body,
        takes={**_USED, **takes},
    )
    return register_kind(kind)


ASKED = _kind(
    "asked",
    _("Somebody forgot to log off on an instrument of mine"),
    _("When did the use of %(instrument)s end?"),
    _(
        "%(name)s: the use that began at %(start)s ended at %(end)s. Why: %(reason)s. Please answer by"
        " %(until)s."
    ),
    {"name": Takes.NAME, "reason": Takes.TEXT, "until": Takes.MOMENT},
)
WAITS = _kind(
    "waits",
    _("A proposed end of a use waits for my answer"),
    _("A proposed end of a use of %(instrument)s still waits"),
    _(
        "The use of %(name)s that began at %(start)s is said to have ended at %(end)s. Without an answer by"
        " %(until)s it counts as measured."
    ),
    {"name": Takes.NAME, "until": Takes.MOMENT},
)
PROPOSED = _kind(
    "proposed",
    _("Somebody proposes another end for a use of mine"),
    _("Your use of %(instrument)s may have ended earlier"),
    _("%(name)s proposes that your use that began at %(start)s ended at %(end)s. Why: %(reason)s"),
    {"name": Takes.NAME, "reason": Takes.TEXT},
)
CONFIRMED = _kind(
    "confirmed",
    _("A proposed end of a use is confirmed"),
    _("The use of %(instrument)s is corrected"),
    _("It began at %(start)s and counts until %(end)s from now on. What it costs follows. Why: %(why)s"),
    {"why": Takes.TEXT},
)
REFUSED = _kind(
    "refused",
    _("A proposed end of a use is refused"),
    _("The use of %(instrument)s stays as measured"),
    _("It began at %(start)s; that it ended at %(end)s was not confirmed. Why: %(why)s"),
    {"why": Takes.TEXT},
)
EXPIRED = _kind(
    "expired",
    _("Nobody answered to a proposed end of a use"),
    _("The use of %(instrument)s stays as measured"),
    _("It began at %(start)s. Nobody answered whether it ended at %(end)s; ask the crew."),
    {},
)
NO_SHOW_LIFTED = register_kind(
    Kind(
        key="usage.no_show_lifted",
        group=Group.BOOKINGS,
        label=_("I had come to a booking after all"),
        title=_("You had come to your booking of %(instrument)s after all"),
        body=_(
            "The instrument's controller told it late: you switched it on at %(end)s, booked for %(start)s."
            " The points for not coming count no more, and what was charged for it goes back."
        ),
        takes=_USED,
    )
)
