"""A controller's bare wire on a real broker: says what a test wants said, keeps what it hears."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from devices.mqtt import AckCallable, MqttClient, MqttSettings
from devices.protocol import HOST_TOPIC, Message
from devices.signing import Outgoing
from tests.devices.enrolled import Wire

T = TypeVar("T", bound=Message)


class Station:
    """Connected from `with` to its end."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.heard: list[Message] = []
        self._news = threading.Condition()
        mqtt: dict[str, Any] = dict(wire.enrolment.mqtt)
        self._client = MqttClient(
            MqttSettings(client_id=wire.dev, **mqtt),
            subscriptions=[(f"iap/1/d/{wire.dev}/dn/#", 1), (HOST_TOPIC, 1)],
            on_message=self._hear,
        )

    def __enter__(self) -> "Station":
        self._client.start()
        assert self._client.wait_connected(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop()

    def say(self, message: Message) -> None:
        """Publish a signed uplink; returns when the broker has it."""
        topic, payload = self.wire.sign(message)
        assert self._client.publish(topic, payload, qos=1, wait_s=20)

    def hear(self, kind: type[T], fits: Callable[[T], bool] = lambda _: True, *, seconds: float = 20) -> T:
        """The first downlink of this kind that fits, heard already or within `seconds`."""

        def find() -> T | None:
            return next((m for m in list(self.heard) if isinstance(m, kind) and fits(m)), None)

        with self._news:
            found = self._news.wait_for(find, seconds)
        assert found is not None, f"no such {kind.__name__} among {self.heard}"
        return found

    def _hear(self, topic: str, payload: bytes, _ack: AckCallable) -> None:
        if topic == HOST_TOPIC:
            return
        message = self.wire.read(Outgoing(topic, payload))
        with self._news:
            self.heard.append(message)
            self._news.notify_all()
