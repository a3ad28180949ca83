"""The dated parameters of evaluations."""

from apps.core.declaring import Parameter

EVALUATION = (
    Parameter("evaluation.committee", "evaluation", "The code of the committee that judges evaluations."),
    Parameter(
        "evaluation.report_days", 15, "Working days in which the crew completes what records do not know."
    ),
    Parameter("evaluation.lab_days", 10, "Working days in which the laboratory looks at a report."),
    Parameter("evaluation.department_days", 10, "Working days in which the department looks at a report."),
    Parameter("evaluation.forming_days", 5, "Working days in which the secretary forms a panel."),
    Parameter(
        "evaluation.top_share", "0.1", "This share of each cohort, the best by score, goes before the panel."
    ),
    Parameter(
        "evaluation.bottom_share",
        "0.1",
        "This share of each cohort, the last by score, goes before the panel.",
    ),
    Parameter(
        "evaluation.adjust_most",
        "5",
        "A panel changes a score by at most so many points, up or down.",
    ),
    Parameter(
        "evaluation.notice_days", 5, "Working days for which results are noticed; appeals come in them."
    ),
    Parameter("evaluation.publish_days", 5, "Working days in which the office publishes after the notice."),
    Parameter(
        "evaluation.shared_papers",
        "split",
        "A paper of several instruments: 'split' between them in equal parts, or counted for 'each'.",
    ),
    Parameter(
        "evaluation.idle_charge", default=False, meaning="While true, the rules may ask an idle charge."
    ),
    Parameter(
        "evaluation.stop_purchase",
        default=False,
        meaning="While true, the rules may put a unit on the stop-purchase list.",
    ),
    Parameter("evaluation.consequence_days", 365, "A consequence holds for so many days."),
)
