"""What people are told of the records of their instruments."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

RECORD_INCOMPLETE = register_kind(
    Kind(
        key="library.record_incomplete",
        group=Group.TASKS,
        label=_("The record of an instrument of mine is not complete"),
        title=_("The record of %(instrument)s scores %(score)s of 100"),
        body=_(
            "So many things are missing: %(missing)s. The page shows each of them, and where it is mended."
        ),
        takes={"instrument": Takes.NAME, "score": Takes.COUNT, "missing": Takes.COUNT},
    )
)
