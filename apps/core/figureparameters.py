"""The numbers of figures and of the yearly table of facilities."""

from apps.core.declaring import Parameter

FIGURES = (
    Parameter("figures.academic_month", 9, "Academic years begin on the first day of this month (1-12)."),
    Parameter(
        "facility_review.confirm_days",
        10,
        "Working days in which a facility completes and confirms its yearly table.",
    ),
    Parameter("facility_review.score_days", 10, "Working days in which a panel scores the confirmed tables."),
)
