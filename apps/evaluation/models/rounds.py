"""Rounds of evaluation, a sheet for each instrument or laboratory, and the figures that are frozen for
them.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified
from apps.instruments.models import local_name

USER = settings.AUTH_USER_MODEL


class Round(Identified):
    """One evaluation of a period by one version of a scheme. `numbers` are the parameters that it was opened
    with (bands, limits, how shared papers count): they are not changed under it.
    """

    class State(models.TextChoices):
        DRAWING = "drawing", _("Figures are drawn")
        REPORTING = "reporting", _("Crews report")
        SCORING = "scoring", _("Scores are computed")
        JUDGING = "judging", _("The panel judges")
        NOTICE = "notice", _("Public notice")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    OVER = (State.PUBLISHED, State.CANCELLED)

    scheme = models.ForeignKey("evaluation.Scheme", on_delete=models.PROTECT, related_name="rounds")
    version = models.ForeignKey("evaluation.SchemeVersion", on_delete=models.PROTECT, related_name="rounds")
    year = models.PositiveSmallIntegerField(help_text="The year in which the period begins")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    cohort = models.CharField(max_length=40, blank=True, help_text="One cohort of the scheme; empty for all")
    numbers = models.JSONField()
    state = models.CharField(max_length=9, choices=State, default=State.DRAWING)
    opened_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    done = models.PositiveIntegerField(default=0, help_text="Sheets that the present work has come through")
    total = models.PositiveIntegerField(default=0)
    scored_at = models.DateTimeField(null=True, blank=True)
    notice_from = models.DateTimeField(null=True, blank=True)
    notice_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    number = models.CharField(max_length=60, blank=True, help_text="The number of the published paper")
    document = models.CharField(max_length=26, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was cancelled")
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="evaluation_round_period"),
            models.UniqueConstraint(
                fields=["scheme", "year"],
                condition=~Q(state__in=("published", "cancelled")),
                name="evaluation_one_round",
            ),
            models.CheckConstraint(
                condition=Q(notice_from__isnull=True) | Q(notice_until__gt=F("notice_from")),
                name="evaluation_notice_period",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="evaluation_round_published",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.year}"

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER


class Sheet(Identified):
    """What one instrument, or one laboratory, is judged by in a round. `total` in hundredths of a point, with
    what a panel changed; None until it was scored.
    """

    class State(models.TextChoices):
        DRAWN = "drawn", _("Not drawn yet")
        REPORTING = "reporting", _("With the crew")
        LAB = "lab", _("With the laboratory")
        DEPARTMENT = "department", _("With the department")
        READY = "ready", _("Confirmed")
        SCORED = "scored", _("Scored")

    class Band(models.TextChoices):
        TOP = "top", _("Top")
        MIDDLE = "middle", _("Middle")
        BOTTOM = "bottom", _("Bottom")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sheets")
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, blank=True, on_delete=models.PROTECT, related_name="sheets"
    )
    lab = models.ForeignKey(
        "people.OrgUnit", null=True, blank=True, on_delete=models.PROTECT, related_name="lab_sheets"
    )
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="sheets")
    cohort = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.DRAWN)
    drawn_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    unreported = models.BooleanField(default=False, help_text="Nobody reported in time")
    band = models.CharField(max_length=6, choices=Band, blank=True)
    way = models.CharField(max_length=20, blank=True, help_text="What `evaluation.score` decided")
    decision = models.CharField(max_length=26, blank=True, help_text="The record of that decision")
    computed = models.IntegerField(null=True, blank=True)
    total = models.IntegerField(null=True, blank=True)
    grade = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["round", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "instrument"],
                condition=Q(instrument__isnull=False),
                name="evaluation_sheet_instrument",
            ),
            models.UniqueConstraint(
                fields=["round", "lab"], condition=Q(lab__isnull=False), name="evaluation_sheet_lab"
            ),
            models.CheckConstraint(
                condition=Q(instrument__isnull=True, lab__isnull=False)
                | Q(instrument__isnull=False, lab__isnull=True),
                name="evaluation_sheet_subject",
            ),
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=0, total__lte=10000),
                name="evaluation_sheet_total",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "-total", "id"]),
            models.Index(fields=["round", "state", "id"]),
            models.Index(fields=["round", "band"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The instrument or laboratory, in the reader's language."""
        if self.instrument is not None:
            return self.instrument.name
        return local_name(self.lab.name_zh, self.lab.name_en) if self.lab is not None else ""

    @property
    def name_zh(self) -> str:
        return (self.instrument or self.lab).name_zh  # type: ignore[union-attr]

    @property
    def name_en(self) -> str:
        return (self.instrument or self.lab).name_en  # type: ignore[union-attr]

    @property
    def code(self) -> str:
        """The asset number, or the code of the laboratory."""
        return self.instrument.asset_no if self.instrument is not None else getattr(self.lab, "code", "")


class FrozenFigure(Identified):
    """One figure of a sheet as it was when it was frozen, and where it came from; never changed. `value`
    is in the smallest step of the unit, divided by `divisor` (a paper that three instruments share is 1/3).
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="figures")
    key = models.CharField(max_length=40)
    unit = models.CharField(max_length=16)
    value = models.BigIntegerField()
    divisor = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=60, blank=True)
    records = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=300, blank=True)
    frozen_at = models.DateTimeField()

    class Meta:
        ordering = ["sheet", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "key"], name="evaluation_figure_once"),
            models.CheckConstraint(condition=Q(divisor__gt=0), name="evaluation_figure_divisor"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.value}"


class Score(Identified):
    """How the score of a sheet was computed: every part with its raw value, points and weighted points.
    Never changed.
    """

    sheet = models.OneToOneField(Sheet, on_delete=models.PROTECT, related_name="score")
    cohort = models.CharField(max_length=40)
    total = models.IntegerField()
    grade = models.CharField(max_length=40)
    lines = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the figures that it was computed from")
    scored_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"score {self.ulid}"


class Adjustment(Identified):
    """A panel changed a score, with a reason: the first one of the bands, or the one of an appeal. Never
    changed.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="adjustments")
    stage = models.CharField(max_length=6, choices=[("bands", _("Bands")), ("appeal", _("Appeal"))])
    change = models.IntegerField(help_text="Hundredths of a point")
    before = models.IntegerField()
    after = models.IntegerField()
    reason = models.TextField()
    panel = models.CharField(max_length=26)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "stage"], name="evaluation_adjusted_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="evaluation_adjusted_reason"),
            models.CheckConstraint(
                condition=Q(after=F("before") + F("change")), name="evaluation_adjusted_sum"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change}"
