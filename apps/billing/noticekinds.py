"""What people are told about charges that changed."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

RECHARGED = register_kind(
    Kind(
        key="billing.recharged",
        group=Group.BOOKINGS,
        label=_("A charge for a use of mine is corrected"),
        title=_("Your use of %(instrument)s costs %(fen)s instead of %(before)s"),
        body=_(
            "It began at %(start)s. The first charge went back to the fund %(fund)s, and the second counts."
        ),
        takes={
            "instrument": Takes.NAME,
            "start": Takes.MOMENT,
            "fen": Takes.FEN,
            "before": Takes.FEN,
            "fund": Takes.TEXT,
        },
    )
)
SAMPLES_RECHARGED = register_kind(
    Kind(
        key="billing.samples_recharged",
        group=Group.BOOKINGS,
        label=_("A charge for samples of mine is corrected"),
        title=_("The samples %(number)s cost %(fen)s instead of %(before)s"),
        body=_(
            "What was needed for their test was corrected. The first charge went back, and the second counts"
            " (fund %(fund)s)."
        ),
        takes={"number": Takes.TEXT, "fen": Takes.FEN, "before": Takes.FEN, "fund": Takes.TEXT},
    )
)
PART_CHARGED = register_kind(
    Kind(
        key="billing.part_charged",
        group=Group.BOOKINGS,
        label=_("A part of the fee is charged for a booking that I did not keep"),
        title=_("%(fen)s for your booking of %(instrument)s: %(why)s"),
        body=_(
            "Booked for %(start)s. %(per_mille)s per mille of the estimated %(base)s, from the fund %(fund)s."
            " You may appeal against the points until %(until)s; upheld, both are gone."
        ),
        takes={
            "instrument": Takes.NAME,
            "start": Takes.MOMENT,
            "fen": Takes.FEN,
            "base": Takes.FEN,
            "per_mille": Takes.COUNT,
            "why": Takes.NAME,
            "fund": Takes.TEXT,
            "until": Takes.MOMENT,
        },
    )
)
PART_REFUNDED = register_kind(
    Kind(
        key="billing.part_refunded",
        group=Group.BOOKINGS,
        label=_("A part of a fee that I was charged goes back"),
        title=_("%(fen)s went back to the fund %(fund)s"),
        body=_("It was charged for your booking of %(instrument)s for %(start)s. %(why)s."),
        takes={
            "instrument": Takes.NAME,
            "start": Takes.MOMENT,
            "fen": Takes.FEN,
            "why": Takes.NAME,
            "fund": Takes.TEXT,
        },
    )
)
