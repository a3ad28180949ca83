"""The one door to paho: a small typed MQTT 3.1.1 client for the gateway and the controller alike. It owns
connecting, reconnecting with backoff, subscriptions, wills and acknowledgements; it never queues while
disconnected (whoever publishes repeats what matters) and never interprets a payload.

Every connection gets a fresh paho client, so no half-sent message and no message id outlives its connection.
"""

import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

logger = logging.getLogger(__name__)

AckCallable = Callable[[], None]
OnMessage = Callable[[str, bytes, AckCallable], None]
_REFUSED = 0x80
# Of the time for connecting, how often it may pass until the broker has confirmed everything.
_HANDSHAKE = 3


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Files (PEM) for TLS: the authority, and the client's own certificate and key when the broker asks for
    them.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class LastWill:
    """What the broker publishes when the connection dies."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """Where and how to connect; times in seconds. With `clean_session=False` the broker keeps the
    subscriptions and queued QoS 1 messages of `client_id`; with `manual_ack` a message is acknowledged
    only by its `ack()`."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsSettings | None = None
    clean_session: bool = True
    manual_ack: bool = False
    keepalive_s: int = 15
    connect_timeout_s: float = 5.0
    backoff_min_s: float = 0.2
    backoff_max_s: float = 5.0
    max_inflight: int = 1000


def _ignore() -> None:
    """Acknowledging where nothing is to be acknowledged."""


