"""Photographs of what is inspected or changes hands. Kept outside the web root under their SHA-256, handed
out only to who may read the agreement.
"""

from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotFound
from apps.core.files import FileStore
from apps.core.parameters import value
from apps.hosting.models import Agreement, Photo
from apps.hosting.queries import find_agreement
from apps.hosting.sides import locked, side_for, traced
from apps.people.models import User

ABOUT = ("inspection", "in", "out")
KINDS = MappingProxyType(
    {
        ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
        ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
        ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    }
)
MOST = 60


def store() -> FileStore:
    """Where they lie: with the other attachments."""
    return FileStore(Path(settings.ATTACHMENTS_DIR))


@transaction.atomic
def add_photo(
    *, agreement: Agreement, about: str, item: str, name: str, content: bytes, by: User, now: datetime
) -> Photo:
    """A photograph by one of the sides.

    Raises NotPermitted `hosting.not_your_side`; Invalid `hosting.photo_about`, `hosting.photo_kind`,
    `hosting.photo_size`, `hosting.photo_count`; WrongState `hosting.moved` once it has ended.
    """
    side_for(agreement, by, now)
    row = locked(agreement, *Agreement.OPEN)
    if about not in ABOUT:
        raise Invalid(_("Say what the photograph shows."), code="hosting.photo_about", field="about")
    name = PureWindowsPath(PurePosixPath(name).name).name[:200]
    kind = KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None or not content.startswith(kind[1]):
        raise Invalid(_("Photographs are PNG or JPEG."), code="hosting.photo_kind", field="file")
    limit = int(value("fees.attachment_max_mb", at=now))
    if len(content) > limit * 1024 * 1024:
        raise Invalid(
            _("The file is empty, or larger than %(limit)d MB.") % {"limit": limit},
            code="hosting.photo_size",
            field="file",
        )
    if row.photos.count() >= MOST:
        raise Invalid(_("There are too many files."), code="hosting.photo_count", field="file")
    made = Photo.objects.create(
        agreement=row,
        about=about,
        item=item.strip()[:120],
        name=name,
        content_type=kind[0],
        size=len(content),
        sha256=store().put(content),
        by=by,
        at=now,
    )
    traced("add_photo", row, by, now, photo=made.ulid, about=about)
    return made


def find_photo(ulid: str, user: User, at: datetime) -> Photo:
    """A photograph of an agreement that the person may read. Raises NotFound `hosting.no_photo`."""
    found = Photo.objects.filter(ulid=ulid).select_related("agreement").first()
    if found is None:
        raise NotFound(_("There is no such photograph."), code="hosting.no_photo")
    find_agreement(found.agreement.ulid, user, at)
    return found
