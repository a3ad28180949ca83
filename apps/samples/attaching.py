"""Large files of samples: who adds them, who reads them, how long they are kept. The bytes are
`apps.files`' affair.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.parameters import value
from apps.files.models import StoredFile
from apps.files.operations import begin, keep_until
from apps.people.models import User
from apps.samples.access import may_see, require_crew_of, require_not_own, serves
from apps.samples.custody import may_be_received
from apps.samples.locking import lock_sample
from apps.samples.models import Sample, SampleFile, SampleRequest
from apps.samples.queries import is_released, may_read_results, runs_sample

Kind, State = SampleFile.Kind, Sample.State
_MEASURED = (State.TESTING, State.TESTED)


@transaction.atomic
def attach_file(
    *, sample: Sample, kind: str, name: str, size: int, by: User, now: datetime, announced: str = ""
) -> SampleFile:
    """A file of `size` bytes is going to be sent for a sample: a photograph while it is here or about
    to be received, a result while it is tested and not yet checked. The same unfinished upload goes on
    (`apps.files.operations.begin`).

    Raises NotPermitted `samples.crew_only`, `samples.own_request`; Invalid `samples.file_kind`; WrongState
    `samples.not_here`, `samples.not_tested`; and whatever `begin` raises.
    """
    sample, request = lock_sample(sample)
    if kind not in Kind.values:
        raise Invalid(_("Say what the file is."), code="samples.file_kind", field="kind")
    arrives = kind == Kind.PHOTO and may_be_received(sample)
    if sample.instrument is None or not (sample.is_here or arrives):
        raise WrongState(_("This sample is not here."), code="samples.not_here")
    require_not_own(request, by)
    require_crew_of(sample.instrument, by, now)
    if kind == Kind.RESULT and sample.state not in _MEASURED:
        raise WrongState(_("This sample is not being tested."), code="samples.not_tested")
    # What was begun as a photograph, or in an earlier test, is not gone on with as a result of this one.
    about = f"sample:{sample.ulid}:{kind}:{sample.round}"
    file = begin(about=about, name=name, size=size, by=by, now=now, announced=announced)
    found, created = SampleFile.objects.get_or_create(
        file=file, defaults={"sample": sample, "kind": kind, "round": sample.round, "by": by, "at": now}
    )
    if created:
        audit.record(
            action="samples.attach_file",
            object_ref=f"sample:{sample.ulid}",
            now=now,
            actor=by,
            file=file.ulid,
            kind=kind,
        )
    return found


def are_results_coming(sample: Sample, now: datetime) -> bool:
    """Whether a file of the test that counts is still being sent or looked at, so that nobody has seen it."""
    coming = Q(file__state=StoredFile.State.RECEIVED) | Q(
        file__state=StoredFile.State.UPLOADING, file__expires_at__gt=now
    )
    return sample.files.filter(coming, kind=Kind.RESULT, round=sample.round).exists()


def addable(sample: Sample) -> list[SampleFile.Kind]:
    """The kinds of file that the crew may add to the sample as it is now."""
    if sample.instrument is None or not sample.is_here:
        return []
    return [Kind.PHOTO, Kind.RESULT] if sample.state in _MEASURED else [Kind.PHOTO]


def files_for(user: User, sample: Sample, now: datetime) -> list[SampleFile]:
    """The files of a sample that the user may read: its photographs where they may know of the request,
    results as results are read; the crew all of them, also those that are still coming.
    """
    crew = user.pk != sample.request.requester_id and (
        serves(user, sample.request, now) or runs_sample(user, sample, now)
    )
    found = list(sample.files.select_related("file", "by"))
    if crew:
        return found
    if not may_see(user, sample.request, now):
        return []
    reads = may_read_results(user, sample, now)
    ready = [one for one in found if one.file.state in (StoredFile.State.READY, StoredFile.State.ERASED)]
    return [one for one in ready if one.kind == Kind.PHOTO or (reads and is_released(sample, one.round))]


def find_file(ulid: str, user: User, now: datetime) -> SampleFile:
    """A file that the user may read; NotFound `samples.no_file` for any other, whether there is one or
    not.
    """
    found = (
        SampleFile.objects.select_related("file", "sample__request__template", "sample__request__group")
        .filter(ulid=ulid)
        .first()
    )
    if found is None or found not in files_for(user, found.sample, now):
        raise NotFound(_("There is no such file."), code="samples.no_file")
    return found


def keep_files(request: SampleRequest, now: datetime) -> None:
    """From the end of a request its files are kept for `samples.keep_files_days`."""
    until = now + timedelta(days=value("samples.keep_files_days", at=now))
    for one in SampleFile.objects.filter(sample__request=request).select_related("file"):
        keep_until(file=one.file, until=until)
