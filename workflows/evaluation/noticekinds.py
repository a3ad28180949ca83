"""What people are told of evaluations beside their tasks: that a score is noticed or published, and what
became of an appeal.
"""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Group, Kind, Takes, register_kind

NOTICED = register_kind(
    Kind(
        key="evaluation.noticed",
        group=Group.CASES,
        label=_("The score of an instrument of mine is noticed"),
        title=_("%(name)s: %(score)s points in the evaluation %(year)s"),
        body=_("The scores are noticed in public. You may appeal once until %(until)s, on the sheet."),
        takes={"name": Takes.NAME, "score": Takes.TEXT, "year": Takes.TEXT, "until": Takes.MOMENT},
    )
)
PUBLISHED = register_kind(
    Kind(
        key="evaluation.published",
        group=Group.CASES,
        label=_("The result of an instrument of mine is published"),
        title=_("%(name)s: %(score)s points, %(grade)s"),
        body=_("The results of the evaluation %(year)s are published: %(number)s."),
        takes={
            "name": Takes.NAME,
            "score": Takes.TEXT,
            "grade": Takes.NAME,
            "year": Takes.TEXT,
            "number": Takes.TEXT,
        },
    )
)
APPEAL_DECIDED = register_kind(
    Kind(
        key="evaluation.appeal_decided",
        group=Group.CASES,
        label=_("An appeal of mine against a score is decided"),
        title=_("Your appeal about %(name)s: %(outcome)s"),
        body=_("Answer: %(answer)s"),
        takes={"name": Takes.NAME, "outcome": Takes.NAME, "answer": Takes.TEXT},
    )
)
