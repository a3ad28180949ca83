"""Photographs of what is inspected or changes hands. Kept outside the web root under their SHA-256, handed
out only to who may read the agreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotFound
from apps.core.files import FileStore
from apps.core.parameters import value
from apps.hosting.inventory import name_of, names_of, number_anew
from apps.hosting.models import Agreement, Inventory, InventoryItem, Photo
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
    *,
    agreement: Agreement,
    about: str,
    item: str,
    name: str,
    content: bytes,
    by: User,
    now: datetime,
    key: int = 0,
) -> Photo:
    """A photograph by one of the sides. `key` is the number of the thing that it shows; without it the name
    in `item` tells, and what is photographed before its inventory is written has its number from now on.

    Raises NotPermitted `hosting.not_your_side`; Invalid `hosting.photo_about`, `hosting.photo_kind`,
    `hosting.photo_size`, `hosting.photo_count`, `hosting.thing_key`; WrongState `hosting.moved` once it has
    ended.
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
    key, item = _shown(row, about, key, item.strip()[:120])
    made = Photo.objects.create(
        agreement=row,
        about=about,
        item=item,
        key=key,
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


@dataclass(frozen=True)
class Pictured:
    """A line of an inventory with the photographs of its thing that were taken on that way."""

    item: InventoryItem
    photos: list[Photo]


@dataclass(frozen=True)
class PicturedInventory:
    """An inventory, line by line."""

    inventory: Inventory
    lines: list[Pictured]


def inventories_with_pictures(agreement: Agreement, photos: Iterable[Photo]) -> list[PicturedInventory]:
    """The inventories of an agreement, each thing with those of its photographs, whatever its line was called
    when they were taken. Two queries.
    """
    taken: dict[tuple[str, int], list[Photo]] = {}
    for photo in photos:
        if photo.key:
            taken.setdefault((photo.about, photo.key), []).append(photo)
    rows = agreement.inventories.select_related("by", "confirmed_by").prefetch_related("items")
    return [
        PicturedInventory(
            one, [Pictured(item, taken.get((one.way, item.key), [])) for item in one.items.all()]
        )
        for one in rows
    ]


def _shown(row: Agreement, about: str, key: int, item: str) -> tuple[int, str]:
    """The number of the thing, and what it is called; 0 where no thing is shown. Raises Invalid
    `hosting.thing_key`.
    """
    if about == ABOUT[0] or not (key or item):
        if key:
            raise Invalid(
                _("What was inspected has a line of the check-list, not of an inventory."),
                code="hosting.thing_key",
                field="thing",
            )
        return 0, item
    if not key:
        return names_of(row, about).get(item) or number_anew(row), item
    name = name_of(row, about, key)
    if not name:
        raise Invalid(_("There is no such thing in the inventory."), code="hosting.thing_key", field="thing")
    return key, item or name
