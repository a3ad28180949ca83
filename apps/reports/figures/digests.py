"""What freezes a figure: the SHA-256 of the ids of its records, in order, for each instrument. Records pass
through one by one, so that memory stays flat.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from apps.reports.figures import money, sources
from apps.reports.figures.periods import Period

Rows = Iterator[tuple[int, str]]


def digests_of(period: Period, among: Collection[int] | None) -> dict[int, dict[str, str]]:
    """The digests by instrument and figure; those of users are of the uses and samples that made them users.
    One query for each kind of record.
    """
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for key, rows in _all(period, among):
        for instrument, digest in _signed(rows):
            found[instrument][key] = digest
    return found


def _all(period: Period, among: Collection[int] | None) -> Iterator[tuple[str, Rows]]:
    for key in (*sources.PURPOSES, "external_hours"):
        yield key, _ordered(sources.uses_of(key, period, among))
    for key, external in (("users", False), ("external_users", True)):
        yield key, _of_people(period, among, external=external)
    for key, external in (("samples", False), ("external_samples", True)):
        yield key, _ordered(sources.samples(period, among, external=external))
    yield "trained_alone", _ordered(sources.trained_alone(period, among))
    yield "trained_guided", _ordered(sources.trained_guided(period, among), "session__instrument_id")
    yield "demonstrations", _ordered(sources.demonstrations(period, among), "session__instrument_id")
    yield "bookings", _ordered(sources.bookings(period, among))
    yield "no_shows", _ordered(sources.no_shows(period, among))
    for key in sources.TIERS_OF:
        yield key, _of_money(key, period, among)


def _ordered(rows: QuerySet[Any], path: str = "instrument_id") -> Rows:
    return rows.order_by(path, "ulid").values_list(path, "ulid").iterator()


def _of_people(period: Period, among: Collection[int] | None, *, external: bool) -> Rows:
    own = sources.uses(period, among).filter(purpose__in=sources.OWN_USE, user__isnull=False)
    handed_in = sources.samples(period, among)
    if external:
        own = own.filter(user__kind__in=sources.OUTSIDE)
        handed_in = handed_in.filter(request__requester__kind__in=sources.OUTSIDE)
    pairs = own.order_by().values_list("instrument_id", "user__ulid")
    others = handed_in.order_by().values_list("instrument_id", "request__requester__ulid")
    return iter(sorted(set(pairs.union(others))))


def _of_money(key: str, period: Period, among: Collection[int] | None) -> Rows:
    rows = money.postings(key, period, among).order_by("instrument_", "ulid", "kind_")
    for kind, ulid, _at, _fen, _tier, instrument, _person in rows.iterator():
        yield instrument, f"{kind}:{ulid}"


def _signed(rows: Rows) -> Iterator[tuple[int, str]]:
    """Rows that come instrument by instrument, as one digest for each."""
    present: int | None = None
    state = sha256()
    for instrument, key in rows:
        if instrument != present:
            if present is not None:
                yield present, state.hexdigest()
            present, state = instrument, sha256()
        state.update(f"{key}\n".encode())
    if present is not None:
        yield present, state.hexdigest()
