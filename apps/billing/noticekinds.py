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
