"""The order in which questions and re-evaluations happen, so that a withdrawal is never missed by a grant
that is being made.

On PostgreSQL a question holds a shared lock until its transaction ends, and a lock of its own on the node;
a re-evaluation holds the same lock exclusively. So a fact that is committed is either read by the question,
or the re-evaluation that it causes waits for the question's grant and sees it. SQLite has one writer at a
time: an immediate transaction is that order already.
"""

import zlib

from django.db import connection

_GATE = 0x1A9  # any number that nothing else in the database uses as the first half of an advisory lock


def lock_for_question(dev: str, node: int) -> None:
    """Hold off re-evaluations, and other questions about the same node, until the end of the transaction."""
    if connection.vendor != "postgresql":
        return
    key = zlib.crc32(f"{dev}/{node}".encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, 0), pg_advisory_xact_lock(%s, %s)",
            [_GATE, _GATE + 1, key],
        )


def lock_for_reevaluation() -> None:
    """Wait for every question under way, and hold off new ones until the end of the transaction."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_GATE])
