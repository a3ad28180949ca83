"""Which machines a person's webhook may make this server talk to. A name is resolved once, every address that
it stands for must be a public one, and the connection goes to that very address: a name that answers
differently the second time gains nothing.
"""

import ipaddress
import socket

from django.conf import settings

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """Not to be talked to; `problem` is `unknown_host` or `local`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def reachable(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, all of them public (or allowed by name in NOTICES_LOCAL_HOSTS, or by
    NOTICES_ALLOW_LOCAL in the demo and the tests). Raises Unreachable.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("unknown_host") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = settings.NOTICES_ALLOW_LOCAL or host.lower() in settings.NOTICES_LOCAL_HOSTS
    if not addresses:
        raise Unreachable("unknown_host")
    if not allowed and not all(is_public(address) for address in addresses):
        raise Unreachable("local")
    return addresses


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the Internet at large: not loopback, private, link-local, shared,
    multicast or reserved, nor one of these wrapped in IPv6.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = _wrapped(parsed)
    return all(one.is_global and not one.is_multicast for one in (parsed, *inner))


def _wrapped(parsed: IpAddress) -> list[IpAddress]:
    """IPv4 addresses that an IPv6 address leads to by one of the usual translations."""
    if isinstance(parsed, ipaddress.IPv4Address):
        return []
    found: list[IpAddress] = [one for one in (parsed.ipv4_mapped, parsed.sixtofour) if one is not None]
    if parsed.teredo is not None:
        found += parsed.teredo
    if parsed in _NAT64:
        found.append(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
    return found
