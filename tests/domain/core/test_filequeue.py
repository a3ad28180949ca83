"""The queue in a folder: a message comes out as it went in, and half a message is none."""

import threading
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import Connection, Queue

from apps.core.filequeue import Transport

LONG = "x" * 200_000


def _connection(folder: Path) -> Any:
    for name in ("queue", "control"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
    }
    return Connection(transport=Transport, transport_options=options)


def test_messages_come_out_as_they_went_in(tmp_path: Path) -> None:
    with _connection(tmp_path) as connection:
        channel = connection.channel()
        Queue("celery", channel=channel).declare()
        for number in range(3):
            channel._put("celery", {"number": number, "text": "盐"})
        found = [channel._get("celery") for _turn in range(3)]
        assert sorted(one["number"] for one in found) == [0, 1, 2]
        assert {one["text"] for one in found} == {"盐"}
        assert list((tmp_path / "queue").iterdir()) == []


def test_a_worker_that_looks_all_the_time_never_sees_half_a_message(tmp_path: Path) -> None:
    wanted, seen, wrong = 60, list[int](), list[Exception]()
    done = threading.Event()

    def look() -> None:
        with _connection(tmp_path) as connection:
            channel = connection.channel()
            while len(seen) < wanted and not done.is_set():
                try:
                    seen.append(channel._get("celery")["number"])
                except Empty:
                    continue
                except Exception as error:  # noqa: BLE001 - whatever would end the worker
                    wrong.append(error)
                    return

    (tmp_path / "queue").mkdir()
    worker = threading.Thread(target=look)
    worker.start()
    with _connection(tmp_path) as connection:
        channel = connection.channel()
        for number in range(wanted):
            channel._put("celery", {"number": number, "text": LONG})
    worker.join(timeout=20)
    done.set()
    assert wrong == []
    assert sorted(seen) == list(range(wanted))
