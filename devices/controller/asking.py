"""From a card to a running session: questions, answers, the second person, and the stand-by grants that
may answer in the server's place. It owns which answer belongs to which question and never lets a
refusal touch what already runs."""

from devices.controller.node import Node
from devices.controller.session import Question, Session, Waiting, begin, deadline
from devices.controller.shared import NEVER
from devices.protocol import Cmd, Grant, Reply, Swipe


def swiped(node: Node, *, card: str, now: int) -> None:
    """A card was shown: the holder's card locks, the second person's completes, any other card asks."""
    if node.fault or node.stopped or node.override_until is not None:
        node.shared.show(node.number, "fault" if node.fault else "stopped" if node.stopped else "override")
    elif node.session is not None and node.session.grant.card == card:
        node.question = None
        node.switch_off(now=now, why="swipe_out")
    elif node.session is not None and node.session.drain_until is not None:
        node.shared.show(node.number, "draining")
    elif node.question is not None:
        node.shared.show(node.number, "wait")
    elif node.waiting is not None and node.waiting.session.grant.card == card:
        node.stop_waiting()
    elif node.waiting is not None:
        first = node.waiting.session.grant
        ask(node, now=now, kind="second", card=first.card, card2=card, gid=first.gid)
    else:
        ask(node, now=now, kind="swipe", card=card)


def ask(
    node: Node,
    *,
    now: int,
    kind: str,
    card: str | None = None,
    card2: str | None = None,
    command: Cmd | None = None,
    gid: str | None = None,
) -> None:
    """Put a fresh question; every deadline of its answer counts from this moment."""
    cfg = node.shared.trust.cfg
    node.question = Question(
        rid=node.shared.new_rid(),
        kind=kind,
        asked_at=now,
        send_at=now,
        standby_at=now + cfg.pending_ms,
        giveup_at=now + max(cfg.giveup_ms, cfg.pending_ms),
        card=card,
        card2=card2,
        ask=command.id if command is not None else None,
        gid=gid,
    )
    node.shared.show(node.number, "wait")
    node.settle()
    pursue(node, now)


def pursue(node: Node, now: int) -> None:
    """Send, repeat (same rid), consult the stand-by grants, give up: whatever is due for the open
    question.
    """
    question = node.question
    if question is None:
        return
    if now >= question.giveup_at:
        node.question = None
        node.shared.show(node.number, "no_answer")
        node.settle()
    elif now >= question.standby_at:
        question.standby_at = NEVER
        _consult_standby(node, question, now=now)
    elif now >= question.send_at:
        question.send_at = now + node.shared.trust.cfg.retry_ms
        swipe = Swipe(
            boot=node.shared.boot,
            rid=question.rid,
            node=node.number,
            # A card is asked for by itself; an ask by the server names nobody.
            card=question.card if question.ask is None else None,
            card2=question.card2,
            kind=question.kind,
            ask=question.ask,
            gid=question.gid,
        )
        node.shared.publish("swipe", swipe.to_json())


def next_step(node: Node) -> int:
    """The next moment at which `pursue` or `give_up_waiting` has something to do."""
    moments = [node.waiting.until if node.waiting is not None else NEVER]
    if node.question is not None:
        moments += [node.question.send_at, node.question.standby_at, node.question.giveup_at]
    return min(moments)


def give_up_waiting(node: Node, now: int) -> None:
    """The second person did not come in time."""
    if node.waiting is not None and now >= node.waiting.until:
        node.waiting = None
        node.shared.show(node.number, "second_missing")
        node.settle()


