# the text is constant; values only ever arrive as parameters
"""The leg statement of the gate's own situation: bookings around now, the session on the node, earlier use,
samples that wait, unpaid charges.

It holds text and never runs it.
"""

from apps.standing.reading import statement

_MOMENT = "timestamp with time zone"
_BOOKING = (
    "SELECT {0}, x.id, x.ulid, x.state, COALESCE(CAST(x.fund_id AS text), ''), x.purpose,"
    ' x.start, x."end", x.cancelled_at, x.user_id, COALESCE((SELECT h.amount_fen FROM funding_fundhold h'
    " WHERE h.id = x.hold_id AND h.released_at IS NULL), 0)"
    " FROM bookings_booking x WHERE {1}"
)

# Parameters: user, instrument (ids), at, horizon, dev, node, booking (id or None).
SITUATION = statement(
    "clearances_situation",
    {
        "user": "bigint",
        "instrument": "bigint",
        "at": _MOMENT,
        "horizon": _MOMENT,
        "dev": "text",
        "node": "bigint",
        "booking": "bigint",
    },
    # booking not yet over: a state, b fund, c what for, n user, m fen still held for it
    _BOOKING.format(
        "'booking'",
        "x.instrument_id = %(instrument)s AND x.state IN ('requested', 'confirmed')"
        ' AND x."end" > %(at)s AND x.start < %(horizon)s',
    ),
    # the booking that a running session stands on, also when it is over
    _BOOKING.format("'standing_on'", "x.id = %(booking)s"),
    # live session on the node: a state, b purpose, t0 granted, t1 expires, n user
    "SELECT 'live', x.id, x.ulid, x.state, x.purpose, '', x.granted_at, x.expires_at, x.revoked_at,"
    " x.user_id, 0 FROM usage_usagesession x WHERE x.dev = %(dev)s AND x.node = %(node)s"
    " AND x.state IN ('granted', 'open')",
    # earlier unsupervised use of this instrument: n whether there was any
    "SELECT 'used', 0, '', '', '', '', NULL, NULL, NULL,"
    " CASE WHEN EXISTS (SELECT 1 FROM usage_usagerecord x WHERE x.user_id = %(user)s"
    " AND x.instrument_id = %(instrument)s AND x.purpose IN ('booking', 'walk_in')) THEN 1 ELSE 0 END, 0",
    # samples that may be run here: n how many, a the furthest state (testing > received > queued), ulid one
    "SELECT 'sample', 0, COALESCE(MIN(x.ulid), ''), COALESCE(MAX(x.state), ''), '', '', NULL, NULL, NULL,"
    " COUNT(*), 0 FROM samples_sample x JOIN samples_samplerequest r ON r.id = x.request_id"
    " WHERE x.instrument_id = %(instrument)s AND x.state IN ('received', 'queued', 'testing') AND x.held = ''"
    " AND x.custody IN ('crew', 'stored') AND r.state = 'confirmed'",
    # a fund in debt: id the fund, t0 when the oldest spending that its money does not cover was made
    "SELECT 'debt', d.fund_id, '', '', '', '', MIN(d.spent_at), NULL, NULL, 0, 0 FROM ("
    "SELECT c.fund_id, c.spent_at, 0 - a.balance_fen AS debt, SUM(c.amount_fen) OVER"
    " (PARTITION BY c.fund_id ORDER BY c.spent_at DESC, c.id DESC) - c.amount_fen AS later"
    " FROM people_membership p JOIN funding_fundaccount f ON f.group_id = p.group_id"
    " JOIN ledger_account a ON a.id = f.account_id JOIN funding_spending c ON c.fund_id = f.id"
    " WHERE p.user_id = %(user)s AND p.valid_from <= %(at)s"
    " AND (p.valid_until IS NULL OR p.valid_until > %(at)s) AND p.revoked_at IS NULL AND a.balance_fen < 0"
    " AND NOT EXISTS (SELECT 1 FROM ledger_transaction r WHERE r.reverses_id = c.transaction_id)"
    ") d WHERE d.later < d.debt GROUP BY d.fund_id",
)
