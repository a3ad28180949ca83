"""Everything the project's own mosquitto reads: its configuration, password file and access list, written so
that a broker can be started on one machine without an administrator. It knows nothing of Django, of
controllers' rows or of signatures: the broker carries messages and has no authority, so what stands here
limits mischief between devices and never opens an instrument.

Names carry the rights. A controller's name is `[a-z0-9]{4,26}`, so that a name with a hyphen can never be
one: those are gateways (`gateway-1`). Each client is forced to its user name as client id, hence every
gateway replica needs a user of its own.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

CONTROLLER_NAME = re.compile(r"[a-z0-9]{4,26}")
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
GATEWAY_NAME = re.compile(r"(?=.{4,40}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)+")

# mosquitto 2.0's own format: $7$<iterations>$<salt>$<hash>, PBKDF2-HMAC-SHA512, 12-byte salt, 64-byte hash.
# 101 iterations are its default and are enough here only because the passwords are random (`new_password`),
# never chosen by people.
_ITERATIONS = 101
_SALT_BYTES = 12
_HASH_BYTES = 64

# `user root`: mosquitto started as root would become the user `mosquitto`, who cannot read a private folder;
# started as anyone else it ignores the line and stays who it is.
_CONFIG = """\
# Written by devices/broker.py at every start; changes here are lost.
listener {port} {host}
socket_domain ipv4
allow_anonymous false
use_username_as_clientid true
password_file {folder}/passwords
acl_file {folder}/acl
pid_file {folder}/mosquitto.pid
persistence true
persistence_location {folder}/
persistent_client_expiration 7d
autosave_interval 60
set_tcp_nodelay true
max_queued_messages 20000
max_inflight_messages 100
max_packet_size 65536
sys_interval 0
log_dest stderr
log_type error
log_type warning
connection_messages false
user root
"""

_ACL = """\
# Written by devices/broker.py. %u is the user name: a controller writes its own branch up and reads its own
# branch down.
pattern write iap/1/d/%u/up/#
pattern read iap/1/d/%u/dn/#
pattern read iap/1/all/dn/#
"""

_GATEWAY_ACL = """
user {name}
topic read iap/1/d/+/up/#
topic write iap/1/d/+/dn/#
topic readwrite iap/1/all/dn/#
"""


class BrokerError(Exception):
    """What the broker's files cannot hold. `code` is stable: `broker.name`, `broker.password`,
    `broker.folder`, `broker.host`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def find_mosquitto() -> str | None:
    """The path of the mosquitto binary, or None. Debian puts it into /usr/sbin, which is not on a user's
    PATH.
    """
    return shutil.which(
        "mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    )


def new_password() -> str:
    """A random password of 256 bits, printable, without characters that need quoting in a URL."""
    return secrets.token_urlsafe(32)


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """`password` as mosquitto 2.0 stores it."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, _HASH_BYTES)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def check_password(password: str, stored: str) -> bool:
    """Whether `stored` (a line's second half) is the hash of `password`. False, never an error, for a line of
    another format.
    """
    try:
        _, kind, iterations, salt, wanted = stored.split("$")
        if kind != "7":
            return False
        digest = hashlib.pbkdf2_hmac(
            "sha512", password.encode(), base64.b64decode(salt), int(iterations), _HASH_BYTES
        )
        return hmac.compare_digest(digest, base64.b64decode(wanted))
    except ValueError:
        return False


def write_broker_files(folder: Path, port: int, users: Mapping[str, str], *, host: str = "127.0.0.1") -> Path:
    """Write configuration, access list and the passwords of `users` (name -> clear password) into `folder`,
    keeping the users already there. Returns the path of the configuration, for `mosquitto -c`. Raises
    BrokerError when a name, the folder or `host` (a name or an address, nothing else) cannot be used.
    """
    if not HOST.fullmatch(host):
        # It stands in a line of the configuration (of an IPv4 listener): a blank or a line break would add
        # settings of its own.
        raise BrokerError("broker.host", f"not a host name or address: {host!r}")
    if "\n" in str(folder.resolve()):
        raise BrokerError(
            "broker.folder", "mosquitto cannot read from a folder with a line break in its name"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        known = _read_passwords(folder)
        for name, password in users.items():
            known[name] = _stored(known.get(name), name, password)
        _write_users(folder, known)
        config = _CONFIG.format(port=port, host=host, folder=folder.resolve())
        _write(folder / "mosquitto.conf", config)
    return folder / "mosquitto.conf"


def set_password(folder: Path, username: str, password: str) -> None:
    """Give `username` this password, adding the user where it is new, and tell a running broker. A connection
    that stands is kept by mosquitto until it ends; whoever rotates a password because it leaked must also cut
    that connection. Raises BrokerError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        known = _read_passwords(folder)
        known[username] = _stored(known.get(username), username, password)
        _write_users(folder, known)
    reload_broker(folder)


def remove_user(folder: Path, username: str) -> bool:
    """Take `username` out of the password file and tell a running broker. True when there was such a user.
    Raises BrokerError when there is no such folder.
    """
    if not folder.is_dir():
        raise BrokerError("broker.folder", f"there is no broker's folder {folder}")
    with _locked(folder):
        known = _read_passwords(folder)
        found = known.pop(username, None) is not None
        if found:
            _write_users(folder, known)
    if found:
        reload_broker(folder)
    return found


def reload_broker(folder: Path) -> bool:
    """SIGHUP the mosquitto of this folder so that it reads passwords and rights again. False when none runs
    (it reads them at start).
    """
    pid = running_pid(folder)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return False
    return True


def running_pid(folder: Path) -> int | None:
    """The process id of this folder's mosquitto, or None. A pid file that outlived its process, or whose
    number now belongs to something else, is not believed: a SIGHUP would end that something.
    """
    try:
        pid = int((folder / "mosquitto.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(folder.resolve() / "mosquitto.conf").encode() in command else None


def _stored(current: str | None, name: str, password: str) -> str:
    """The stored form for `password`; the old line stays when it already fits, so that a restart rewrites
    nothing.
    """
    if not (CONTROLLER_NAME.fullmatch(name) or GATEWAY_NAME.fullmatch(name)):
        raise BrokerError("broker.name", f"not a name of a controller or gateway: {name!r}")
    if len(password) < 16:
        raise BrokerError("broker.password", f"the password of {name} has fewer than 16 characters")
    return current if current is not None and check_password(password, current) else hash_password(password)


def _read_passwords(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / "passwords").read_text().splitlines()
    except FileNotFoundError:
        return {}
    return {name: stored for name, _, stored in (line.partition(":") for line in lines) if stored}


def _write_users(folder: Path, known: Mapping[str, str]) -> None:
    _write(folder / "passwords", "".join(f"{name}:{stored}\n" for name, stored in sorted(known.items())))
    gateways = [_GATEWAY_ACL.format(name=name) for name in sorted(known) if GATEWAY_NAME.fullmatch(name)]
    _write(folder / "acl", _ACL + "".join(gateways))


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for its owner only: mosquitto may read while we write."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two enrolments at once must not lose one another's user."""
    with (folder / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield
