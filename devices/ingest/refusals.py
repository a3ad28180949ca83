"""Refused frames, counted. It owns the numbers per device and reason, in memory first, so that a flood costs
one write in ten seconds; it never keeps what was in a frame."""

import logging
import re
from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F

from apps.core.clock import school_time
from devices.models import RefusedFrame

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=10)
MOST_NAMES = 1000
MOST_DETAILS = 5
ANYBODY = "?"
# Some details are words of the device: only plain ones reach the log.
_PLAIN = re.compile(r"[A-Za-z0-9_.]{1,40}")


class Refusals:
    """Counts per (device, code). A device's name is used only when it is enrolled: strangers share one line
    under '?'.
    """

    def __init__(self) -> None:
        self._pending: Counter[tuple[str, str]] = Counter()
        self._details: dict[tuple[str, str], set[str]] = {}
        self._written: dict[tuple[str, str], datetime] = {}

    def count(self, *, dev: str | None, code: str, detail: str = "") -> None:
        """One more frame of `dev` (None = a stranger) was refused for `code`; `detail` names the member or
        limit, for the log only.
        """
        key = (dev or ANYBODY, code)
        if key not in self._pending and len(self._pending) >= MOST_NAMES:
            key = (ANYBODY, code)
        self._pending[key] += 1
        details = self._details.setdefault(key, set())
        if len(details) < MOST_DETAILS and _PLAIN.fullmatch(detail):
            details.add(detail)

    @property
    def pending(self) -> int:
        """Refusals counted and not yet written."""
        return self._pending.total()

    def flush(self, *, now: datetime, everything: bool = False) -> int:
        """Write what is due: each (device, code) at most once in ten seconds. Returns how many rows were
        written.
        """
        due = [key for key in self._pending if everything or self._is_due(key, now)]
        for key in due:
            number = self._pending[key]
            self._write(key, number, now)
            # Only now: a database that is away must not lose the count.
            del self._pending[key]
            self._written[key] = now
            details = ", ".join(sorted(self._details.pop(key, ())))
            log.warning("refused %d frame(s) of %s: %s%s", number, *key, f" ({details})" if details else "")
        if len(self._written) > MOST_NAMES:
            self._written = {key: at for key, at in self._written.items() if now - at < EVERY}
        return len(due)

    def _is_due(self, key: tuple[str, str], now: datetime) -> bool:
        last = self._written.get(key)
        return last is None or now - last >= EVERY

    def _write(self, key: tuple[str, str], number: int, now: datetime) -> None:
        dev, code = key
        row, made = RefusedFrame.objects.get_or_create(
            day=school_time(now).date(), dev=dev, code=code, defaults={"count": number, "last_at": now}
        )
        if not made:
            RefusedFrame.objects.filter(pk=row.pk).update(count=F("count") + number, last_at=now)
