"""Panels: the members of a committee who judge one case, their substitutes, and who presides."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Panel(Identified):
    """Some members of a committee judge one subject ('noun:ulid'). One panel at a time for each subject.

    `rules` are the numbers of the counting and of who may see the votes, as they stood when it was formed:
    what members were promised is not changed under them.
    """

    class Ending(models.TextChoices):
        DECIDED = "decided", _("Decided")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")
        NO_MEMBERS = "no_members", _("Nobody was left to vote")
        SCORED = "scored", pgettext_lazy("panel", "Everybody has given their points, or was late")

    committee = models.ForeignKey("panels.Committee", on_delete=models.PROTECT, related_name="panels")
    subject_ref = models.CharField(max_length=80)
    rules = models.JSONField()
    chair = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    formed_at = models.DateTimeField()
    formed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    source_case = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=10, choices=Ending, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_ref"], condition=Q(ended_at__isnull=True), name="panels_panel_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="panels_panel_ended",
            ),
        ]
        indexes = [models.Index(fields=["subject_ref"])]

    def __str__(self) -> str:
        return f"panel {self.ulid}"


class PanelSeat(Identified):
    """Somebody's place on a panel. `reserve` are the substitutes who were not called yet, in order.

    `substitute_for` is the seat that somebody was called in for. `decision` is the record of the rule that
    found them eligible.
    """

    class State(models.TextChoices):
        RESERVE = "reserve", _("Substitute")
        INVITED = "invited", _("Invited")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        RECUSED = "recused", _("Recused")
        MISSED = "missed", _("Did not answer in time")
        LEFT = "left", _("No longer there")
        REPLACED = "replaced", _("Replaced")

    OPEN = (State.INVITED, State.ACCEPTED)
    EMPTY = (State.DECLINED, State.RECUSED, State.MISSED, State.LEFT)  # a substitute may be called

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="panel_seats")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State)
    familiarity = models.PositiveSmallIntegerField(null=True, blank=True)
    substitute_for = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="substitute"
    )
    invited_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    decision = models.CharField(max_length=26, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "user"], name="panels_panelseat_once"),
            models.UniqueConstraint(fields=["panel", "position"], name="panels_panelseat_position"),
            models.CheckConstraint(
                condition=Q(familiarity__isnull=True) | Q(familiarity__lte=3),
                name="panels_panelseat_familiarity",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(familiarity__isnull=False),
                name="panels_panelseat_accepted_with_familiarity",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("reserve", "left", "recused")) | Q(invited_at__isnull=False),
                name="panels_panelseat_invited",
            ),
        ]
        indexes = [models.Index(fields=["user", "state"])]

    def __str__(self) -> str:
        return f"{self.user} {self.state}"
