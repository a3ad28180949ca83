"""The facts of the gate (``access.unlock``), schema version 1: a person, an instrument and an hour.

It owns the schema only and fetches nothing. A table compares a fact with a constant, never two facts: where
two facts must be compared the provider compares them and supplies the answer (``certificate_level_ok``,
``fund_covers_estimate``, ``booking_open``, ``clearance_too_short``), beside both originals for the
explanation. ``unknown`` means that a source did not answer; it never opens. ``holiday``, ``hosted_owner``
and ``minutes_to_next_booking`` are there for the rows of an institution: the default table tests none of
them.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class Purpose(enum.StrEnum):
    """What the instrument is switched on for."""

    BOOKING = "booking"
    WALK_IN = "walk_in"
    SAMPLE_RUN = "sample_run"
    TRAINING = "training"
    TEACHING = "teaching"
    MAINTENANCE = "maintenance"
    COMMISSIONING = "commissioning"
    EMERGENCY = "emergency"


PURPOSES: tuple[str, ...] = tuple(purpose.value for purpose in Purpose)


class UserState(enum.StrEnum):
    """Standing of the account at this moment."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class UserKind(enum.StrEnum):
    """Kind of registration; a visitor may only hand in samples."""

    STUDENT = "student"
    STAFF = "staff"
    EXTERNAL_ACADEMIC = "external_academic"
    ENTERPRISE = "enterprise"
    VISITOR = "visitor"
    UNKNOWN = "unknown"


class CardState(enum.StrEnum):
    """The card that was swiped; ``not_used`` where the person signed in otherwise."""

    ACTIVE = "active"
    NOT_USED = "not_used"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class InstrumentState(enum.StrEnum):
    """Whether the instrument may run."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    LOCKED = "locked"
    UNKNOWN = "unknown"


class CertificateLevel(enum.StrEnum):
    """none < assisted < basic < advanced < trainer; only the provider compares levels."""

    NONE = "none"
    ASSISTED = "assisted"
    BASIC = "basic"
    ADVANCED = "advanced"
    TRAINER = "trainer"


class BookingState(enum.StrEnum):
    """Whose booking the present slot is (with the early-start tolerance applied by the provider)."""

    OWN = "own"
    NONE = "none"
    OTHER = "other"


class NodeState(enum.StrEnum):
    """Whose session holds the node that is asked for; ``free`` also where no node is concerned.

    ``own``: the grant that is asked about again, or an own one that was never switched on and gives way;
    ``own_use``: the person who asks anew is using it already.
    """

    FREE = "free"
    OWN = "own"
    OWN_USE = "own_use"
    IN_USE = "in_use"
    UNKNOWN = "unknown"


class SampleState(enum.StrEnum):
    """State of the sample that is to be run; it may run when received, queued or in testing."""

    NONE = "none"
    REQUESTED = "requested"
    RECEIVED = "received"
    QUEUED = "queued"
    TESTING = "testing"
    TESTED = "tested"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class FundState(enum.StrEnum):
    """The fund account that would pay."""

    USABLE = "usable"
    NONE = "none"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class IncidentState(enum.StrEnum):
    """The worst open incident of the instrument."""

    NONE = "none"
    REFUSE_NEW = "refuse_new"
    LOCKED = "locked"
    UNKNOWN = "unknown"


class HostingState(enum.StrEnum):
    """The hosting agreement of an entrusted instrument; ``none`` where it is not hosted."""

    NONE = "none"
    ACTIVE = "active"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class UnlockFacts:
    """Everything the gate knows at one moment.

    ``*_days_left``: whole days until the end, negative once it is over, null where nothing was ever given.
    ``minutes_*``: minutes from now, null where there is no such booking. ``*_fen``: integer fen.
    """

    purpose: Purpose
    # the person
    user_state: UserState
    user_kind: UserKind
    card_state: CardState
    crew_member: bool
    external_user: bool
    hosted_owner: bool
    # the instrument; opening level 1 listed, 2 samples, 3 booking, 4 workstation agent, 5 interlock
    instrument_state: InstrumentState
    opening_level: int
    incident: IncidentState
    customs_supervised: bool
    external_use_registered: bool
    hosting_state: HostingState
    node_state: NodeState
    # training and safety; level_ok compares certificate_level with required_level
    certificate_level: CertificateLevel
    required_level: CertificateLevel
    certificate_level_ok: bool
    certificate_days_left: int | None
    certificate_suspended: bool
    safety_clearance_days_left: int | None
    # the hour; people_present counts others than the user who are badged in, or who must badge in before
    # power
    night: bool
    night_self_use: bool
    second_person_required: bool
    holiday: bool
    night_endorsed: bool
    people_present: int
    supervisor_present: bool
    # the reason to be here; booking_open: the own booking may start now (tolerance is a parameter)
    booking: BookingState
    booking_open: bool
    minutes_to_start: int | None
    minutes_to_next_booking: int | None
    walk_in_allowed: bool
    sample_state: SampleState
    training_session_now: bool
    teaching_slot_now: bool
    responsible_teacher: bool
    work_order_open: bool
    service_engineer: bool
    commissioning_open: bool
    # money; use_charged is false for free instruments, and in the transition for one without approved fee
    use_charged: bool
    fee_in_force: bool
    fee_transition: bool
    fund_state: FundState
    fund_covers_estimate: bool
    estimated_cost_fen: int
    fund_available_fen: int
    arrears_days: int
    # everything above ends some time; true when the first end is so near that a grant would be of no use
    clearance_too_short: bool
