"""A refusal by the rule `booking.admission` stays on record, though everything that was tried is undone: a
booking, a change, a hand-over, an offer that is accepted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from apps.bookings.admission import Admission


class AdmissionRefusedError(Exception):
    """The rule refuses; the first of its reasons tells the others. Never leaves `kept_on_record`."""

    def __init__(self, admission: Admission) -> None:
        super().__init__()
        self.admission = admission
        self.first, *others = admission.refusals
        self.first.details["mender"] = self.first.mender
        self.first.details["also"] = [
            {
                "code": other.code,
                "message": str(other.message),
                "field": other.field,
                "mender": other.mender,
            }
            for other in others
        ]


@contextmanager
def kept_on_record(*, object_ref: str, asked_by: str, now: datetime) -> Iterator[None]:
    """One transaction, the operation's own and the outermost. Refused by the rule, it is undone as a whole;
    after that the answer is written down, once, about `object_ref`, and the refusal raised.

    Whoever puts a transaction of their own around it (a rehearsal that is undone) undoes the record too.
    """
    try:
        with transaction.atomic():
            yield
    except AdmissionRefusedError as refused:
        refused.admission.record(object_ref=object_ref, asked_by=asked_by, now=now)
        raise refused.first from None
