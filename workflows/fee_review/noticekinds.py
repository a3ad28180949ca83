"""What people are told of fee reviews beside their tasks and cases: whoever objects hears the answer."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

OBJECTION_ANSWERED = register_kind(
    Kind(
        key="fee_review.objection_answered",
        group=Group.CASES,
        label=_("An objection of mine is answered"),
        title=_("Your objection to “%(title)s” is answered: %(outcome)s"),
        body=_("Answer: %(answer)s"),
        takes={"title": Takes.TEXT, "outcome": Takes.NAME, "answer": Takes.TEXT},
    )
)
