"""The facts of ``fees.panel``, schema version 1: somebody of a committee who might judge a price.

It owns the schema only and fetches nothing. ``own_*``: what ties the person to one of the instruments or to
the applicant; which unit is the same is for the provider to find out. ``department_excluded`` is the policy
of the day. ``load``: open panels they sit on. ``familiarity``: 0 to 3 as they declared for the class, null
when they said nothing.
"""

from __future__ import annotations

import dataclasses

FACTS_SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class PanelFacts:
    """Everything that is asked before somebody is proposed for a panel."""

    # the person and their seat
    active: bool
    votes: bool
    absent: bool
    load: int
    load_reached: bool
    familiarity: int | None
    # what ties them to the case
    is_applicant: bool
    own_crew: bool
    own_group: bool
    hosted_owner: bool
    own_lab: bool
    own_department: bool
    department_excluded: bool
