# ruff: noqa: S608  # the text is constant; values only ever arrive as parameters
"""The legs from which standing is read: people, their qualifications and purses, and what concerns an
instrument.

Only tables of this room and of lower rooms are named here. It holds text and never runs it.
"""

from apps.standing.reading import statement

_MOMENT = "timestamp with time zone"
_PEOPLE = (
    "(SELECT CAST(%(user)s AS bigint) UNION ALL SELECT CAST(%(user2)s AS bigint) UNION ALL"
    " SELECT user_id FROM people_card WHERE digest IN (%(card)s, %(card2)s))"
)
# `seen` is the moment up to which revocations are known: for a live question every one on record counts, also
# one whose clock was a little ahead of the asker's. What was written down is never missed by a race of
# clocks.
_IN_FORCE = (
    "{0}.valid_from <= %(at)s AND ({0}.valid_until IS NULL OR {0}.valid_until > %(at)s)"
    " AND ({0}.revoked_at IS NULL OR {0}.revoked_at > %(seen)s)"
)
# Begun and not taken back, whether or not it is over: 'ended 3 days ago' says more than 'none'.
_GIVEN = "{0}.valid_from <= %(at)s AND ({0}.revoked_at IS NULL OR {0}.revoked_at > %(seen)s)"
# A restriction begins as soon as it is known and ends when it is over.
_RESTRICTS = (
    "{0}.valid_from <= %(seen)s AND ({0}.valid_until IS NULL OR {0}.valid_until > %(at)s)"
    " AND ({0}.revoked_at IS NULL OR {0}.revoked_at > %(at)s)"
)

# Parameters: user and user2 (ids or None), card and card2 (digests or None), at.
PEOPLE = statement(
    "standing_people",
    {"user": "bigint", "user2": "bigint", "card": "text", "card2": "text", "at": _MOMENT},
    # card: id the holder, a digest, b label, c why it was blocked, n the card's own id
    "SELECT 'card', x.user_id, x.ulid, x.digest, x.label, x.revoke_reason, x.valid_from, x.valid_until,"
    " x.revoked_at, x.id, 0 FROM people_card x WHERE x.digest IN (%(card)s, %(card2)s)",
    # user: a kind, b and c names, n may sign in, m is a visitor
    "SELECT 'user', x.id, x.ulid, x.kind, x.name_zh, x.name_en, x.valid_from, x.valid_until, NULL,"
    " CASE WHEN x.is_active THEN 1 ELSE 0 END,"
    " CASE WHEN x.full_from IS NULL OR x.full_from > %(at)s THEN 1 ELSE 0 END"
    " FROM people_user x WHERE x.id IN " + _PEOPLE,
    # suspension, also one that is still to come: id the user
    "SELECT 'suspension', x.user_id, x.ulid, x.source_case, '', '', x.valid_from, x.valid_until,"
    " x.revoked_at, 0, 0 FROM people_suspension x WHERE (x.revoked_at IS NULL OR x.revoked_at > %(at)s)"
    " AND (x.valid_until IS NULL OR x.valid_until > %(at)s) AND x.user_id IN " + _PEOPLE,
)

# Parameters: user, instrument (ids), at, seen, month (its first instant).
QUALIFICATIONS = statement(
    "standing_qualifications",
    {"user": "bigint", "instrument": "bigint", "at": _MOMENT, "seen": _MOMENT, "month": _MOMENT},
    "SELECT 'safety', x.id, x.ulid, x.source_case, '', '', x.valid_from, x.valid_until, x.revoked_at, 0, 0"
    " FROM training_safetyclearance x WHERE x.user_id = %(user)s AND " + _GIVEN.format("x"),
    # certificate: a level, b source case, c the suspension in force
    "SELECT 'certificate', x.id, x.ulid, x.level, x.source_case,"
    " (SELECT MIN(s.ulid) FROM training_certificatesuspension s WHERE s.certificate_id = x.id AND "
    + _RESTRICTS.format("s")
    + "), x.valid_from, x.valid_until, x.revoked_at, 0, 0 FROM training_certificate x"
    " WHERE x.user_id = %(user)s AND x.instrument_id = %(instrument)s AND " + _GIVEN.format("x"),
    "SELECT 'night', x.id, x.ulid, x.source_case, '', '', x.valid_from, x.valid_until, x.revoked_at, 0, 0"
    " FROM training_nightendorsement x WHERE x.user_id = %(user)s AND x.instrument_id = %(instrument)s"
    " AND " + _IN_FORCE.format("x"),
    # crew: a role
    "SELECT 'crew', x.id, x.ulid, x.role, '', '', x.valid_from, x.valid_until, x.revoked_at, 0, 0"
    " FROM instruments_crewmember x WHERE x.user_id = %(user)s AND x.instrument_id = %(instrument)s"
    " AND " + _IN_FORCE.format("x"),
    # membership: id the group, b and c its names, m the lab that the group works in
    "SELECT 'membership', x.group_id, x.ulid, '', g.name_zh, g.name_en, x.valid_from, x.valid_until,"
    " x.revoked_at, 0, CASE WHEN o.kind IN ('lab', 'sub_lab') THEN g.unit_id ELSE 0 END"
    " FROM people_membership x JOIN people_researchgroup g ON g.id = x.group_id"
    " JOIN people_orgunit o ON o.id = g.unit_id WHERE x.user_id = %(user)s AND " + _IN_FORCE.format("x"),
    # fund of one of these groups: a number, b and c names, t2 frozen since, n ledger balance less holds
    # (fen), m the group
    "SELECT 'fund', x.id, x.ulid, x.number, x.name_zh, x.name_en, x.valid_from, x.valid_until, x.frozen_at,"
    " a.balance_fen - x.held_fen, x.group_id FROM people_membership p"
    " JOIN funding_fundaccount x ON x.group_id = p.group_id JOIN ledger_account a ON a.id = x.account_id"
    " WHERE p.user_id = %(user)s AND (x.revoked_at IS NULL OR x.revoked_at > %(seen)s) AND "
    + _IN_FORCE.format("p"),
    # limit: id the fund, n fen a school month
    "SELECT 'limit', x.fund_id, x.ulid, '', '', '', x.valid_from, x.valid_until, x.revoked_at,"
    " x.monthly_fen, 0 FROM funding_spendinglimit x WHERE x.user_id = %(user)s AND " + _IN_FORCE.format("x"),
    # spent this month: id the fund, n fen
    "SELECT 'spent', x.fund_id, '', '', '', '', NULL, NULL, NULL, CAST(SUM(x.amount_fen) AS bigint), 0"
    " FROM funding_spending x WHERE x.user_id = %(user)s AND x.spent_at >= %(month)s AND x.spent_at <= %(at)s"
    " AND NOT EXISTS (SELECT 1 FROM ledger_transaction r WHERE r.reverses_id = x.transaction_id)"
    " GROUP BY x.fund_id",
    # held for the user, whatever for: id the fund, n fen
    "SELECT 'held', x.fund_id, '', '', '', '', NULL, NULL, NULL, CAST(SUM(x.amount_fen) AS bigint), 0"
    " FROM funding_fundhold x WHERE x.user_id = %(user)s AND x.released_at IS NULL GROUP BY x.fund_id",
)

