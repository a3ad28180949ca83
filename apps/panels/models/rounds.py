"""Rounds of voting, the ballots that are cast in them, and the chair's word where they do not decide.

`Ballot` is sealed: it is no member of this package's names, nothing leads to it from other rows, and it is
read by `apps.panels.queries.ballots_of` and by the counting only. A test holds everybody else to that.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.panels.tally import Choice, Result

USER = settings.AUTH_USER_MODEL
RULED = (Result.APPROVED, Result.MODIFIED, Result.REJECTED)


class Round(Identified):
    """One question, put to a panel until `due_at`. `option_key` is what approving means: 'submitted' in a
    first round, the key of the price that the chair named in a second one (`option` is that price).

    `members`: how many sat when it was opened; the quorum is a share of them. `outcome` is written when it is
    closed, and nothing of the row changes from then on: a law of the database.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("First round")
        SECOND = "second", _("Second round")

    class Why(models.TextChoices):
        SETTLED = "settled", _("The outcome could no longer change")
        ALL_IN = "all_in", _("Everybody had voted")
        DEADLINE = "deadline", _("The deadline had passed")
        ABANDONED = "abandoned", _("The case ended")

    panel = models.ForeignKey("panels.Panel", on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    question = models.JSONField()
    sha256 = models.CharField(max_length=64)
    option_key = models.CharField(max_length=64)
    option = models.JSONField(null=True, blank=True)
    members = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=9, choices=Why, blank=True)
    outcome = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["panel", "number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "number"], name="panels_round_number"),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(closed_at__isnull=True), name="panels_round_one_open"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("opened_at")), name="panels_round_period"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="", outcome__isnull=True)
                | (Q(closed_at__isnull=False, outcome__isnull=False) & ~Q(closed_because="")),
                name="panels_round_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(closed_at__isnull=True), name="panels_round_due")
        ]

    def __str__(self) -> str:
        return f"round {self.number} of {self.panel}"


class Ballot(Identified):
    """How somebody voted, and why. Cast once, never changed, refused by the database once its round is closed
    or its deadline is over. It prints only that it is there.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey("panels.PanelSeat", on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=8, choices=[(str(one), str(one)) for one in Choice])
    option_key = models.CharField(max_length=64, blank=True)
    option = models.JSONField(null=True, blank=True)
    reason = models.TextField()
    cast_at = models.DateTimeField()

    sealed = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["round", "seat"], name="panels_ballot_once"),
            models.CheckConstraint(
                condition=Q(choice__in=("approve", "modify"), option_key__gt="")
                | Q(choice__in=("reject", "abstain"), option_key="", option__isnull=True),
                name="panels_ballot_option",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="panels_ballot_reason"),
        ]

    def __str__(self) -> str:
        return f"ballot {self.ulid}"

    def __repr__(self) -> str:
        return f"<Ballot {self.ulid}>"


class Ruling(Identified):
    """The word of whoever presides, where a round ended in a tie or without a quorum."""

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="ruling")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=8, choices=[(str(one), str(one)) for one in RULED])
    option_key = models.CharField(max_length=64)
    option = models.JSONField(null=True, blank=True)
    reason = models.TextField()
    ruled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=("approved", "modified", "rejected")), name="panels_ruling_result"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="panels_ruling_reason"),
        ]

    def __str__(self) -> str:
        return f"ruling {self.ulid}"
