"""An agreement about hosting, from the offer to the return; who signed it; notices of exit and breaches."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL
SOURCE = "hosting:"  # how the rows that an agreement pushes down name it, before its ULID


class Side(models.TextChoices):
    """Who acts in an agreement."""

    OWNER = "owner", _("Owner")
    HOST = "host", _("Host")
    OFFICE = "office", _("Equipment office")


class Agreement(Identified):
    """One instrument, its owner's group and the facility that hosts it. `asset_no` names the instrument also
    while it is not in the register; `instrument` is it from the handover on at the latest. `terms` is the
    version that both sides have accepted. At most one agreement about an instrument is open. `things` is the
    last number that was given to a thing that changes hands; none is given twice.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered for hosting")
        NEGOTIATING = "negotiating", _("Terms are negotiated")
        AGREED = "agreed", _("Terms agreed")
        SIGNED = "signed", _("Signed by both sides")
        COUNTERSIGNED = "countersigned", _("Countersigned, to be handed over")
        RUNNING = "running", _("Running")
        SUSPENDED = "suspended", _("Agreement suspended")
        LEAVING = "leaving", _("Notice of exit given")
        ENDED = "ended", _("Agreement ended")
        DECLINED = "declined", _("Offer declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN = (
        *(State.OFFERED, State.NEGOTIATING, State.AGREED, State.SIGNED, State.COUNTERSIGNED),
        *(State.RUNNING, State.SUSPENDED, State.LEAVING),
    )
    BEFORE = (State.OFFERED, State.NEGOTIATING, State.AGREED, State.SIGNED, State.COUNTERSIGNED)
    IN_FORCE = (State.RUNNING, State.SUSPENDED, State.LEAVING)

    asset_no = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="hosting_agreements"
    )
    group = models.ForeignKey(
        "people.ResearchGroup", on_delete=models.PROTECT, related_name="hosting_agreements"
    )
    facility = models.ForeignKey(
        "instruments.Facility", on_delete=models.PROTECT, related_name="hosting_agreements"
    )
    facility_before = models.ForeignKey(
        "instruments.Facility", null=True, on_delete=models.PROTECT, related_name="+"
    )
    why = models.TextField()
    state = models.CharField(max_length=13, choices=State, default=State.OFFERED)
    terms = models.ForeignKey("hosting.TermsVersion", null=True, on_delete=models.PROTECT, related_name="+")
    offered_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)
    source_case = models.CharField(max_length=80, blank=True)
    things = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset_no"],
                condition=~Q(state__in=("ended", "declined", "withdrawn")),
                name="hosting_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("offered", "negotiating", "declined", "withdrawn"))
                | Q(terms__isnull=False),
                name="hosting_terms_agreed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("running", "suspended", "leaving"))
                | Q(started_at__isnull=False, instrument__isnull=False),
                name="hosting_handed_over",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state__in=("ended", "declined", "withdrawn"))
                | (Q(ended_at__isnull=True) & ~Q(state__in=("ended", "declined", "withdrawn"))),
                name="hosting_ended_at",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-offered_at"]),
            models.Index(fields=["facility", "state"]),
            models.Index(fields=["group", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.asset_no} {self.name_zh}"

    @property
    def source(self) -> str:
        """How the rows that it pushes down name it."""
        return f"{SOURCE}{self.ulid}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class Signature(Identified):
    """Somebody has signed a version of the terms for a side. Append-only; nobody signs for two sides."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    terms = models.ForeignKey("hosting.TermsVersion", on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    opinion = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "side"], name="hosting_signed_once"),
            models.UniqueConstraint(fields=["terms", "by"], name="hosting_one_side_each"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.by}"


class ExitNotice(Identified):
    """A side gives the agreement up; it ends when the notice is over. One for an agreement; append-only."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="exit_notice")
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.agreement} until {self.ends_at:%Y-%m-%d}"


class Breach(Identified):
    """A side does not keep the agreement: it is warned and has until `cure_until`. Not cured, the agreement
    is suspended; then it is resumed, or it ends. One is open at a time.
    """

    class State(models.TextChoices):
        WARNED = "warned", _("Warned")
        CURED = "cured", _("Cured in time")
        SUSPENDED = "suspended", _("Not cured: suspended")
        RESUMED = "resumed", _("Resumed")
        ENDED = "ended", _("The agreement ended")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="breaches")
    side = models.CharField(max_length=6, choices=Side)
    what = models.TextField()
    reported_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    cure_until = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WARNED)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=("warned", "suspended")),
                name="hosting_one_open_breach",
            ),
            models.CheckConstraint(
                condition=Q(cure_until__gt=models.F("reported_at")), name="hosting_cure_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side}: {self.what[:40]}"


class Review(Identified):
    """The yearly review of a running agreement by one side, once a year. Append-only."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="reviews")
    year = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=6, choices=Side)
    content = models.BooleanField(help_text="The side goes on with the agreement as it is")
    note = models.TextField(blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "year", "side"], name="hosting_reviewed_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.year} {self.side}"
