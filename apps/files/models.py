"""A file and how far it has come. Its bytes lie on disk under its ULID (`apps.files.disk`)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified


class StoredFile(Identified):
    """One file of `size` bytes that belongs to `about` ('noun:ulid', the owner's object).

    While it is uploading, how much is there is the length of the part on disk and nothing else. `sha256`
    (hexadecimal) is what was found; `announced` what the sender said it would be, where they did.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading"  # its bytes come
        RECEIVED = "received"  # all there, not yet checked: nobody gets it
        READY = "ready"
        DAMAGED = "damaged"  # not what was announced; the bytes are gone
        INFECTED = "infected"  # the scanner objected; the bytes are gone
        DROPPED = "dropped"  # given up before it was whole
        ERASED = "erased"  # kept for as long as it had to be; the bytes are gone

    about = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    announced = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.UPLOADING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stored_files")
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # of the upload
    received_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    scanner = models.CharField(max_length=60, blank=True)  # which program looked; empty: none is configured
    finding = models.CharField(max_length=200, blank=True)  # what it said
    attempts = models.PositiveSmallIntegerField(default=0)  # of checking
    check_at = models.DateTimeField(null=True)  # when it is checked (again)
    ready_at = models.DateTimeField(null=True)
    keep_until = models.DateTimeField(null=True)  # None: for as long as its owner stands
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="files_size"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & Q(ready_at__isnull=False)), name="files_ready"
            ),
            models.CheckConstraint(
                condition=Q(state="uploading") | Q(state="dropped") | Q(received_at__isnull=False),
                name="files_received",
            ),
            models.CheckConstraint(
                condition=Q(keep_until__isnull=True) | Q(keep_until__gt=F("begun_at")), name="files_kept"
            ),
            models.UniqueConstraint(
                fields=["by", "about", "name", "size"],
                condition=Q(state="uploading"),
                name="files_upload_once",
            ),
        ]
        indexes = [
            models.Index(fields=["about", "id"]),
            models.Index(fields=["check_at"], condition=Q(state="received"), name="files_to_check"),
            models.Index(fields=["expires_at"], condition=Q(state="uploading"), name="files_unfinished"),
            models.Index(fields=["keep_until"], condition=Q(state="ready"), name="files_to_erase"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Whether it may be handed out."""
        return self.state == self.State.READY
