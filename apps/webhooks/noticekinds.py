"""Notices about webhooks."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

PAUSED = register_kind(
    Kind(
        key="webhooks.paused",
        group=Group.ACCOUNT,
        label=_("A webhook of mine is paused"),
        title=_("Your webhook %(label)s is paused"),
        body=_(
            "%(address)s has taken nothing for days, or the address can no longer be read. What happens "
            "meanwhile waits until you let the webhook go on."
        ),
        takes={"label": Takes.TEXT, "address": Takes.TEXT},
    )
)
