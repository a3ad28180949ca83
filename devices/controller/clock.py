"""What a controller without a trusted clock may know about the server's time. It owns the bounds [lo, hi]
derived from answers to its own questions and never reads a clock: monotonic milliseconds come with each
call."""

DRIFT_PPM = 200


class ServerClock:
    """Bounds on the server's epoch milliseconds as a function of the device's monotonic milliseconds.

    The server stamped its answer somewhere between asking and receipt. So at receipt its time is at least the
    stamp, and at most the stamp plus the round trip, however long somebody held the answer back.
    """

    def __init__(self) -> None:
        self._lo: tuple[int, int] | None = None
        self._hi: tuple[int, int] | None = None

    @property
    def bounded(self) -> bool:
        """Whether any answer came in this boot."""
        return self._lo is not None

    def learn(self, *, stamp: int, asked: int, now: int) -> bool:
        """Tighten the bounds by one answer; False when it contradicts them, in which case only the new one
        counts.
        """
        lo, hi = stamp, stamp + (now - asked)
        known = self.bounds(now)
        agrees = known is None or (lo <= known[1] and known[0] <= hi)
        if known is not None and agrees:
            lo, hi = max(lo, known[0]), min(hi, known[1])
        self._lo, self._hi = (now, lo), (now, hi)
        return agrees

    def bounds(self, now: int) -> tuple[int, int] | None:
        """(lo, hi) epoch ms at monotonic `now`, widened by the crystal's drift; None before the first
        answer.
        """
        if self._lo is None or self._hi is None:
            return None
        (lo_at, lo), (hi_at, hi) = self._lo, self._hi
        # A crystal that runs fast overstates the time gone by, a slow one understates it.
        elapsed = now - lo_at
        late = now - hi_at
        return lo + elapsed - elapsed * DRIFT_PPM // 1_000_000, hi + late + late * DRIFT_PPM // 1_000_000 + 1
