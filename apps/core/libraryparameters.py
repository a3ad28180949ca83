"""The numbers of the school library: its register, its lists, data quality, the ladder of opening."""

from apps.core.declaring import Parameter

_INSTRUMENTS = ("03",)  # the ministry's class of instruments
_USED = ("in_use", "spare", "repair")

LIBRARY = (
    Parameter(
        "library.gone_percent",
        5,
        "A file of the register that lacks more than this percentage of the assets is confirmed by number.",
    ),
    Parameter("library.rows_days", 30, "Rows of decided files of the register are kept for so many days."),
    Parameter(
        "library.list_lab",
        {"classes": _INSTRUMENTS, "statuses": _USED, "least_fen": 0, "purposes": ("teaching", "research")},
        "Laboratory instruments: how their classes begin, their statuses, lowest price and purposes.",
    ),
    Parameter(
        "library.list_fund",
        {"classes": _INSTRUMENTS, "statuses": ("in_use",), "least_fen": 500_000_00, "purposes": ()},
        "Which instruments the open test fund may pay for (members as in library.list_lab).",
    ),
    Parameter(
        "library.list_benefit",
        {"classes": _INSTRUMENTS, "statuses": ("in_use",), "least_fen": 400_000_00, "purposes": ()},
        "Which instruments are evaluated for the benefit of their use (members as in library.list_lab).",
    ),
    Parameter(
        "library.quality_levels",
        (0, 40, 60, 80, 80, 90),
        "The score of data quality that each level of opening needs, from 0 to 5.",
    ),
    Parameter("library.reminder_score", 80, "Managers are reminded of records with a lower score than this."),
    Parameter(
        "library.not_open_days", 60, "So many days ahead people hear that an approval not to open ends."
    ),
)
