"""The numbers of samples: offers, objections, last calls, how long files are kept."""

from apps.core.declaring import Parameter

SAMPLES = (
    Parameter(
        "samples.pi_reads_results",
        default=True,
        meaning="Whether a principal investigator reads the sample requests of the group along.",
    ),
    Parameter(
        "samples.keep_files_days", 1095, "Files of results are kept for so many days after the request."
    ),
    Parameter("samples.offer_days", 2, "Working days in which the crew answers samples with an offer."),
    Parameter("samples.check_days", 3, "Working days for a second look at results, and for an objection."),
    Parameter(
        "samples.link_days", 90, "Days for which the link of a customer without an account may count at most."
    ),
    Parameter("samples.quote_days", 14, "Days in which an offer for samples may be agreed to."),
    Parameter("samples.objection_days", 15, "Days in which a released result may be objected to."),
    Parameter(
        "samples.last_call_days", 10, "Working days from the last call until samples may be disposed of."
    ),
)
