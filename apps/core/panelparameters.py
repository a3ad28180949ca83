"""The numbers of panels: how they are formed, how they vote, what is shown of it."""

from apps.core.declaring import Parameter

PANELS = (
    Parameter("panels.quorum", "2/3", "A round counts when so many of the panel have voted (a fraction)."),
    Parameter(
        "panels.first_majority",
        "2/3",
        "In a first round an option wins with at least this share of the votes cast (a fraction above 1/2).",
    ),
    Parameter(
        "panels.second_majority",
        "1/2",
        "In a second round an option wins with more than this share of the votes cast (a fraction from 1/2).",
    ),
    Parameter(
        "panels.abstentions_count",
        default=True,
        meaning="While true, abstentions are among the votes that majorities are taken of.",
    ),
    Parameter(
        "panels.tie",
        "chair",
        "Who breaks a tie of a second round: the chair, or nobody, and it is refused (chair, reject).",
    ),
    Parameter(
        "panels.early_close",
        default=True,
        meaning="While true, a round closes as soon as its outcome can no longer change.",
    ),
    Parameter("panels.minimum_members", 3, "A panel has at least so many members, and an odd number."),
    Parameter("panels.wished_members", 5, "A panel is proposed with so many members when there are enough."),
    Parameter("panels.substitutes", 2, "So many substitutes are named with a panel."),
    Parameter(
        "panels.load_limit", 6, "Who sits on so many open panels is not proposed for another; 0: no limit."
    ),
    Parameter(
        "panels.department_excluded",
        default=True,
        meaning="While true, nobody judges a price of their own department.",
    ),
    Parameter(
        "panels.familiarity_average",
        "3/2",
        "Below this average of declared familiarity (0 to 3) experts are asked in writing (a fraction).",
    ),
    Parameter("panels.experts", 2, "So many experts are asked at most."),
    Parameter(
        "panels.votes_shown_to",
        "applicant",
        "Who sees votes and reasons of a closed round (panel, applicant, readers; each includes the former).",
    ),
    Parameter(
        "panels.names_shown",
        "panel",
        "Who sees the names beside the votes of a closed round (nobody, panel, applicant, readers).",
    ),
    Parameter("panels.invitation_days", 3, "Working days in which an invited member accepts or declines."),
    Parameter("panels.round_days", 5, "Working days in which a round of votes is open."),
)
