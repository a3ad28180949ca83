"""The rows of this room, one file a family: persons and where they belong, rights."""

from apps.people.models.persons import Card, Membership, OrgUnit, ResearchGroup, Suspension, User
from apps.people.models.rights import Authorization

__all__ = [
    "Authorization",
    "Card",
    "Membership",
    "OrgUnit",
    "ResearchGroup",
    "Suspension",
    "User",
]
