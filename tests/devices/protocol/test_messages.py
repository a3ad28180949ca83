"""Messages: every type survives its own round trip, and every member is checked."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol import (
    Ack,
    Cfg,
    Cmd,
    Desired,
    Evt,
    EvtAck,
    FrameError,
    Grant,
    Hb,
    Hback,
    Host,
    JournalEntry,
    Message,
    NodePolicy,
    Reply,
    State,
    Swipe,
    Text,
    canonical_json,
    config_hash,
    parse_json,
    parse_message,
)
from devices.protocol.uplinks import CONTROLLER_STATES, JOURNAL_KINDS

BOOTS = st.text("0123456789abcdef", min_size=16, max_size=16)
ULIDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=25, max_size=25).map(lambda tail: "0" + tail)
CARDS = st.text("ABCabc019_-", min_size=22, max_size=22)
MS = st.integers(0, 2**50)
YES, NO = st.sampled_from([True]), st.sampled_from([False])
NODES = st.integers(1, 8)
TEXTS = st.builds(
    Text, zh=st.sampled_from(["证书已过期", "已锁定"]), en=st.sampled_from(["Expired", "Locked"])
)
STATES = st.sampled_from(sorted(CONTROLLER_STATES))
GRANTS = st.builds(
    Grant,
    gid=ULIDS,
    node=NODES,
    card=st.none() | CARDS,
    nbf=st.integers(0, 10**12),
    exp=st.integers(10**12 + 1, 10**13),
    lease=MS,
    off=MS,
    need2=st.booleans(),
    idle=MS,
    warn=st.lists(st.integers(0, 3600), max_size=3).map(tuple),
    kind=st.sampled_from(["session", "standby", "remote"]),
    end=st.none() | st.just(10**12 + 1),
)
ENTRIES = st.builds(
    JournalEntry,
    n=st.just(1),
    k=st.sampled_from(sorted(JOURNAL_KINDS)),
    node=NODES,
    odo=MS,
    busy=MS,
    mono=MS,
    bootn=MS,
    gid=st.none() | ULIDS,
    wall=st.none() | st.tuples(MS, MS).map(lambda pair: (min(pair), max(pair))),
    why=st.none() | st.sampled_from(["swipe_out", "lease_lost", "power_loss"]),
)


def numbered(entries: list[JournalEntry], first: int) -> tuple[JournalEntry, ...]:
    return tuple(replace(entry, n=first + index) for index, entry in enumerate(entries))


EVTS = st.builds(
    Evt,
    boot=BOOTS,
    entries=st.builds(numbered, st.lists(ENTRIES, min_size=1, max_size=20), st.integers(1, 10**6)),
)
PLACES: dict[str, Any] = {
    "boot": BOOTS,
    "bootn": MS,
    "conn": MS,
    "node": NODES,
    "st": STATES,
    "odo": MS,
    "busy": MS,
}
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Swipe, boot=BOOTS, rid=ULIDS, node=NODES, card=CARDS, card2=st.none() | CARDS, gid=st.none() | ULIDS
    ),
    st.builds(
        Swipe,
        boot=BOOTS,
        rid=ULIDS,
        node=NODES,
        card=st.none(),
        ask=ULIDS,
        kind=st.sampled_from(["remote", "extend", "second", "checkin"]),
    ),
    st.builds(
        Hb, **PLACES, hb=MS, gid=st.none() | ULIDS, ver=MS, eseq=MS, inputs=st.just((("bad", 2), ("load", 0)))
    ),
    st.builds(State, **PLACES, gid=st.none() | ULIDS, ver=MS, eseq=MS, fw=st.just("ref 1")),
    EVTS,
    st.builds(Ack, boot=BOOTS, id=ULIDS, ok=st.booleans(), code=st.none() | st.just("cmd.expired")),
    st.builds(Reply, boot=BOOTS, rid=ULIDS, now=MS, ok=YES, grant=GRANTS, msg=st.none() | TEXTS),
    st.builds(
        Reply,
        boot=BOOTS,
        rid=ULIDS,
        now=MS,
        ok=NO,
        codes=st.just(("training.expired", "booking.none")),
    ),
    st.builds(Hback, boot=BOOTS, hb=MS, now=MS, ver=MS, gid=st.none() | ULIDS, lease=MS),
    st.builds(EvtAck, boot=BOOTS, upto=MS),
    st.builds(
        Desired,
        ver=MS,
        now=MS,
        estop=st.booleans(),
        standby=st.lists(GRANTS, max_size=3).map(tuple),
        revoked=st.lists(ULIDS, max_size=3).map(tuple),
        cfg_hash=st.none() | st.just("0" * 64),
        kids=st.just(("s1", "s2")),
        keys=st.just((("s2", "A" * 43),)),
        drain=st.lists(st.tuples(ULIDS, MS), max_size=1).map(tuple),
    ),
    st.builds(
        Cmd, id=ULIDS, exp=MS, k=st.sampled_from(["lock", "drain", "dance"]), gid=st.none() | ULIDS, until=MS
    ),
    st.builds(Cmd, id=ULIDS, exp=MS, k=st.just("ask"), kind=st.just("extend"), boot=st.none() | BOOTS),
    st.builds(
        Cfg,
        lease_ms=st.integers(200, 10**6),
        nodes=st.just((NodePolicy(node=2, cls="finish_safely", hold=True),)),
        messages=TEXTS.map(lambda text: (("locked", text),)),
    ),
    st.builds(Host, on=st.booleans(), name=st.just("primary"), since=MS),
)


@given(message=MESSAGES)
def test_a_message_survives_its_round_trip(message: Message) -> None:
    body = parse_json(canonical_json(message.to_json()))
    assert parse_message(message.channel, body) == message


@given(message=MESSAGES)
def test_unknown_members_are_ignored(message: Message) -> None:
    assert parse_message(message.channel, {**message.to_json(), "later": {"x": [1.5]}}) == message


@given(
    message=MESSAGES,
    junk=st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.lists(st.integers()),
)
def test_junk_in_any_member_is_refused_or_read_but_never_crashes(message: Message, junk: Any) -> None:
    body = message.to_json()
    for name in body:
        assert _outcome(message.channel, {**body, name: junk}) in {"read", "frame.member"}


def _outcome(channel: str, body: dict[str, Any]) -> str:
    try:
        parse_message(channel, body)
    except FrameError as error:
        return error.code
    return "read"


def test_a_boolean_is_no_number() -> None:
    body = Hback(boot="0" * 16, hb=1, now=1, ver=1).to_json()
    with pytest.raises(FrameError, match="ver"):
        Hback.parse({**body, "ver": True})


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        ("swipe", {"boot": "0" * 16, "rid": "0" * 26, "node": 1}),
        ("swipe", {"boot": "0" * 16, "rid": "0" * 26, "node": 1, "card": "A" * 22, "ask": "0" * 26}),
        ("reply", {"boot": "0" * 16, "rid": "0" * 26, "now": 1, "ok": True}),
        ("evt", {"boot": "0" * 16, "e": []}),
        ("cmd", {"id": "0" * 26, "exp": 1, "k": "ask"}),
        ("desired", {"ver": 1, "now": 1, "estop": False, "kids": ["s 1"]}),
        ("nonsense", {}),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(channel: str, body: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        parse_message(channel, body)


def test_journal_numbers_within_a_slice_follow_each_other() -> None:
    one = JournalEntry(n=1, k="on", node=1, odo=0, busy=0, mono=0)
    body = Evt(boot="0" * 16, entries=(one, replace(one, n=3))).to_json()
    with pytest.raises(FrameError, match="e"):
        Evt.parse(body)


def test_the_configuration_hash_changes_with_any_period() -> None:
    assert config_hash(Cfg()) == config_hash(Cfg.parse(Cfg().to_json()))
    assert config_hash(Cfg()) != config_hash(Cfg(lease_ms=44_999))


@pytest.mark.parametrize("kind", [Hb, State])
def test_a_state_may_be_spelled_in_any_letter_case(kind: type[Hb] | type[State]) -> None:
    numbers = dict.fromkeys(("bootn", "conn", "hb", "odo", "busy", "ver", "eseq"), 0)
    body: dict[str, Any] = {"v": 1, "on": 1, "boot": "0" * 16, "fw": "test", **numbers}
    assert kind.parse({**body, "st": "AWAIT_Second"}).st == "await_second"
    for junk in ("", "UNHEARD", "loc\u212aed", 7, None):
        with pytest.raises(FrameError) as refused:
            kind.parse({**body, "st": junk})
        assert refused.value.detail == "st"
