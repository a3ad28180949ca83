"""What people are told of their certificates and of their places in sessions."""

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.notices.kinds import Group, Kind, Takes, register_kind

_WHAT = MappingProxyType({"instrument": Takes.NAME, "level": Takes.NAME})
_PLACE = MappingProxyType({"instrument": Takes.NAME, "starts": Takes.MOMENT})


def _kind(
    key: str, label: Text, title: Text, body: Text, takes: dict[str, Takes], *, urgent: bool = False
) -> Kind:
    kind = Kind(
        key=key,
        group=Group.TRAINING,
        label=label,
        title=title,
        body=body,
        takes={**_WHAT, **takes},
        urgent=urgent,
    )
    return register_kind(kind)


ISSUED = _kind(
    "training.certificate_issued",
    _("A certificate of mine is in force"),
    _("Your certificate for %(instrument)s is in force"),
    _("Level: %(level)s. It counts until %(until)s."),
    {"until": Takes.MOMENT},
)
LAPSING = _kind(
    "training.certificate_lapsing",
    _("A certificate of mine ends soon"),
    _("Your certificate for %(instrument)s ends soon"),
    _("Level: %(level)s. It ends on %(until)s. Whoever renews it in time keeps using the instrument."),
    {"until": Takes.MOMENT},
)
LAPSED = _kind(
    "training.certificate_lapsed",
    _("A certificate of mine has ended"),
    _("Your certificate for %(instrument)s has ended"),
    _("Level: %(level)s. It may still be renewed for a while; afterwards the whole training is needed."),
    {},
)
SUSPENDED = _kind(
    "training.certificate_suspended",
    _("A certificate of mine is suspended"),
    _("Your certificate for %(instrument)s is suspended"),
    _("Level: %(level)s. Reason: %(reason)s. Until it is lifted you cannot use the instrument yourself."),
    {"reason": Takes.TEXT},
    urgent=True,
)
REINSTATED = _kind(
    "training.certificate_reinstated",
    _("The suspension of a certificate is lifted"),
    _("Your certificate for %(instrument)s counts again"),
    _("Level: %(level)s. It counts until %(until)s."),
    {"until": Takes.MOMENT},
)
WITHDRAWN = _kind(
    "training.certificate_withdrawn",
    _("A certificate of mine is withdrawn or lowered"),
    _("Your certificate for %(instrument)s was withdrawn"),
    _("Level: %(level)s. Reason: %(reason)s."),
    {"reason": Takes.TEXT},
    urgent=True,
)


def _place(key: str, label: Text, title: Text, body: Text) -> Kind:
    return register_kind(
        Kind(key=key, group=Group.TRAINING, label=label, title=title, body=body, takes=_PLACE)
    )


SEATED = _place(
    "training.seated",
    _("I have a seat in a session"),
    _("You have a seat: %(instrument)s, %(starts)s"),
    _("Who cannot come gives the seat up in time, so that the next in line gets it."),
)
WAITING = _place(
    "training.waiting",
    _("I am on the waiting list of a session"),
    _("You are on the waiting list: %(instrument)s, %(starts)s"),
    _("You are told when a seat becomes free."),
)
LOST = _place(
    "training.place_lost",
    _("I have lost a place in a session"),
    _("Your place is gone: %(instrument)s, %(starts)s"),
    _("It was given up, or the session does not take place. You can choose another session."),
)
