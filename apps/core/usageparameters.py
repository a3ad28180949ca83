"""The numbers of correcting a use whose person forgot to log off."""

from apps.core.declaring import Parameter

USAGE = (
    Parameter("usage.readings_days", 60, "How far odometers had come is kept for so many days."),
    Parameter(
        "usage.correction_days", 30, "The true end of a use may be proposed for so many days after it."
    ),
    Parameter(
        "usage.correction_answer_days",
        5,
        "Working days in which the manager answers a proposed end of a use; then the office may be asked.",
    ),
    Parameter(
        "usage.correction_office_days",
        10,
        "Working days after that until a proposed end that nobody answered is dropped.",
    ),
)
