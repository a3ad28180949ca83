"""What the processes about an agreement have in common: it is the owner's case, whoever began it."""

from typing import Any

from apps.hosting.models import Agreement
from apps.hosting.sides import hosts
from apps.people.models import User
from apps.people.roles import office_users
from workflows.base import BaseFlow
from workflows.hosting import asked
from workflows.models import Case


class AboutAgreement(BaseFlow):
    """Who is asked, who reads, and that nobody takes it back."""

    def the_hosts(self, activation: Any) -> list[User]:
        return asked.the_hosts(activation.case, activation.now)

    def is_host(self, activation: Any, user: User) -> bool:
        found = asked.find(activation.case)
        return found is not None and hosts(user, found.facility, activation.now)

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def agreement(self, activation: Any) -> Agreement:
        """The agreement, in force. Raises Overtaken when it has ended."""
        return asked.agreement_of(activation.case, *Agreement.IN_FORCE)

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Both sides."""
        found = asked.find(case)
        return found is not None and (found.group.pi_id == user.pk or hosts(user, found.facility, now))

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """What runs out of an agreement is nobody's to take back."""
        return False
