"""Notices about alarms of the system, for those who answer for the machines or for the whole; and to anybody
about the ways into their own account.
"""

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
PASSKEY_ADDED = register_kind(
    Kind(
        key="account.passkey_added",
        group=Group.ACCOUNT,
        label=_("A passkey is added to my account"),
        title=_("The passkey “%(name)s” was added to your account"),
        body=_(
            "Whoever has it can sign in as you. If you did not add it, remove it at once and change your "
            "password."
        ),
        takes={"name": Takes.TEXT},
        urgent=True,
    )
)
PASSKEY_REMOVED = register_kind(
    Kind(
        key="account.passkey_removed",
        group=Group.ACCOUNT,
        label=_("A passkey of mine is removed"),
        title=_("The passkey “%(name)s” opens your account no longer"),
        body=_("It was removed. If that was not you, change your password at once."),
        takes={"name": Takes.TEXT},
        urgent=True,
    )
)
APP_ADDED = register_kind(
    Kind(
        key="account.app_added",
        group=Group.ACCOUNT,
        label=_("An authenticator app is added to my account"),
        title=_("Your account asks for the code of an authenticator app from now on"),
        body=_("If you did not set this up, change your password and tell the equipment office."),
        takes={},
        urgent=True,
    )
)
APP_REMOVED = register_kind(
    Kind(
        key="account.app_removed",
        group=Group.ACCOUNT,
        label=_("My authenticator app is removed"),
        title=_("Your account no longer asks for the code of an authenticator app"),
        body=_("It was removed. If that was not you, change your password at once."),
        takes={},
        urgent=True,
    )
)
