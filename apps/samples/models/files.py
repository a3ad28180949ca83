"""Which large files belong to a sample: photographs of its condition, and what the instrument wrote."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class SampleFile(Identified):
    """A stored file of a sample; who may read it follows from its kind (`apps.samples.attaching`).
    `round` is the test to which a result belongs.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photograph of the sample")
        RESULT = "result", _("Result of the test")

    sample = models.ForeignKey("samples.Sample", on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="sample_file")
    kind = models.CharField(max_length=6, choices=Kind)
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.sample}: {self.file}"
