"""What people are told of agreements about hosting, beside their tasks and cases."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

PROPOSED = register_kind(
    Kind(
        key="hosting.proposed",
        group=Group.CASES,
        label=_("Terms of hosting are proposed to me"),
        title=_("Terms proposed for %(instrument)s: version %(version)s"),
        body=_("Proposed by: %(side)s. Look at what is different, then accept it or propose otherwise."),
        takes={"instrument": Takes.NAME, "version": Takes.COUNT, "side": Takes.NAME},
    )
)
STATED = register_kind(
    Kind(
        key="hosting.stated",
        group=Group.CASES,
        label=_("The monthly statement of an instrument that is hosted for me"),
        title=_("%(instrument)s in %(month)s: your share is %(fen)s"),
        body=_("Income %(income)s, repairs borne by you %(repairs)s."),
        takes={
            "instrument": Takes.NAME,
            "month": Takes.TEXT,
            "fen": Takes.FEN,
            "income": Takes.FEN,
            "repairs": Takes.FEN,
        },
    )
)
ENDING = register_kind(
    Kind(
        key="hosting.ending",
        group=Group.CASES,
        label=_("An agreement about hosting of mine ends soon"),
        title=_("The hosting of %(instrument)s ends at %(until)s"),
        body=_(
            "To go on, either side proposes terms with a later last day and both accept them. Otherwise the"
            " instrument goes back by an inventory."
        ),
        takes={"instrument": Takes.NAME, "until": Takes.MOMENT},
    )
)
BREACHED = register_kind(
    Kind(
        key="hosting.breached",
        group=Group.CASES,
        label=_("My side is said not to keep an agreement about hosting"),
        title=_("Warning about %(instrument)s: %(what)s"),
        body=_("It is to be mended by %(until)s; otherwise the hours of priority and the discount rest."),
        takes={"instrument": Takes.NAME, "what": Takes.TEXT, "until": Takes.MOMENT},
    )
)
