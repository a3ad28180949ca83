"""People and where they belong. Users are never deleted; what they may do is asked of dated
rows at a moment.
"""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified

# The kinds of an Authorization as object permissions, for every model that a right can be about. The names
# are seen in Django's administration only.
RIGHTS = (("manage", "Manage"), ("use", "Use"), ("report", "See reports"))


class User(Identified, AbstractUser):
    """A person. `username` is the school number or the external login; validity is a period like everything
    else.

    Without `valid_from` the account is pending: an application is open, nobody can sign in. From `full_from`
    on the person may operate instruments; before, or while it is empty, they are a visitor who may only hand
    in samples. The registration wants to be confirmed again by `renew_by`. Sign-ins of before
    `sessions_ended_at` no longer count.
    """

    class Kind(models.TextChoices):
        STUDENT = "student", _("Student")
        STAFF = "staff", _("Staff")
        EXTERNAL_ACADEMIC = "external_academic", _("External academic")
        ENTERPRISE = "enterprise", _("Enterprise")

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STUDENT)
    unit = models.ForeignKey(
        "people.OrgUnit", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    full_from = models.DateTimeField(null=True, blank=True)
    renew_by = models.DateTimeField(null=True, blank=True)
    sessions_ended_at = models.DateTimeField(null=True, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    organisation = models.ForeignKey(
        "people.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )

    REQUIRED_FIELDS = ["name_zh"]

    class Meta(AbstractUser.Meta):
        indexes = [
            models.Index(
                fields=["renew_by"], condition=Q(renew_by__isnull=False), name="people_user_renewal"
            ),
            models.Index(fields=["email"], name="people_user_email"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name in the reader's language, Chinese when there is no English one."""
        return (self.name_en if (get_language() or "zh").startswith("en") else "") or self.name_zh

    @property
    def is_external(self) -> bool:
        return self.kind in (self.Kind.EXTERNAL_ACADEMIC, self.Kind.ENTERPRISE)

    def is_visitor(self, at: datetime) -> bool:
        """Whether the person may only hand in samples at a moment."""
        return self.full_from is None or self.full_from > at

    def get_session_auth_hash(self) -> str:
        """What a sign-in is bound to: the password, and since when sign-ins count. Changing either ends them
        all, everywhere, with the next request.
        """
        return self._since(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under the secrets of before."""
        for hashed in super().get_session_auth_fallback_hash():
            yield self._since(hashed)

    def _since(self, hashed: str) -> str:
        if self.sessions_ended_at is None:
            return hashed
        epoch = self.sessions_ended_at.isoformat()
        return salted_hmac("apps.people.sessions", hashed + epoch, algorithm="sha256").hexdigest()


class Suspension(Identified, Dated):
    """A user may not act from `valid_from` until reinstated (`revoked_at`) or `valid_until`."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    source_case = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_suspension_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.reason}"


class OrgUnit(Identified):
    """A node of the tree school > department > lab > sub-lab."""

    class Kind(models.TextChoices):
        SCHOOL = "school", _("School")
        DEPARTMENT = "department", _("Department")
        LAB = "lab", _("Lab")
        SUB_LAB = "sub_lab", _("Sub-lab")

    LABS = (Kind.LAB, Kind.SUB_LAB)

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="school", parent__isnull=True)
                | (~Q(kind="school") & Q(parent__isnull=False)),
                name="people_orgunit_root",
            )
        ]
        permissions = RIGHTS

    def __str__(self) -> str:
        return self.name_zh


class ResearchGroup(Identified):
    """A research group (课题组) led by one principal investigator, who answers for its members' spending."""

    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    pi = models.ForeignKey(User, on_delete=models.PROTECT, related_name="led_groups")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="groups")

    def __str__(self) -> str:
        return self.name_zh


class Membership(Identified, Dated):
    """A person belongs to a group for a period."""

    group = models.ForeignKey(ResearchGroup, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "user"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="people_membership_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"


class Card(Identified, Dated):
    """A campus card, known only by its keyed digest (never by its UID)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cards")
    digest = models.CharField(max_length=22)
    label = models.CharField(max_length=20)
    revoke_reason = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["digest"], condition=Q(revoked_at__isnull=True), name="people_card_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["digest"])]

    def __str__(self) -> str:
        return self.label
