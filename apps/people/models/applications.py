"""Applications of people who have no account yet, and the attempts by which they are throttled."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.people.models.organisations import Organisation
from apps.people.models.persons import OrgUnit, ResearchGroup, User


class RegistrationApplication(Identified):
    """Somebody asks to be registered. Moved by the registration flow through operations; evidence afterwards.

    `applicant` is a pending account (no `valid_from`, cannot sign in), so that the flow has somebody who
    asks; for a person who comes back it is their old, ended account. `identity` is who they say they are
    ('number:...' or 'email:...'): one open application each. The password is kept hashed and is forgotten
    when the application ends; of the secret link only the digest is kept. `withdrawn_at` is when somebody
    withdrew what had been closed without telling them; what became of it stays.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Sent back with a question")
        ACTIVATED = "activated", _("Activated")
        REJECTED = "rejected", _("Not accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REPEATED = "repeated", _("Repeats an open application")

    OPEN = (State.SUBMITTED, State.RETURNED)

    applicant = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="registration_applications"
    )
    identity = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=User.Kind)
    number = models.CharField(max_length=40, blank=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    email = models.EmailField(max_length=120)
    phone = models.CharField(max_length=30)
    unit = models.ForeignKey(OrgUnit, null=True, on_delete=models.PROTECT, related_name="+")
    sponsor_text = models.CharField(max_length=80, blank=True)
    sponsor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="sponsored")
    group = models.ForeignKey(ResearchGroup, null=True, on_delete=models.PROTECT, related_name="+")
    wished_until = models.DateField(null=True)
    organisation_name = models.CharField(max_length=120, blank=True)
    organisation_code = models.CharField(max_length=40, blank=True)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    contract = models.CharField(max_length=60, blank=True)
    purpose = models.TextField(blank=True)
    terms_version = models.CharField(max_length=20)
    terms_accepted_at = models.DateTimeField()
    language = models.CharField(max_length=10)
    password = models.CharField(max_length=128, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State)
    question = models.TextField(blank=True)
    outcome_note = models.TextField(blank=True)
    told_from = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity"],
                condition=Q(state__in=("submitted", "returned")),
                name="people_application_one_open",
            ),
            models.UniqueConstraint(
                fields=["applicant"],
                condition=Q(state__in=("submitted", "returned")),
                name="people_application_one_each",
            ),
            models.CheckConstraint(
                condition=Q(state="repeated") | Q(applicant__isnull=False),
                name="people_application_applicant",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("submitted", "returned"), ended_at__isnull=True)
                | Q(state__in=("activated", "rejected", "withdrawn", "repeated"), ended_at__isnull=False),
                name="people_application_ended",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(password=""),
                name="people_application_password_forgotten",
            ),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"]), models.Index(fields=["email"])]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.submitted_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """Whether anything can still become of it."""
        return self.state in self.OPEN

    @property
    def is_external(self) -> bool:
        return self.kind in (User.Kind.EXTERNAL_ACADEMIC, User.Kind.ENTERPRISE)


class ApplicationAttempt(models.Model):
    """One sending of the public form, by keyed digests of where from and as whom. Kept for a week."""

    address = models.CharField(max_length=43)
    identity = models.CharField(max_length=43)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["address", "at"]),
            models.Index(fields=["identity", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"attempt at {self.at:%Y-%m-%d %H:%M}"
