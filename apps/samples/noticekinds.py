"""What people are told about their samples beside the tasks of the flow."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

DELAYED = register_kind(
    Kind(
        key="samples.delayed",
        group=Group.BOOKINGS,
        label=_("The promised day of my samples moves"),
        title=_("Samples %(number)s: promised for %(becomes)s instead of %(was)s"),
        body=_("Why: %(why)s."),
        takes={"number": Takes.TEXT, "was": Takes.DAY, "becomes": Takes.DAY, "why": Takes.NAME},
    )
)
HELD = register_kind(
    Kind(
        key="samples.held",
        group=Group.BOOKINGS,
        label=_("A sample of mine waits for something"),
        title=_("Sample %(code)s waits: %(why)s"),
        body=_("Its test goes on once that is settled. %(note)s"),
        takes={"code": Takes.TEXT, "why": Takes.NAME, "note": Takes.TEXT},
    )
)
LAST_CALL = register_kind(
    Kind(
        key="samples.last_call",
        group=Group.BOOKINGS,
        label=_("The last call for samples of mine"),
        title=_("Fetch your samples %(number)s by %(until)s"),
        body=_("What is still there afterwards may be disposed of."),
        takes={"number": Takes.TEXT, "until": Takes.DAY},
    )
)