def _consult_standby(node: Node, question: Question, *, now: int) -> None:
    if node.session is not None or question.card is None or question.kind not in ("swipe", "second"):
        return
    if question.kind == "second" and node.waiting is not None:
        session = node.waiting.session
        second = _standby_grant(node, card=question.card2, now=now)
        if second is not None and second.who is not None and second.who == session.grant.who:
            # Two cards of one person are one person.
            second = None
        # The first person's grant or licence may have ended while the second was on the way.
        alive = now < min(session.exp_at, session.end_at, node.lease_end(session))
        if second is not None and session.standby and alive:
            node.question = None
            node.switch_on(session, now=now)
        return
    grant = _standby_grant(node, card=question.card, now=now)
    if grant is None:
        return
    node.question = None
    bounds = node.shared.clock.bounds(now)
    latest = bounds[1] if bounds is not None else grant.nbf
    _start(node, begin(grant=grant, anchor=now, stamp=latest, standby=True, now=now), now=now)


def _standby_grant(node: Node, *, card: str | None, now: int) -> Grant | None:
    """A stand-by grant usable now: both clock bounds inside, not revoked, contact recent enough."""
    shared = node.shared
    bounds = shared.clock.bounds(now)
    if bounds is None and shared.rules.clock_bounded:
        return None
    licence = shared.licence_at
    desired = shared.trust.desired
    for grant in desired.standby:
        fits = grant.node == node.number and grant.card == card and grant.gid not in desired.revoked
        inside = bounds is None or (grant.nbf <= bounds[0] and bounds[1] < grant.exp)
        # Without the clock rule (tests only) a boot counts as contact, as a naive controller would have it.
        contact = licence if licence is not None or shared.rules.clock_bounded else 0
        if fits and inside and contact is not None and now < deadline(anchor=contact, remaining=grant.off):
            return grant
    return None


def answered(node: Node, reply: Reply, *, now: int) -> bool:
    """Apply the answer to this node's open question; False when it answers no question of this node."""
    question = node.question
    if question is None or (reply.rid != question.rid and node.shared.rules.match_question):
        return False
    node.question = None
    node.shared.clock.learn(stamp=reply.now, asked=question.asked_at, now=now)
    grant = reply.grant
    if grant is None or grant.node != node.number:
        _refused(node, reply, now=now)
        return True
    anchor = question.asked_at if node.shared.rules.anchor_at_asking else now
    session = begin(grant=grant, anchor=anchor, stamp=reply.now, standby=False, now=now)
    if not _acceptable(node, session, reply, now=now):
        node.shared.show(node.number, "denied", reply.msg)
        node.settle()
    elif node.session is not None and node.session.gid == grant.gid:
        _extend(node, session)
    elif question.kind == "extend":
        node.shared.show(node.number, "denied", reply.msg)
        node.settle()
    else:
        _start(node, session, now=now)
    return True


def _refused(node: Node, reply: Reply, *, now: int) -> None:
    if node.session is not None and not node.shared.rules.denial_keeps_session:
        node.switch_off(now=now, why="revoked")
    code = reply.codes[0] if reply.codes else "denied"
    node.shared.show(node.number, code, reply.msg)
    node.settle()


def _acceptable(node: Node, session: Session, reply: Reply, *, now: int) -> bool:
    """A signed grant is still refused when it came too late, begins later, was revoked since, or a stop
    holds.
    """
    blocked = node.fault or node.stopped or node.override_until is not None
    draining = node.session is not None and node.session.drain_until is not None
    revoked = session.gid in node.shared.trust.desired.revoked
    late = session.exp_at <= now or session.lease_until <= now
    return not (blocked or draining or revoked or late) and session.grant.nbf <= reply.now


def _extend(node: Node, session: Session) -> None:
    running = node.session
    if running is None:
        return
    session.lease_until = max(session.lease_until, running.lease_until)
    session.idle_since = running.idle_since
    session.standby = running.standby
    node.session = session
    node.shared.changed.add(node.number)
    node.settle()


def _start(node: Node, session: Session, *, now: int) -> None:
    if not session.grant.need2:
        node.switch_on(session, now=now)
        return
    node.waiting = Waiting(session=session, until=now + node.shared.trust.cfg.second_ms)
    node.shared.show(node.number, "second")
    node.settle()
