"""Who reads documents of every kind, whoever issued them."""

from datetime import datetime

from apps.people.models import User
from apps.people.queries import is_office
from documents.checks import reader_of
from documents.models import Document


@reader_of()
def office_reads(user: User, document: Document, now: datetime) -> bool:
    """The equipment office reads every document. One query."""
    return is_office(user, now)
