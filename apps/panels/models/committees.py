"""Committees: who sits on them from when to when, in which role, what they know, and how they
are appointed.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class Role(models.TextChoices):
    """What somebody does in a committee. The secretary has no vote."""

    CHAIR = "chair", _("Chair")
    DEPUTY = "deputy", _("Deputy chair")
    MEMBER = "member", _("Member")
    SECRETARY = "secretary", _("Secretary")


VOTING = (Role.CHAIR, Role.DEPUTY, Role.MEMBER)


class Committee(Identified, Dated):
    """A standing committee of a unit. `code` is what flows call it by: never changed."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="committees")

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return (self.name_en if (get_language() or "zh").startswith("en") else "") or self.name_zh


class CommitteeSeat(Identified, Dated):
    """Somebody sits on a committee for a term. One seat each, and one chair at a time: laws of the
    database.
    """

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="committee_seats")
    role = models.CharField(max_length=10, choices=Role)
    source_case = models.CharField(max_length=80, blank=True)
    appointed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(role__in=Role.values), name="panels_committeeseat_role"),
        ]
        indexes = [models.Index(fields=["committee", "role"]), models.Index(fields=["user"])]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.committee}"

    @property
    def votes(self) -> bool:
        """Whether whoever sits here may sit on a panel."""
        return self.role in VOTING


class Expertise(Identified, Dated):
    """How well somebody says they know a class of instruments (its six digits): 0 not at all to 3 expert."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="expertise")
    class6 = models.CharField(max_length=6)
    level = models.PositiveSmallIntegerField()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(level__lte=3), name="panels_expertise_level"),
            models.UniqueConstraint(
                fields=["user", "class6"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="panels_expertise_one_open",
            ),
        ]
        indexes = [models.Index(fields=["class6", "level"])]

    def __str__(self) -> str:
        return f"{self.user} {self.class6}: {self.level}"


class Appointment(Identified):
    """A committee is to be composed anew from `valid_from` on: moved by the flow of committees through
    operations, evidence afterwards. What comes into force are the seats of those who accepted.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Being prepared")
        IN_FORCE = "in_force", _("In force")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="appointments")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    source_case = models.CharField(max_length=80, blank=True)
    document = models.CharField(max_length=26, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["committee"], condition=Q(state="open"), name="panels_appointment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=models.F("valid_from")), name="panels_appointment_period"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="panels_appointment_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.committee} from {self.valid_from:%Y-%m-%d}"


class AppointmentSeat(Identified):
    """Somebody is asked to sit, and says yes or no. A seat that was struck out again is `dropped`."""

    class Answer(models.TextChoices):
        ASKED = "asked", _("Asked")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        DROPPED = "dropped", _("Struck out")

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    position = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.ASKED)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "user"],
                condition=~Q(answer="dropped"),
                name="panels_appointment_each_once",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="panels_appointmentseat_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}: {self.answer}"
