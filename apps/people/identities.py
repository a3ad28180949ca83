"""Who an applicant says they are: the identity that may have one open application, the login it becomes, and
the account that is there already. Reads only.
"""

import re
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.people.models import User
from apps.people.queries import active_users

IN_SCHOOL = (User.Kind.STUDENT, User.Kind.STAFF)
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{2,38}[A-Z0-9]")


def school_number(text: str) -> str:
    """A school number as it is kept: capitals, no spaces. Raises Invalid `people.number`."""
    number = re.sub(r"\s", "", text).upper()
    if not _NUMBER.fullmatch(number):
        raise Invalid(
            _("A school number has 4 to 40 letters, digits or hyphens."), code="people.number", field="number"
        )
    return number


def identity_of(kind: str, number: str, email: str) -> str:
    """'number:...' of people of the school, 'email:...' of others."""
    return f"number:{number}" if kind in IN_SCHOOL else f"email:{email.lower()}"


def login_of(identity: str) -> str:
    """The login that an identity gets when it is activated: the school number, or the e-mail address."""
    return identity.partition(":")[2]


def account_of(identity: str) -> User | None:
    """The account that has this identity's login, in whatever state. Logins differ by more than case."""
    return User.objects.filter(username__iexact=login_of(identity)).order_by("id").first()


def ended_account(identity: str, at: datetime) -> User | None:
    """The account of somebody who was registered under this identity and is no more: they come back as the
    same person.
    """
    account = account_of(identity)
    if account is None or account.valid_from is None or account.valid_until is None:
        return None
    return account if account.valid_until <= at else None


def find_sponsor(text: str, at: datetime) -> User | None:
    """The active principal investigator whose login or name is exactly this; None where nobody or more than
    one is.
    """
    text = text.strip()
    if not text:
        return None
    named = Q(username__iexact=text) | Q(name_zh=text) | Q(name_en__iexact=text)
    leads = active_users(at).filter(named, led_groups__isnull=False).distinct()[:2]
    return leads[0] if len(leads) == 1 else None
