"""Notices about alarms of the system, for those who answer for the machines or for the whole."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

DEVICE_ALARM = register_kind(
    Kind(
        key="system.device_alarm",
        group=Group.SYSTEM,
        label=_("Alarm of a controller of mine"),
        title=_("Controller %(controller)s raised an alarm: %(code)s"),
        body=_("It controls: %(instruments)s. The page of the controllers shows what it says of itself."),
        takes={"controller": Takes.TEXT, "code": Takes.TEXT, "instruments": Takes.NAME},
        urgent=True,
    )
)
DECISION_ALARM = register_kind(
    Kind(
        key="system.decision_alarm",
        group=Group.SYSTEM,
        label=_("A rule could not be decided"),
        title=_("The rules of %(point)s gave no sound answer: %(code)s"),
        body=_("Nobody was let in by it. The decision shows the facts and what the engines said."),
        takes={"point": Takes.TEXT, "code": Takes.TEXT},
        urgent=True,
    )
)
BILLING_ALARM = register_kind(
    Kind(
        key="system.billing_alarm",
        group=Group.SYSTEM,
        label=_("A use could not be charged as it should"),
        title=_("A charge needs somebody to look at it: %(code)s"),
        body=_("The use is recorded; what it costs is not settled."),
        takes={"code": Takes.TEXT},
    )
)
