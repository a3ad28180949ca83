"""What people are told about their bookings, about the points for what was not kept, and about time for which
they wait.
"""

from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.bookings.enclosing import taken_back, told
from apps.core.errors import Text
from apps.notices.kinds import Channel, Group, Kind, Takes, register_kind

_BOOKED = MappingProxyType({"instrument": Takes.NAME, "start": Takes.MOMENT})


def booking_kind(
    key: str, label: Text, title: Text, body: Text, takes: dict[str, Takes], **more: Any
) -> Kind:
    """A kind about one booking: it always names the instrument and the start."""
    kind = Kind(
        key=key,
        group=Group.BOOKINGS,
        label=label,
        title=title,
        body=body,
        takes={**_BOOKED, **takes},
        **more,
    )
    return register_kind(kind)


POINTS_GIVEN = booking_kind(
    "bookings.points_given",
    _("I have points for a booking"),
    _("Points for your booking of %(instrument)s: %(points)s"),
    _("Booked for %(start)s. Why: %(why)s. You may appeal until %(until)s."),
    {"points": Takes.COUNT, "why": Takes.NAME, "until": Takes.MOMENT},
)
NO_SHOW = booking_kind(
    "bookings.no_show",
    _("I did not come to a booking"),
    _("Nobody came to your booking of %(instrument)s"),
    _("It began at %(start)s. The rest of it is free for others, and nothing is held for it any more."),
    {},
)
APPEALED = booking_kind(
    "bookings.appealed",
    _("Somebody appeals against points on an instrument of mine"),
    _("Appeal against points: %(instrument)s"),
    _("%(name)s, booked for %(start)s: %(reason)s"),
    {"name": Takes.NAME, "reason": Takes.TEXT},
)
APPEAL_UPHELD = booking_kind(
    "bookings.appeal_upheld",
    _("An appeal of mine is upheld"),
    _("Your appeal is upheld: %(instrument)s"),
    _("The points for your booking of %(start)s count no more. Reason: %(why)s"),
    {"why": Takes.TEXT},
)
APPEAL_REJECTED = booking_kind(
    "bookings.appeal_rejected",
    _("An appeal of mine is rejected"),
    _("Your appeal is rejected: %(instrument)s"),
    _("The points for your booking of %(start)s stay. Reason: %(why)s"),
    {"why": Takes.TEXT},
)
OFFERED = register_kind(
    Kind(
        key="bookings.offered",
        group=Group.BOOKINGS,
        label=_("Time for which I wait is offered to me"),
        title=_("Time on %(instrument)s is offered to you"),
        body=_(
            "From %(start)s until %(end)s. It is kept for you until %(until)s; without an answer it is"
            " offered to the next in line, and you wait no more."
        ),
        takes={
            "instrument": Takes.NAME,
            "start": Takes.MOMENT,
            "end": Takes.MOMENT,
            "until": Takes.MOMENT,
        },
        urgent=True,
    )
)
PASSED_OVER = register_kind(
    Kind(
        key="bookings.passed_over",
        group=Group.BOOKINGS,
        label=_("Time for which I wait could not be offered to me"),
        title=_("Time on %(instrument)s could not be offered to you"),
        body=_(
            "It would have begun at %(start)s. Reason: %(reason)s You keep your place and are asked again as"
            " soon as this is mended."
        ),
        takes={"instrument": Takes.NAME, "start": Takes.MOMENT, "reason": Takes.NAME},
    )
)
OFFER_LAPSED = register_kind(
    Kind(
        key="bookings.offer_lapsed",
        group=Group.BOOKINGS,
        label=_("I did not answer an offer in time"),
        title=_("The offer of time on %(instrument)s has lapsed"),
        body=_(
            "From %(start)s until %(end)s was kept for you and is offered to the next in line. You wait no"
            " more; join the waiting list again if you still need the time."
        ),
        takes={"instrument": Takes.NAME, "start": Takes.MOMENT, "end": Takes.MOMENT},
    )
)
WAITING_OVER = register_kind(
    Kind(
        key="bookings.waiting_over",
        group=Group.BOOKINGS,
        label=_("Nothing became free for me"),
        title=_("No time on %(instrument)s became free for you"),
        body=_("You waited for time between %(start)s and %(end)s. You wait no more."),
        takes={"instrument": Takes.NAME, "start": Takes.MOMENT, "end": Takes.MOMENT},
    )
)
HAND_OVER_OFFERED = booking_kind(
    "bookings.hand_over_offered",
    _("Somebody offers me their booking"),
    _("%(name)s offers you a booking of %(instrument)s"),
    _("From %(start)s until %(end)s. Please answer by %(until)s; until then it stays theirs."),
    {"name": Takes.TEXT, "end": Takes.MOMENT, "until": Takes.MOMENT},
    urgent=True,
)
HAND_OVER_ANSWERED = booking_kind(
    "bookings.hand_over_answered",
    _("What became of a booking that I handed over"),
    _("Hand-over of %(instrument)s: %(answer)s"),
    _("Booked for %(start)s. The other person: %(name)s."),
    {"name": Takes.TEXT, "answer": Takes.NAME},
)
CHANGED = booking_kind(
    "bookings.changed",
    _("A booking of mine was changed by the crew"),
    _("Your booking of %(instrument)s has another time"),
    _("It was booked for %(start)s. Now it is from %(new_start)s until %(new_end)s."),
    {"new_start": Takes.MOMENT, "new_end": Takes.MOMENT},
    urgent=True,
)
CHANGE_WITHDRAWN = booking_kind(
    "bookings.change_withdrawn",
    _("A change that was asked for went with the cancelled booking"),
    _("Cancelled, and nobody is asked about the change any more: %(instrument)s"),
    _(
        "The booking that begins at %(start)s was cancelled. What was asked for in its place"
        " (%(new_instrument)s, %(new_start)s until %(new_end)s) is withdrawn with it."
    ),
    {"new_instrument": Takes.NAME, "new_start": Takes.MOMENT, "new_end": Takes.MOMENT},
)
AGREED = booking_kind(
    "bookings.agreed",
    _("A booking that I asked for is confirmed"),
    _("Confirmed: %(instrument)s"),
    _("Your booking that begins at %(start)s is confirmed."),
    {},
)
REFUSED = booking_kind(
    "bookings.refused",
    _("A booking that I asked for is refused"),
    _("Refused: %(instrument)s"),
    _("Your booking for %(start)s is not confirmed. Reason: %(reason)s Nothing is held for it any more."),
    {"reason": Takes.TEXT},
)
AT_RISK = booking_kind(
    "bookings.at_risk",
    _("Something speaks against a booking of mine"),
    _("Your booking of %(instrument)s is at risk"),
    _(
        "It begins at %(start)s. As things are, this speaks against it: %(reasons)s."
        " Can be mended by: %(menders)s."
    ),
    {"reasons": Takes.NAME, "menders": Takes.NAME},
    urgent=True,
)
TO_MEND = booking_kind(
    "bookings.to_mend",
    _("A booking is at risk that I can mend"),
    _("Bookings of %(instrument)s are at risk: %(reasons)s"),
    _("The first of them begins at %(start)s. You can mend it; whoever booked was told."),
    {"reasons": Takes.NAME},
)
MENDED = booking_kind(
    "bookings.mended",
    _("A booking of mine is in order again"),
    _("Your booking of %(instrument)s is in order again"),
    _("Nothing speaks against your booking that begins at %(start)s any more."),
    {},
)
PRICE_CHANGED = booking_kind(
    "bookings.price_changed",
    _("A booking of mine costs something else"),
    _("Your booking of %(instrument)s will cost %(fen)s"),
    _("By the prices in force when it begins at %(start)s. Before, it was %(before)s."),
    {"before": Takes.FEN, "fen": Takes.FEN},
)
INVITED = booking_kind(
    "bookings.invited",
    _("Invitations to my bookings, for my calendar"),
    _("Booked: %(instrument)s"),
    _("From %(start)s. The invitation that comes with the mail puts it into your calendar."),
    {"ref": Takes.TEXT},
    channels=frozenset({Channel.EMAIL}),
    encloses=told,
)
UNINVITED = booking_kind(
    "bookings.uninvited",
    _("Bookings that leave my calendar"),
    _("No longer booked: %(instrument)s"),
    _("It was to begin at %(start)s. What comes with the mail takes it out of your calendar."),
    {"ref": Takes.TEXT},
    channels=frozenset({Channel.EMAIL}),
    encloses=taken_back,
)
