"""The facts of ``booking.admission``, schema version 3: somebody wants an instrument for a period.

It owns the schema only and fetches nothing. The provider compares and says each condition as a fact that is
true when it fails, because a table never compares two facts; the originals stand beside them, for the
explanation and for the rows of an institution. Of a period that is none (reversed, past, too far) nothing
else is asked: the other facts are false then. Money is in fen, lengths in minutes.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 3


class AdmissionPurpose(enum.StrEnum):
    """What the instrument is wanted for."""

    USE = "use"
    SAMPLE_RUN = "sample_run"
    TRAINING = "training"
    TEACHING = "teaching"
    MAINTENANCE = "maintenance"


class ApplicantKind(enum.StrEnum):
    """Kind of registration of the person who would use the instrument."""

    STUDENT = "student"
    STAFF = "staff"
    EXTERNAL_ACADEMIC = "external_academic"
    ENTERPRISE = "enterprise"
    VISITOR = "visitor"
    UNKNOWN = "unknown"


class SecondPerson(enum.StrEnum):
    """Who would be there at night, where the instrument asks for two: whoever the endorsement names, who may
    (``named``) or may not (``unable``: not registered or not cleared for the whole time); ``unknown``: the
    endorsement names nobody, and the gate asks for a second card.
    """

    NOT_NEEDED = "not_needed"
    NAMED = "named"
    UNABLE = "unable"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdmissionFacts:
    """What an admission is judged by. ``touches_night``: any moment of the period is night at the school."""

    purpose: AdmissionPurpose
    # the person and the instrument
    user_kind: ApplicantKind
    external_user: bool
    opening_level: int
    required_level: str
    use_charged: bool
    # the period and the terms
    minutes_ahead: int
    length_minutes: int
    touches_night: bool
    second_person: SecondPerson
    grid_minutes: int
    min_minutes: int
    max_minutes: int
    notice_minutes: int
    horizon_days: int
    # money; null where nothing is charged, no price is known or no fund is chosen
    estimated_fen: int | None
    fund_available_fen: int | None
    # days since the oldest spending that the money does not cover: of the fund, of the worst of its group
    debt_days: int
    group_debt_days: int
    # what fails
    period_reversed: bool
    already_past: bool
    too_long: bool
    too_short: bool
    too_far: bool
    short_notice: bool
    off_grid: bool
    not_crew: bool
    not_bookable: bool
    hosting_unknown: bool
    out_of_service: bool
    closed: bool
    taken: bool
    guided_session: bool
    owner_first: bool
    quota_exceeded: bool
    share_exceeded: bool
    suspended: bool
    not_registered: bool
    visitor: bool
    points_reached: bool
    safety_missing: bool
    certificate_missing: bool
    night_barred: bool
    night_not_endorsed: bool
    second_person_unable: bool
    customs_barred: bool
    fee_missing: bool
    price_missing: bool
    fund_missing: bool
    fund_unusable: bool
    fund_insufficient: bool
    limit_exceeded: bool
    arrears: bool
