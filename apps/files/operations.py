"""The life of a file, one function for each step. Rooms that own files call `begin`, `keep_until` and
`erase`; they have asked before who may.
"""

import mimetypes
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath, PureWindowsPath

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.errors import Invalid, NotFound, Refusal, WrongState
from apps.core.outbox import publish
from apps.files import disk
from apps.files.models import StoredFile
from apps.people.models import User
from apps.people.requirements import lock_user, require_active

State = StoredFile.State
_MB = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class NoRoom(Refusal):
    """The disk has no room for this file. Nothing is lost; the administrator has to act."""

    code = "files.no_room"
    status = 507


class Locked(Refusal):
    """Another connection is sending this very file at the moment."""

    code = "files.busy"
    status = 423


@transaction.atomic
def begin(*, about: str, name: str, size: int, by: User, now: datetime, announced: str = "") -> StoredFile:
    """A file of `size` bytes is going to be sent; the same sender's unfinished one of the same name and size
    goes on instead of beginning anew. `announced` is its SHA-256 in hexadecimal, where the sender knows it.

    Raises NotPermitted `people.not_active`; Invalid `files.name`, `files.size`, `files.too_large`,
    `files.digest`; WrongState `files.too_many`; NoRoom `files.no_room`.
    """
    name, announced = _name(name), announced.strip().lower()
    limits = parameters.values(("files.max_mb", "files.open_per_person", "files.upload_days"), at=now)
    _check_size(size, limits["files.max_mb"])
    if announced and not _DIGEST.fullmatch(announced):
        raise Invalid(_("A SHA-256 has 64 hexadecimal digits."), code="files.digest", field="sha256")
    require_active(by, now)
    open_ = lock_user(by).stored_files.filter(state=State.UPLOADING, expires_at__gt=now)
    known = open_.filter(about=about, name=name, size=size).first()
    if known is not None and known.announced == announced:
        return known
    if open_.count() >= limits["files.open_per_person"]:
        raise WrongState(
            _("You have as many unfinished uploads as one person may have. Finish or drop one first."),
            code="files.too_many",
        )
    if disk.room() < size:
        raise NoRoom(_("There is no room for a file of this size at the moment. The administrator knows."))
    if known is not None:  # another content of the same name and size
        _end(known, State.DROPPED)
    _clear_expired(by, about, name, size, now)
    return StoredFile.objects.create(
        about=about,
        name=name,
        size=size,
        announced=announced,
        content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        by=by,
        begun_at=now,
        expires_at=now + timedelta(days=limits["files.upload_days"]),
    )


def own_upload(user: User, ulid: str) -> StoredFile:
    """A person's own file, however far it has come. Raises NotFound `files.no_upload` for anybody else's."""
    found = user.stored_files.filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such upload."), code="files.no_upload")
    return found


def append(*, file: StoredFile, offset: int, read: Callable[[int], bytes], by: User, now: datetime) -> int:
    """Add what `read` gives from byte `offset` on; returns how many bytes are there. The last byte makes the
    file received. What arrived before a connection was cut stays. Runs outside any transaction, because it
    lasts as long as the sender takes.

    Raises NotFound `files.no_upload`; WrongState `files.ended`, `files.offset` (`details.offset` is where to
    go on); Locked `files.busy`; NoRoom `files.no_room`.
    """
    if file.by_id != by.pk:
        raise NotFound(_("There is no such upload."), code="files.no_upload")
    require_active(by, now)
    if file.state != State.UPLOADING or file.expires_at <= now:
        raise WrongState(_("This upload has ended."), code="files.ended")
    try:
        length = disk.append(file.ulid, offset=offset, size=file.size, read=read)
    except disk.Busy:
        raise Locked(_("This file is being sent over another connection at the moment.")) from None
    except disk.Moved as moved:
        raise WrongState(
            _("So much of the file has already arrived: %(length)d bytes.") % {"length": moved.length},
            code="files.offset",
            offset=moved.length,
        ) from None
    except disk.Full:
        raise NoRoom(
            _("There is no room for a file of this size at the moment. The administrator knows.")
        ) from None
    if length == file.size:
        receive(file=file, now=now)
    return length


@transaction.atomic
def receive(*, file: StoredFile, now: datetime) -> bool:
    """All bytes have arrived: the file waits for its check. Once, whoever says it and however often."""
    updated = StoredFile.objects.filter(pk=file.pk, state=State.UPLOADING).update(
        state=State.RECEIVED, received_at=now, check_at=now
    )
    if updated:
        publish("files.received", now=now, file=file.ulid)
    file.refresh_from_db()
    return bool(updated)


@transaction.atomic
def drop(*, file: StoredFile, by: User, now: datetime) -> None:
    """The upload is given up; what has arrived is deleted. Raises NotFound `files.no_upload`; WrongState
    `files.ended`.
    """
    if file.by_id != by.pk:
        raise NotFound(_("There is no such upload."), code="files.no_upload")
    if not _end(file, State.DROPPED):
        raise WrongState(_("This upload has ended."), code="files.ended")
    audit.record(action="files.drop", object_ref=f"file:{file.ulid}", now=now, actor=by, about=file.about)


@transaction.atomic
def keep_until(*, file: StoredFile, until: datetime | None) -> None:
    """How long the bytes are kept: their owner knows the rule. None: until the owner says otherwise."""
    StoredFile.objects.filter(pk=file.pk).update(keep_until=until)
    file.keep_until = until


@transaction.atomic
def erase(*, file: StoredFile, by: User | None, reason: str, now: datetime) -> bool:
    """The bytes of a ready file are deleted for good; name, size and digest stay as evidence. False when they
    are gone already.
    """
    erased = StoredFile.objects.filter(pk=file.pk, state=State.READY).update(
        state=State.ERASED, erased_at=now
    )
    if erased:
        transaction.on_commit(lambda: disk.remove(file.ulid))
        ref = f"file:{file.ulid}"
        audit.record(action="files.erase", object_ref=ref, now=now, actor=by, reason=reason, about=file.about)
        publish("files.erased", now=now, file=file.ulid)
    file.refresh_from_db()
    return bool(erased)


def _end(file: StoredFile, state: str) -> bool:
    ended = StoredFile.objects.filter(pk=file.pk, state=State.UPLOADING).update(state=state)
    if ended:
        transaction.on_commit(lambda: disk.remove(file.ulid))
    return bool(ended)


def _clear_expired(by: User, about: str, name: str, size: int, now: datetime) -> None:
    """An expired upload that the sweep has not seen yet does not stand in the way of a new one."""
    unfinished = by.stored_files.filter(state=State.UPLOADING, expires_at__lte=now)
    for file in unfinished.filter(about=about, name=name, size=size):
        _end(file, State.DROPPED)


def _name(name: str) -> str:
    """The last part of what the sender's system calls it. Raises Invalid `files.name`."""
    plain = PureWindowsPath(PurePosixPath(name.strip()).name).name.strip()
    if not plain or len(plain) > 200 or not plain.isprintable():
        raise Invalid(_("A file needs a name of at most 200 characters."), code="files.name", field="name")
    return plain


def _check_size(size: int, largest_mb: int) -> None:
    if size <= 0:
        raise Invalid(_("The file is empty."), code="files.size", field="size")
    if size > largest_mb * _MB:
        raise Invalid(
            _("The file is larger than %(limit)d MB.") % {"limit": largest_mb},
            code="files.too_large",
            field="size",
            limit_mb=largest_mb,
        )
