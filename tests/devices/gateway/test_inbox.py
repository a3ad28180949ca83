"""The order in which the gateway's one worker serves what waits."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from devices.inbox import QUESTIONS_IN_A_ROW, Inbox, Message

SAID = st.lists(
    st.tuples(st.sampled_from(["sem1", "tem2", "nmr3"]), st.sampled_from(["swipe", "evt", "hb", "state"])),
    max_size=30,
)


def message(dev: str, word: str, payload: bytes = b"") -> Message:
    return Message(f"iap/1/d/{dev}/up/{word}", payload, lambda: None)


def drained(inbox: Inbox) -> list[Message]:
    found = []
    while (one := inbox.get(timeout_s=0)) is not None:
        found.append(one)
    return found


def test_a_question_goes_before_other_devices_paperwork() -> None:
    inbox = Inbox(most=10)
    for one in (message("sem1", "evt"), message("tem2", "hb"), message("nmr3", "swipe")):
        inbox.put(one, timeout_s=0)
    assert [m.sender.split("/")[3] for m in drained(inbox)] == ["nmr3", "sem1", "tem2"]


def test_a_question_waits_for_what_its_own_device_said_before() -> None:
    inbox = Inbox(most=10)
    for one in (message("sem1", "evt"), message("sem1", "swipe")):
        inbox.put(one, timeout_s=0)
    assert [m.is_question for m in drained(inbox)] == [False, True]


@given(SAID)
def test_nothing_is_lost_and_every_device_keeps_its_order(said: list[tuple[str, str]]) -> None:
    inbox = Inbox(most=100)
    for number, (dev, word) in enumerate(said):
        assert inbox.put(message(dev, word, str(number).encode()), timeout_s=0)
    served = drained(inbox)
    assert len(served) == len(said)
    for dev in {dev for dev, _ in said}:
        numbers = [int(m.payload) for m in served if m.sender == f"iap/1/d/{dev}/up"]
        assert numbers == sorted(numbers)


def test_a_device_that_asks_without_end_starves_nobody() -> None:
    inbox = Inbox(most=100)
    inbox.put(message("tem2", "hb"), timeout_s=0)
    for _ in range(20):
        inbox.put(message("sem1", "swipe"), timeout_s=0)
    assert [m.is_question for m in drained(inbox)].index(False) == QUESTIONS_IN_A_ROW


def test_a_full_inbox_says_so_and_takes_more_when_there_is_room() -> None:
    inbox = Inbox(most=1)
    assert inbox.put(message("sem1", "evt"), timeout_s=0)
    assert not inbox.put(message("sem1", "evt"), timeout_s=0.01)
    waiting = threading.Thread(target=lambda: inbox.put(message("tem2", "evt"), timeout_s=5))
    waiting.start()
    assert inbox.get(timeout_s=0) is not None
    waiting.join(timeout=5)
    assert len(inbox) == 1