_VERSION = "FROM fees_feeversion x WHERE x.instrument_id = %(instrument)s AND " + _IN_FORCE.format("x")

# Parameters: instrument, user (ids), at, seen, day (school date).
INSTRUMENT = statement(
    "standing_instrument",
    {"instrument": "bigint", "user": "bigint", "at": _MOMENT, "seen": _MOMENT, "day": "date"},
    "SELECT 'lock', x.id, x.ulid, '', '', '', x.locked_at, NULL, NULL, 0, 0 FROM instruments_instrumentlock x"
    " WHERE x.instrument_id = %(instrument)s AND x.released_at IS NULL",
    # outage, also one that is planned
    "SELECT 'outage', x.id, x.ulid, x.reason_zh, x.reason_en, '', x.starts_at, x.ends_at, NULL, 0, 0"
    " FROM instruments_outage x WHERE x.instrument_id = %(instrument)s"
    " AND (x.ends_at IS NULL OR x.ends_at > %(at)s)",
    # incident: a effect
    "SELECT 'incident', x.id, x.ulid, x.effect, '', '', x.reported_at, NULL, NULL, 0, 0"
    " FROM instruments_incident x WHERE x.instrument_id = %(instrument)s AND x.closed_at IS NULL",
    # order: n the engineer
    "SELECT 'order', x.id, x.ulid, '', '', '', x.opened_at, NULL, NULL, x.engineer_id, 0"
    " FROM instruments_workorder x WHERE x.instrument_id = %(instrument)s AND x.closed_at IS NULL",
    # fee version in force: a approval number, b its rates (night|day off|night of a day off|own
    # group|hosted owner), c minimum minutes|step seconds|night from|night to|most fen, n minimum fen
    "SELECT 'fee', x.id, x.ulid, x.approval_no, x.night_rate || '|' || x.weekend_rate || '|' ||"
    " x.weekend_night_rate || '|' || x.own_group_rate || '|' || x.hosted_owner_rate,"
    " CAST(x.minimum_minutes AS text) || '|' ||"
    " CAST(x.billing_step_seconds AS text) || '|' || CAST(x.night_start_hour AS text) || '|' ||"
    " CAST(x.night_end_hour AS text) || '|' || COALESCE(CAST(x.cap_fen AS text), ''),"
    " x.valid_from, x.valid_until, x.revoked_at, x.minimum_fen, 0 " + _VERSION,
    # its items: ulid how a period or a block is made (minutes|from|to|follows|rate), a code, b tier, c
    # unit|service mode, n fen
    "SELECT 'item', i.id, CAST(i.unit_minutes AS text) || '|' || i.block_start || '|' || i.block_end ||"
    " '|' || i.follows || '|' || i.following_rate, i.code, i.tier, i.unit || '|' || i.service_mode,"
    " NULL, NULL, NULL, i.price_fen, 0 FROM fees_feeitem i WHERE i.version_id IN (SELECT x.id "
    + _VERSION
    + ")",
    # the owner of a hosted instrument: id the group, n parts of a thousand that it pays
    "SELECT 'owner', x.group_id, x.ulid, '', '', '', x.valid_from, x.valid_until, x.revoked_at, x.permille, 0"
    " FROM fees_ownerterm x WHERE x.instrument_id = %(instrument)s AND " + _IN_FORCE.format("x"),
    # a day that differs from the ordinary week: n worked
    "SELECT 'day', x.id, '', x.name_zh, x.name_en, '', NULL, NULL, NULL,"
    " CASE WHEN x.is_working THEN 1 ELSE 0 END, 0 FROM core_calendarday x WHERE x.day = %(day)s",
    # guided session now: a kind, n leader, m the user takes part
    "SELECT 'guided', x.id, x.ulid, x.kind, '', '', x.starts_at, x.ends_at, NULL, x.leader_id,"
    " CASE WHEN EXISTS (SELECT 1 FROM training_guidedsession_participants p"
    " WHERE p.guidedsession_id = x.id AND p.user_id = %(user)s) THEN 1 ELSE 0 END"
    " FROM training_guidedsession x WHERE x.instrument_id = %(instrument)s AND x.cancelled_at IS NULL"
    " AND x.starts_at <= %(at)s AND x.ends_at > %(at)s",
)
