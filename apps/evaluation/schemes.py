"""Operations of schemes: those that come with the product, drafts of the office, adopting. What was adopted
is never changed; a change is the next version.
"""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.outbox import publish
from apps.evaluation.checking import require_sound
from apps.evaluation.content import Content, digest, stored
from apps.evaluation.models import Scheme, SchemeVersion
from apps.evaluation.shipped import SHIPPED, shipped
from apps.people.models import User
from apps.people.requirements import require_office
from documents.canonical import canonical


@transaction.atomic
def install_shipped(*, now: datetime, by: User | None = None) -> list[SchemeVersion]:
    """The schemes of the product as version 1, adopted, each unless there is one of its key. Safe to
    repeat; gives those that were new. Raises NotPermitted `people.office_only`.
    """
    require_office(by, now)
    made = []
    for key in SHIPPED:
        scheme, new = Scheme.objects.get_or_create(key=key, defaults={"created_at": now})
        if not new:
            continue
        version = SchemeVersion(
            scheme=scheme,
            number=1,
            created_at=now,
            saved_at=now,
            adopted_at=now,
            adopted_by=by,
            valid_from=date(school_time(now).year - 5, 1, 1),
        )
        _fill(version, shipped(key))
        version.save()
        made.append(version)
    return made


@transaction.atomic
def begin_draft(*, scheme: Scheme, by: User | None, now: datetime) -> SchemeVersion:
    """The next version begins as a copy of the newest one; the draft that there is, where there is one.
    Raises NotPermitted `people.office_only`.
    """
    require_office(by, now)
    row = Scheme.objects.select_for_update().get(pk=scheme.pk)
    newest = row.versions.order_by("-number").first()
    if newest is not None and newest.is_draft:
        return newest
    if newest is None:
        raise NotFound(_("There is no such scheme."), code="evaluation.no_scheme")
    return SchemeVersion.objects.create(
        scheme=row,
        number=newest.number + 1,
        content=newest.content,
        digest=newest.digest,
        created_by=by,
        saved_by=by,
        created_at=now,
        saved_at=now,
    )


@transaction.atomic
def create_scheme(*, key: str, content: Content, by: User | None, now: datetime) -> SchemeVersion:
    """A scheme of the school's own, as a draft. Raises NotPermitted `people.office_only`; WrongState
    `evaluation.scheme_exists`.
    """
    require_office(by, now)
    try:
        with transaction.atomic():
            scheme = Scheme.objects.create(key=key, created_at=now)
    except IntegrityError as exc:
        raise WrongState(
            _("There is a scheme of this key already."), code="evaluation.scheme_exists", field="key"
        ) from exc
    version = SchemeVersion(scheme=scheme, number=1, created_by=by, saved_by=by, created_at=now, saved_at=now)
    _fill(version, content)
    version.save()
    return version


@transaction.atomic
def save_draft(
    *, version: SchemeVersion, revision: int, content: Content, by: User | None, now: datetime
) -> SchemeVersion:
    """The draft says this from now on; it may still have faults. Raises NotPermitted `people.office_only`;
    WrongState `evaluation.adopted`, `evaluation.changed_meanwhile`.
    """
    require_office(by, now)
    row = _draft(version, revision)
    _fill(row, content)
    row.revision += 1
    row.saved_by, row.saved_at = by, now
    row.save()
    return row


@transaction.atomic
def adopt(
    *,
    version: SchemeVersion,
    revision: int,
    valid_from: date,
    citation: str,
    by: User | None,
    now: datetime,
) -> SchemeVersion:
    """The draft is a version from now on, for periods that begin on or after a day, and never changes again.

    Raises NotPermitted `people.office_only`; WrongState `evaluation.adopted`, `evaluation.changed_meanwhile`;
    Invalid with the first fault (`evaluation.weights`, … all in `faults`), `evaluation.unchanged` (it says
    what the version before says).
    """
    require_office(by, now)
    row = _draft(version, revision)
    require_sound(row.tree)
    if row.scheme.versions.filter(number=row.number - 1, digest=row.digest).exists():
        raise Invalid(_("It says what the version before it says."), code="evaluation.unchanged")
    row.adopted_by, row.adopted_at = by, now
    row.valid_from, row.citation = valid_from, citation.strip()[:200]
    row.save()
    audit.record(
        action="evaluation.adopt_scheme",
        object_ref=f"scheme_version:{row.ulid}",
        now=now,
        actor=by,
        digest=row.digest,
    )
    publish("evaluation.scheme_adopted", now=now, version=row.ulid)
    return row


@transaction.atomic
def discard_draft(*, version: SchemeVersion, by: User | None, now: datetime) -> None:
    """The draft is given up. Raises NotPermitted `people.office_only`; WrongState `evaluation.adopted`."""
    require_office(by, now)
    row = _draft(version, None)
    audit.record(
        action="evaluation.discard_scheme", object_ref=f"scheme_version:{row.ulid}", now=now, actor=by
    )
    scheme = row.scheme
    row.delete()
    if not scheme.versions.exists():
        scheme.delete()


def version_in_force(scheme: Scheme, day: date) -> SchemeVersion | None:
    """The newest adopted version that is meant for periods beginning on a day. One query."""
    adopted = scheme.versions.filter(adopted_at__isnull=False, valid_from__lte=day)
    return adopted.order_by("-valid_from", "-number").first()


def _draft(version: SchemeVersion, revision: int | None) -> SchemeVersion:
    row = SchemeVersion.objects.select_for_update().select_related("scheme").filter(pk=version.pk).first()
    if row is None or not row.is_draft:
        raise WrongState(
            _("This version was adopted and is not changed any more; begin the next one."),
            code="evaluation.adopted",
        )
    if revision is not None and row.revision != revision:
        raise WrongState(
            _("Somebody else has changed this draft meanwhile. Look at it again."),
            code="evaluation.changed_meanwhile",
        )
    return row


def _fill(row: SchemeVersion, content: Content) -> None:
    row.content, row.digest = canonical(stored(content)), digest(content)
    row.__dict__.pop("tree", None)
