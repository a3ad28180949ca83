"""The shape of a flow, pinned by every case that starts: years later its diagram is the one that ran."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Max

from apps.core.prepared import Prepared
from workflows.base import BaseFlow
from workflows.diagram import describe, digest
from workflows.models import FlowVersion


@lru_cache
def shape(flow: type[BaseFlow]) -> tuple[dict[str, Any], str]:
    """The present description of a flow and its digest, worked out once."""
    description = describe(flow)
    return description, digest(description)


_KNOWN = Prepared(lambda flow, mark: FlowVersion.objects.filter(flow=flow, digest=mark).values_list("pk"))


def pin(flow: type[BaseFlow], now: datetime) -> int:
    """The key of the version of this flow's present shape; made when a case first uses it. One query
    afterwards.
    """
    description, mark = shape(flow)
    known = _KNOWN.rows(flow=flow.key, mark=mark)
    if known:
        return int(known[0][0])
    last = FlowVersion.objects.filter(flow=flow.key).aggregate(last=Max("number"))["last"] or 0
    made, _new = FlowVersion.objects.get_or_create(
        flow=flow.key,
        digest=mark,
        defaults={"number": last + 1, "description": description, "first_used_at": now},
    )
    return made.pk
