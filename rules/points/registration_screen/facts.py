"""The facts of ``registration.screen``, schema version 1: one application, and what is known about who
applies.

It owns the schema only. Whoever asks compares (days left are counted, matches are named) and names the source
of each fact. ``unknown`` means that a source did not answer; it is never accepted.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class ApplicantKind(enum.StrEnum):
    """As whom the person wants to be registered."""

    STUDENT = "student"
    STAFF = "staff"
    EXTERNAL_ACADEMIC = "external_academic"
    ENTERPRISE = "enterprise"
    UNKNOWN = "unknown"


class AccountFound(enum.StrEnum):
    """The account that exists under the same identity (school number, or e-mail of an external person)."""

    NONE = "none"
    ENDED = "ended"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


class HrMatch(enum.StrEnum):
    """What the personnel file says of the number: ``match`` is number, name and kind."""

    MATCH = "match"
    NO_RECORD = "no_record"
    NAME_DIFFERS = "name_differs"
    KIND_DIFFERS = "kind_differs"
    LEFT = "left"
    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"


class EmailFound(enum.StrEnum):
    """Whether the school knew the e-mail address before: from the personnel file, or from the account that
    the person had. Whoever reads an unknown one may be somebody else who knows the number and the name.
    """

    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    NOT_ON_FILE = "not_on_file"
    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"


class OrganisationFound(enum.StrEnum):
    """The external organisation that was named."""

    KNOWN = "known"
    NOT_LISTED = "not_listed"
    BLOCKED = "blocked"
    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"


class Terms(enum.StrEnum):
    """The user agreement of the school: accepted in its version in force, in an older one, or not at all."""

    CURRENT = "current"
    OUTDATED = "outdated"
    MISSING = "missing"


class SponsorFound(enum.StrEnum):
    """The principal investigator who was named as sponsor."""

    ACTIVE = "active"
    NOT_ACTIVE = "not_active"
    NOT_FOUND = "not_found"
    NONE = "none"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScreenFacts:
    """One application. Days left are whole days, negative when over; None means no end, or for an agreement
    that none is in force.
    """

    applicant_kind: ApplicantKind
    account: AccountFound
    email: EmailFound
    email_used: bool
    same_person: bool
    hr: HrMatch
    hr_days_left: int | None
    organisation: OrganisationFound
    agreement_days_left: int | None
    terms: Terms
    sponsor: SponsorFound
    wished_days: int | None
