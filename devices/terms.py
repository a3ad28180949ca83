"""The gate's terms of a grant as the wire spells them. It owns that one translation and nothing else."""

from apps.clearances import gate
from apps.core.clock import to_ms
from devices.protocol import Grant
from devices.protocol.downlinks import GRANT_KINDS


def grant_of(terms: gate.GrantTerms) -> Grant:
    """A grant to be signed; a kind that the wire has no word for is an ordinary session."""
    return Grant(
        gid=terms.gid,
        node=terms.node,
        card=terms.card or None,
        nbf=to_ms(terms.not_before),
        exp=to_ms(terms.expires_at),
        lease=terms.lease_ms,
        off=terms.off_ms,
        need2=terms.need2,
        idle=terms.idle_ms,
        warn=tuple(terms.warn_s),
        kind=terms.kind if terms.kind in GRANT_KINDS else "session",
    )
