"""Who a topic names: the enrolled controller with its nodes, in the one query that every frame costs. It
reads without a lock, and only what the handlers look at before they take it; any other field is fetched
when asked for.
"""

from typing import Any

from django.db import connection

from devices.ingest.context import Caller
from devices.models import ControlledNode, Controller

_CONTROLLER = (
    *("id", "dev", "kid", "algorithm", "public_key", "desired_ver", "published_ver", "evt_upto", "online"),
    *("boot", "bootn", "conn", "reported_ver", "reported_eseq"),
)
_NODE = (
    *(
        "id",
        "controller_id",
        "node",
        "instrument_id",
        "lease_ms",
        "off_ms",
        "idle_ms",
        "state",
        "odo",
        "busy",
    ),
    *("gid", "hb"),
)
# Written out because every heartbeat of every device asks it; making the same statement anew with the ORM
# cost more
# than all else that a heartbeat does.
_STATEMENT = """
    SELECT c.disabled_at IS NOT NULL,
        c.id, c.dev, c.kid, c.algorithm, c.public_key, c.desired_ver, c.published_ver, c.evt_upto, c.online,
        c.boot, c.bootn, c.conn, c.reported_ver, c.reported_eseq,
        n.id, n.controller_id, n.node, n.instrument_id, n.lease_ms, n.off_ms, n.idle_ms, n.state,
        n.odo, n.busy, n.gid, n.hb
    FROM devices_controllednode n JOIN devices_controller c ON c.id = n.controller_id WHERE c.dev = %s
"""


def caller_named(dev: str) -> Caller | None:
    """The controller enrolled under this name; None when there is none. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [dev])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if not rows:
        return None
    split = 1 + len(_CONTROLLER)
    controller = Controller.from_db(connection.alias, _CONTROLLER, rows[0][1:split])
    nodes = {}
    for row in rows:
        node = ControlledNode.from_db(connection.alias, _NODE, row[split:])
        node.controller = controller
        nodes[node.node] = node
    return Caller(controller, nodes, disabled=bool(rows[0][0]))
