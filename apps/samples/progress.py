"""How far a request is, from its samples. The caller holds the request's lock."""

from datetime import datetime

from apps.core.outbox import publish
from apps.samples.models import Sample, SampleRequest


def note_progress(request: SampleRequest, now: datetime) -> bool:
    """When nothing is left to be tested, or to be checked where that is wanted, the request is tested,
    and that is told; whether it is.
    """
    if request.state != SampleRequest.State.CONFIRMED:
        return False
    unfinished = [*Sample.WAITING, *([Sample.State.TESTED] if request.template.needs_check else [])]
    if request.samples.filter(state__in=unfinished).exists():
        return False
    request.tested_at = now
    request.save(update_fields=["tested_at"])
    publish("samples.tested", now=now, request=request.ulid)
    return True
