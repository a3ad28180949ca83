"""The rows of this room, one file a family: persons and where they belong, rights, posts and absences,
external organisations, applications, the personnel file.
"""

from apps.people.models.applications import ApplicationAttempt, RegistrationApplication
from apps.people.models.duties import Absence, Post
from apps.people.models.hr import HrFault, HrFile, HrKind, HrLeaver, HrPerson, HrRow, HrStatus
from apps.people.models.organisations import Organisation, OrganisationAgreement, OrganisationBlock
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
    "ApplicationAttempt",
    "Authorization",
    "Card",
    "HrFault",
    "HrFile",
    "HrKind",
    "HrLeaver",
    "HrPerson",
    "HrRow",
    "HrStatus",
    "Membership",
    "OrgUnit",
    "Organisation",
    "OrganisationAgreement",
    "OrganisationBlock",
    "Post",
    "RegistrationApplication",
    "ResearchGroup",
    "Suspension",
    "User",
]