class MqttClient:
    """A connection that keeps itself alive from `start()` to `stop()`.

    `on_message(topic, payload, ack)` and `on_ready(session_present)` (connected and every subscription
    confirmed) and `on_lost()` run on the network thread: they must only hand over. `will()` is asked before
    each connection.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        subscriptions: Sequence[tuple[str, int]],
        on_message: OnMessage,
        on_ready: Callable[[bool], None] | None = None,
        on_lost: Callable[[], None] | None = None,
        will: Callable[[], LastWill | None] | None = None,
    ) -> None:
        self._settings = settings
        self._subscriptions = tuple(subscriptions)
        self._on_message = on_message
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._will = will
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._link: _Link | None = None
        self.refused = 0

    @property
    def connected(self) -> bool:
        """Whether the connection stands and the subscriptions are confirmed."""
        return self._ready.is_set()

    def start(self) -> None:
        """Begin to connect; returns at once. Raises RuntimeError when already started."""
        if self._thread is not None:
            raise RuntimeError("already started")
        self._thread = threading.Thread(
            target=self._run, name=f"mqtt-{self._settings.client_id}", daemon=True
        )
        self._thread.start()

    def stop(self, *, timeout_s: float = 3.0) -> None:
        """Disconnect cleanly (the will is not sent) and end every thread; idempotent, at most about
        `timeout_s`.
        """
        self._stopping.set()
        link = self._link
        if link is not None:
            link.disconnect()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
            if self._thread.is_alive() and link is not None:
                link.cut()
                self._thread.join(timeout_s)
        self._ready.clear()

    def wait_connected(self, timeout_s: float) -> bool:
        """Whether the connection stood within `timeout_s`."""
        return self._ready.wait(timeout_s)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, wait_s: float | None = None
    ) -> bool:
        """Send now. False when not connected, or, with `wait_s`, when the broker's PUBACK did not come in
        that time.

        Nothing is kept for later. With `wait_s` it must not be called on the network thread (RuntimeError).
        """
        link = self._link
        if link is None or not self._ready.is_set():
            return False
        return link.publish(topic, payload, qos=qos, retain=retain, wait_s=wait_s)

    def _run(self) -> None:
        delay = self._settings.backoff_min_s
        while not self._stopping.is_set():
            try:
                if self._connect_once():
                    delay = self._settings.backoff_min_s
            except Exception:
                # A will or a certificate that cannot be had just now must not end the client for good.
                logger.exception("mqtt: connecting as %s failed", self._settings.client_id)
            # Spread, so that a thousand controllers do not come back in the same millisecond.
            self._stopping.wait(delay * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            delay = min(delay * 2, self._settings.backoff_max_s)

    def _connect_once(self) -> bool:
        link = _Link(
            self._settings,
            subscriptions=self._subscriptions,
            will=self._will() if self._will is not None else None,
            on_message=self._on_message,
            on_ready=self._became_ready,
        )
        self._link = link
        try:
            link.open()
            self._watch(link)
        except OSError as error:
            logger.info("mqtt: no connection to %s:%s: %s", self._settings.host, self._settings.port, error)
        finally:
            self._ready.clear()
            link.close()
            self._link = None
        self.refused += link.refused
        if link.was_ready and self._on_lost is not None:
            self._on_lost()
        return link.was_ready

    def _watch(self, link: "_Link") -> None:
        while not link.closed.wait(0.5):
            if link.dead:
                logger.error("mqtt: the connection of %s stopped working", self._settings.client_id)
                return
            if self._stopping.is_set() and link.closed.wait(1.0):
                return
            if self._stopping.is_set():
                link.cut()

    def _became_ready(self, session_present: bool) -> None:  # noqa: FBT001 - one callback, one fact
        self._ready.set()
        if self._on_ready is not None:
            self._on_ready(session_present)


class _Link:
    """One connection from CONNECT to its end."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        subscriptions: tuple[tuple[str, int], ...],
        will: LastWill | None,
        on_message: OnMessage,
        on_ready: Callable[[bool], None],
    ) -> None:
        self.closed = threading.Event()
        self.was_ready = False
        self.refused = 0
        self._settings = settings
        self._subscriptions = subscriptions
        self._on_message = on_message
        self._on_ready = on_ready
        self._session_present = False
        self._socket: socket.socket | None = None
        self._loop: threading.Thread | None = None
        self._opened_at = time.monotonic()
        self._client = self._make_client(will)

    def _make_client(self, will: LastWill | None) -> paho.Client:
        settings = self._settings
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=settings.clean_session,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=settings.manual_ack,
        )
        client.connect_timeout = settings.connect_timeout_s
        client.max_inflight_messages_set(settings.max_inflight)
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password)
        if settings.tls is not None:
            client.tls_set_context(_tls_context(settings.tls))
        if will is not None:
            client.will_set(will.topic, will.payload, qos=will.qos, retain=will.retain)
        client.on_socket_open = self._socket_opened
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        return client

    @property
    def dead(self) -> bool:
        """Whether nobody serves this connection any more (an exception ended its thread), or the broker took
        it and never confirmed it. paho reports neither.
        """
        if self._loop is not None and not self._loop.is_alive():
            return True
        patience = self._settings.connect_timeout_s * _HANDSHAKE
        return not self.was_ready and time.monotonic() - self._opened_at > patience

    def open(self) -> None:
        self._client.connect(self._settings.host, self._settings.port, keepalive=self._settings.keepalive_s)
        self._client.loop_start()

    def disconnect(self) -> None:
        self._client.disconnect()

    def cut(self) -> None:
        """End a connection whose peer no longer answers."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("mqtt: socket was already gone")

    def close(self) -> None:
        self.closed.set()
        self.cut()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool, wait_s: float | None) -> bool:
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        if wait_s is None or qos == 0:
            return True
        if threading.current_thread() is self._loop:
            raise RuntimeError("waiting for PUBACK on the network thread would wait for ever")
        remaining = wait_s
        while remaining > 0 and not info.is_published() and not self.closed.is_set():
            step = min(remaining, 0.25)
            info.wait_for_publish(step)
            remaining -= step
        return info.is_published()

    def _socket_opened(self, _client: paho.Client, _userdata: Any, sock: Any) -> None:
        self._socket = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _connected(
        self, client: paho.Client, _userdata: Any, flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._loop = threading.current_thread()
        if reason.is_failure:
            self.refused += 1
            logger.warning("mqtt: %s refused by the broker: %s", self._settings.client_id, reason)
            client.disconnect()
            return
        self._session_present = flags.session_present
        if self._subscriptions:
            client.subscribe(list(self._subscriptions))
        else:
            self._become_ready()

    def _subscribed(
        self, client: paho.Client, _userdata: Any, _mid: int, reasons: list[Any], _properties: Any
    ) -> None:
        if any(reason.value >= _REFUSED for reason in reasons):
            self.refused += 1
            logger.error("mqtt: a subscription of %s was refused", self._settings.client_id)
            client.disconnect()
            return
        self._become_ready()

    def _become_ready(self) -> None:
        self.was_ready = True
        self._on_ready(self._session_present)

    def _disconnected(
        self, _client: paho.Client, _userdata: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        self.closed.set()

    def _received(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        acknowledge = _ignore
        if self._settings.manual_ack and message.qos > 0:
            mid, qos = message.mid, message.qos

            def acknowledge() -> None:
                # A message id means nothing on the next connection: the broker will deliver it again there.
                if not self.closed.is_set():
                    client.ack(mid, qos)

        try:
            topic = message.topic
        except UnicodeDecodeError:
            acknowledge()
            return
        self._on_message(topic, bytes(message.payload), acknowledge)


def _tls_context(tls: TlsSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.cert_file is not None:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context
