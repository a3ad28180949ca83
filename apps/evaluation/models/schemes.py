"""Schemes and their versions: what is measured and how it becomes a score. A version that was adopted is
never changed again; what is to be different is the next version.
"""

import json
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.evaluation.content import Content, read

USER = settings.AUTH_USER_MODEL


class Scheme(Identified):
    """A scheme under which versions follow each other, as the ministry's."""

    key = models.SlugField(max_length=40, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class SchemeVersion(Identified):
    """One version: a draft until it is adopted, then frozen. `content` is canonical JSON
    (`apps.evaluation.content`); `valid_from` is the first day of the periods that it is meant for.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    citation = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    saved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    adopted_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["scheme", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="evaluation_version_number"),
            models.UniqueConstraint(
                fields=["scheme"], condition=Q(adopted_at__isnull=True), name="evaluation_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(adopted_at__isnull=True) | Q(valid_from__isnull=False),
                name="evaluation_version_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme.key} {self.number}"

    @cached_property
    def tree(self) -> Content:
        """The content as a tree."""
        return read(json.loads(self.content))

    @property
    def is_draft(self) -> bool:
        return self.adopted_at is None
