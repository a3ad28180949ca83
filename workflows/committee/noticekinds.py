"""What people are told of a committee that they will sit on."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

APPOINTED = register_kind(
    Kind(
        key="panels.appointed",
        group=Group.CASES,
        label=_("I am appointed to a committee"),
        title=_("You are appointed: %(committee)s"),
        body=_(
            "Role: %(role)s. From %(starts)s until %(ends)s. Please say how well you know which instruments."
        ),
        takes={
            "committee": Takes.NAME,
            "role": Takes.NAME,
            "starts": Takes.MOMENT,
            "ends": Takes.MOMENT,
        },
    )
)
