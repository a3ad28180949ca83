"""What people are told of instruments that are approved not to be open."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

NOT_OPEN_ENDS = register_kind(
    Kind(
        key="onboarding.not_open_ends",
        group=Group.TASKS,
        label=_("An approval that my instrument is not open ends soon"),
        title=_("The approval that %(instrument)s is not open ends on %(day)s"),
        body=_(
            "Apply anew, with a reason, or open it: after that day its opening begins by itself. "
            "Approval %(number)s."
        ),
        takes={"instrument": Takes.NAME, "day": Takes.DAY, "number": Takes.TEXT},
    )
)
