"""Sealing what a process that ended left unsealed. The truth is in the rows: a document is sealed at its
first download too, so a lost task costs nobody anything.
"""

import logging

from celery import shared_task

from apps.core import clock
from documents.operations import seal
from documents.queries import unsealed

log = logging.getLogger(__name__)

AT_ONCE = 50


@shared_task(name="documents.seal_pending")
def seal_pending() -> int:
    """Seal documents that have no file yet; returns how many. One that cannot be rendered is logged and
    does not hold up the others.
    """
    sealed = 0
    for document in unsealed().select_related("supersedes"):
        if sealed == AT_ONCE:
            break
        try:
            seal(document=document, language=document.language, now=clock.now())
        except Exception:
            log.exception("document %s cannot be sealed", document.ulid)
        else:
            sealed += 1
    return sealed
