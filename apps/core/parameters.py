"""Dated parameters: every number of a process (days, limits, hours) is a row with a start, a reason and a
citation.

A parameter is declared once with its default; `values` answers in one query. Units are part of the name.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import Q

from apps.core.declaring import Parameter
from apps.core.evaluationparameters import EVALUATION
from apps.core.figureparameters import FIGURES
from apps.core.hostingparameters import HOSTING
from apps.core.libraryparameters import LIBRARY
from apps.core.models import ParameterValue
from apps.core.panelparameters import PANELS
from apps.core.pointparameters import POINTS
from apps.core.prepared import Prepared
from apps.core.sampleparameters import SAMPLES
from apps.core.usageparameters import USAGE

_DECLARED = (
    *EVALUATION,
    Parameter(
        "access.early_minutes",
        10,
        "A booking may be begun this many minutes before its start when the instrument is free.",
    ),
    Parameter("access.night_start_hour", 22, "Night begins at this school hour (0-23)."),
    Parameter("access.night_end_hour", 7, "Night ends at this school hour (0-23)."),
    Parameter("access.walk_in_max_minutes", 240, "A walk-in is granted for at most this long."),
    Parameter("access.extension_minutes", 30, "An extension adds at most this much to a running session."),
    Parameter(
        "access.drain_minutes",
        15,
        "A revoked use of an instrument of the class 'finish safely' may go on for at most this long.",
    ),
    Parameter(
        "access.minimum_grant_seconds", 60, "A clearance shorter than this is refused instead of granted."
    ),
    Parameter(
        "access.standby_horizon_hours",
        12,
        "Bookings that begin within this many hours are sent to controllers ahead.",
    ),
    Parameter(
        "access.fee_transition",
        default=False,
        meaning="While true, an instrument without an approved fee runs free of charge.",
    ),
    Parameter(
        "api.idempotency_hours", 48, "A repeated API request hears its first answer for this many hours."
    ),
    Parameter("billing.arrears_days", 60, "Unpaid charges older than this many days bar new use."),
    Parameter("bookings.max_hours", 24, "Longest booking, in hours."),
    Parameter("bookings.horizon_days", 60, "How far ahead a booking may lie, in days."),
    Parameter("bookings.grid_minutes", 1, "Bookings begin and end on multiples of so many minutes (1-60)."),
    Parameter("bookings.min_minutes", 5, "Shortest booking, in minutes."),
    Parameter("bookings.notice_minutes", 0, "A booking is made at least this many minutes ahead."),
    Parameter("bookings.check_in_counts", default=True, meaning="Whoever checked in is no no-show."),
    *POINTS,
    Parameter("bookings.offer_minutes", 30, "Time is offered to who waits for it for so many minutes."),
    Parameter(
        "bookings.offer_least_minutes", 10, "Time that must be answered for sooner than this is not offered."
    ),
    Parameter("bookings.hand_over_hours", 24, "Whoever is offered a booking answers within so many hours."),
    Parameter(
        "bookings.crew_horizon_days", 200, "How far ahead the crew books for courses, services and the like."
    ),
    Parameter("bookings.series_most", 60, "A series has at most so many bookings."),
    Parameter("bookings.waiting_most", 5, "A person waits for at most so many times, at all instruments."),
    Parameter("bookings.waiting_line", 30, "At each instrument at most so many wait for time."),
    Parameter("files.max_mb", 2048, "Largest file that may be uploaded in parts, in megabytes."),
    Parameter("files.open_per_person", 10, "One person may have at most so many unfinished uploads."),
    Parameter("files.upload_days", 7, "An unfinished upload is dropped after so many days."),
    Parameter("fees.notice_days", 5, "Working days for which prices are noticed in public."),
    Parameter("fees.whatif_days", 365, "What another price would have meant is asked of so many days."),
    Parameter("fees.review_days", 1095, "A fee standard is reviewed anew after this many days."),
    Parameter("fees.not_open_days", 365, "Days for which it is approved that an instrument is not open."),
    Parameter("fees.attachment_max_mb", 20, "Largest file of a fee proposal, in megabytes."),
    Parameter("fees.peers_minimum", 4, "Quartiles need at least so many peers; below that they are listed."),
    Parameter(
        "fees.outlier_factor", "2", "A price of this many times the median of the peers wants a reason."
    ),
    Parameter("fee_review.committee", "fees", "The code of the committee that judges fees."),
    Parameter(
        "fee_review.revision_days", 10, "Working days in which a proposal is corrected and sent again."
    ),
    Parameter("fee_review.department_days", 10, "Working days in which the department looks at a proposal."),
    Parameter("fee_review.finance_days", 5, "Working days in which finance checks costs and prices."),
    Parameter("fee_review.forming_days", 3, "Working days in which the secretary forms a panel."),
    Parameter("fee_review.expert_days", 5, "Working days in which an expert of the class answers."),
    Parameter(
        "fee_review.discussion_days", 5, "Working days in which whoever presides names a price, or decides."
    ),
    Parameter(
        "fee_review.appeal_days",
        5,
        "Working days for an appeal against changed prices; then the committee's stand.",
    ),
    Parameter("fee_review.objection_days", 5, "Working days in which an objection is answered."),
    Parameter("fee_review.issue_days", 5, "Working days in which the decision is issued after the notice."),
    Parameter(
        "fees.external_margin",
        {"external_academic": "0.2", "enterprise": "0.7"},
        "An external price above the full cost by more than this share of it is warned of, by tier.",
    ),
    Parameter(
        "fees.simplified_change", "0.1", "A change of at most this share of a price may go the short way."
    ),
    Parameter(
        "fees.drift",
        ("0.7", "1.3"),
        "Real hours outside this part of the planned hours reopen a fee standard.",
    ),
    Parameter("fees.consumables_drift", "0.2", "Consumables that moved by this share reopen a fee standard."),
    Parameter(
        "fees.formulas",
        (),
        "Formulas of cost sheets that the school adds or changes (members as in apps/fees/formulas.py).",
    ),
    Parameter(
        "fees.maintenance_most",
        "0.06",
        "Repair above this share of the original value a year is warned of.",
    ),
    Parameter(
        "fees.cost_tolerance_e4",
        100,
        "A stated cost may differ from the computed one by this much (ten-thousandths of a yuan).",
    ),
    Parameter(
        "documents.word_fee_notice",
        "设备公示",
        "The agency's word (机关代字) that begins the numbers of public notices of fees.",
    ),
    Parameter(
        "documents.word_fee_decision",
        "设备批",
        "The agency's word that begins the numbers of decisions on fees; another one for each kind.",
    ),
    Parameter(
        "documents.word_not_open_notice",
        "设备免公示",
        "The agency's word that begins the numbers of public notices that an instrument is not to be shared.",
    ),
    Parameter(
        "documents.word_not_open",
        "设备免",
        "The agency's word that begins the numbers of decisions that an instrument need not be shared.",
    ),
    Parameter(
        "documents.word_evaluation_result",
        "设备评",
        "The agency's word that begins the numbers of published results of evaluations.",
    ),
    Parameter(
        "documents.word_appointment",
        "设备聘",
        "The agency's word that begins the numbers of appointments to committees.",
    ),
    Parameter(
        "documents.seal_shown",
        default=False,
        meaning="While true, papers issued then bear the picture of the seal (DOCUMENTS_SEAL) over the date.",
    ),
    Parameter(
        "committee.accept_days",
        5,
        "Working days in which somebody says whether they will sit on a committee.",
    ),
    Parameter(
        "committee.approve_days", 5, "Working days in which the composition of a committee is decided."
    ),
    *PANELS,
    Parameter(
        "people.applications_per_address",
        10,
        "The public application form is taken this often an hour from one address.",
    ),
    Parameter(
        "people.applications_per_identity",
        3,
        "Applications under one school number or e-mail address are told this often a day to who decides.",
    ),
    Parameter(
        "people.silent_days",
        3,
        "An answer that would tell a stranger whether somebody has an account is kept back this many days.",
    ),
    Parameter("people.terms_version", "2026-1", "The user agreement that applicants accept now."),
    Parameter(
        "people.hr_leave_cap_percent",
        2,
        "A personnel file that lacks more than this share of the active people of the school is stopped.",
    ),
    Parameter("people.hr_rows_days", 180, "Rows of decided personnel files are kept this many days."),
    Parameter("registration.sponsor_days", 5, "Working days in which a sponsor confirms."),
    Parameter("registration.contract_days", 5, "Working days in which the office checks a contract."),
    Parameter(
        "registration.answer_days", 20, "Working days in which an applicant answers what was asked of them."
    ),
    Parameter(
        "registration.exam_days",
        60,
        "Days after activation until a registration is closed as a visitor's; the exam may be taken later.",
    ),
    Parameter(
        "deregistration.settle_days", 20, "Working days in which a person settles what only they can settle."
    ),
    Parameter("deregistration.hand_over_days", 5, "Working days in which a hand-over is done."),
    Parameter(
        "deregistration.limit_days",
        10,
        "Working days after which a registration ends, whatever is not handed over by then.",
    ),
    Parameter("people.renewal_days", 365, "A registration wants to be confirmed again after this many days."),
    Parameter("people.renewal_notice_days", 30, "Renewal is asked for this many days before it is due."),
    Parameter(
        "notices.digest_hour",
        8,
        "Notices that a person wants once a day are sent at this school hour (0-23).",
    ),
    Parameter("notices.retention_days", 400, "Notices older than this many days are removed."),
    Parameter(
        "tokens.default_days", 90, "An API token lasts this many days unless its maker says otherwise."
    ),
    Parameter("tokens.max_days", 365, "No API token lasts longer than this many days."),
    Parameter("tokens.max_per_person", 20, "One person has at most this many API tokens in force."),
    Parameter(
        "training.attempts_within_days",
        365,
        "Attempts at an exam are counted since the last pass, and within this many days.",
    ),
    Parameter(
        "training.renewal_window_days",
        90,
        "A certificate or clearance may be renewed this many days before it ends.",
    ),
    Parameter(
        "training.renewal_grace_days",
        180,
        "A certificate that ended at most this many days ago may be renewed; later the whole way is asked.",
    ),
    Parameter(
        "training.renewal_use_days",
        180,
        "Who used the instrument within this many days renews a certificate without the exam; 0: never.",
    ),
    Parameter(
        "training.review_after_fail",
        default=False,
        meaning="While true, who failed an exam sees the right answers too, not only the points by topic.",
    ),
    Parameter(
        "training.trainer_of_same_group_barred",
        default=False,
        meaning="While true, nobody is trained or assessed by a member of their own research group.",
    ),
    Parameter(
        "training.countersigned_levels",
        ("advanced", "trainer"),
        "Certificates of these levels are countersigned by the head of the lab.",
    ),
    Parameter(
        "training.probation_days", 90, "A certificate on probation is valid for this many days at most."
    ),
    Parameter(
        "training.most_assessments", 3, "A training in which so many assessments were not passed is refused."
    ),
    Parameter(
        "training.extra_minutes",
        60,
        "Minutes of supervised use that a trainer asks for besides, unless they say how many.",
    ),
    Parameter("training.place_days", 10, "Working days in which a trainer finds a place in a session."),
    Parameter("training.exam_days", 120, "A training is closed when the exam is not passed in so many days."),
    Parameter(
        "training.record_days",
        2,
        "So many days after a session its use has to be recorded; then another place is looked for.",
    ),
    Parameter("training.assess_days", 10, "Working days in which a trainer assesses."),
    Parameter(
        "training.hearing_days",
        5,
        "Working days in which the holder of a certificate may answer what is held against them.",
    ),
    Parameter(
        "training.lapse_review_days",
        90,
        "Certificates that end within this many days are put before the rule training.lapse.",
    ),
    Parameter(
        "training.semester_ends",
        ("01-31", "08-31"),
        "The last days of the semesters (month-day): night endorsements end with them.",
    ),
    Parameter(
        "usage.unused_grant_seconds",
        120,
        "A grant without a power-on report within this time is closed as unused.",
    ),
    Parameter(
        "usage.odometer_tolerance_seconds",
        5,
        "A controller may report this much more use than time has passed; what is longer is held for review.",
    ),
    Parameter(
        "workflows.step_days",
        5,
        "A step without a deadline of its own is to be answered in so many working days.",
    ),
    *HOSTING,
    *LIBRARY,
    *FIGURES,
    *SAMPLES,
    *USAGE,
    Parameter("workflows.urge_hours", 4, "A case may be urged once in so many hours."),
    Parameter("workflows.attachment_max_mb", 20, "Largest file that may be added to a case, in megabytes."),
    Parameter("webhooks.max_per_person", 10, "One person may have at most so many webhooks."),
    Parameter(
        "webhooks.keep_days",
        30,
        "What webhooks were sent, and what waits for a paused one, is kept for so many days.",
    ),
    Parameter(
        "usage.override_hours", 4, "The manual key gives power for at most this long; so does a controller."
    ),
)
PARAMETERS = MappingProxyType({p.key: p for p in _DECLARED})


_ROWS = Prepared(
    lambda keys, at: (
        ParameterValue.objects.filter(key__in=keys, valid_from__lte=at)
        .order_by("valid_from")
        .values_list("key", "value")
    )
)


def values(keys: Iterable[str], *, at: datetime) -> dict[str, Any]:
    """The values of several parameters in force at a moment, in one query. Raises KeyError for an undeclared
    key.
    """
    found = {key: PARAMETERS[key].default for key in keys}
    found.update((key, json.loads(text)) for key, text in _ROWS.rows(keys=tuple(found), at=at))
    return found


def value(key: str, *, at: datetime) -> Any:
    """The value of one parameter in force at a moment."""
    return values([key], at=at)[key]


def citations(rooms: Iterable[str], *, at: datetime) -> tuple[str, ...]:
    """The regulations that the parameters of some rooms ('fees') in force at a moment are said to follow,
    each once, in the order of the keys. One query.
    """
    named = Q(*(("key__startswith", f"{room}.") for room in rooms), _connector=Q.OR)
    rows = ParameterValue.objects.filter(named, valid_from__lte=at).order_by("key", "valid_from")
    last = dict(rows.values_list("key", "cites"))
    return tuple(dict.fromkeys(one for one in last.values() if one))
