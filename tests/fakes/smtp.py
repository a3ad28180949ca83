"""A mail host on this machine: it speaks enough SMTP for a client of the standard library, keeps the mails,
and refuses the recipients it is told to.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mail:
    """One accepted mail."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def html(self) -> str:
        body = self.message.get_body(("html",))
        assert body is not None
        return str(body.get_content())


@dataclass
class MailHost:
    """What the host does and did. `refuses` maps an address to its answer, `after_data` is the answer to a
    mail.
    """

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    after_data: str = "250 kept"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    host: MailHost


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.host.connections += 1
        self.sender, self.recipients = "", list[str]()
        self._say("220 fake mail host")
        while line := self.rfile.readline():
            word, _space, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(word.upper(), rest)

    def _answer(self, word: str, rest: str) -> None:
        if word == "EHLO":
            self._say("250-fake\r\n250-8BITMIME\r\n250 SMTPUTF8")
        elif word == "MAIL":
            self.sender, self.recipients = _address(rest), []
            self._say("250 ok")
        elif word == "RCPT":
            self._recipient(_address(rest))
        elif word == "DATA":
            self._say("354 go on")
            self._data()
        else:
            self._say("250 ok")

    def _recipient(self, address: str) -> None:
        refusal = self.server.host.refuses.get(address)
        if refusal is None:
            self.recipients.append(address)
        self._say(refusal or "250 ok")

    def _data(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = self.server.host.after_data
        if answer.startswith("2"):
            self.server.host.mails.append(Mail(self.sender, self.recipients, b"".join(lines)))
        self._say(answer)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_host() -> Iterator[MailHost]:
    """A host that listens while the block runs."""
    host = MailHost()
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.host = host
        host.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
