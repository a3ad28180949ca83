"""The protective rules of the state machine, each by name. Only tests ever build one with a rule switched
off, to prove that the oracle of the fault tests sees the difference; the product always runs with all
of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Each member is one rule of IAP/1; False takes it away (tests only)."""

    verify_signature: bool = True
    match_boot: bool = True
    match_question: bool = True
    anchor_at_asking: bool = True
    grant_expires: bool = True
    lease_required: bool = True
    version_rises: bool = True
    version_persists: bool = True
    off_at_boot: bool = True
    clock_bounded: bool = True
    licence_needs_current_version: bool = True
    journal_persists: bool = True
    odometer_persists: bool = True
    denial_keeps_session: bool = True
    stop_cuts: bool = True
    stop_latches: bool = True
    revocation_cuts: bool = True
