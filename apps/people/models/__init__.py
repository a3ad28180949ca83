"""The rows of this room, one file a family: persons and where they belong, rights."""

from apps.people.models.duties import Absence, Post
from apps.people.models.persons import (
    RIGHTS,
    Card,
    Membership,
    OrgUnit,
    ResearchGroup,
    Suspension,
    User,
)
from apps.people.models.rights import Authorization

__all__ = [
    "RIGHTS",
    "Absence",
    "Authorization",
    "Card",
    "Membership",
    "OrgUnit",
    "Post",
    "ResearchGroup",
    "Suspension",
    "User",
]
