"""Addresses: which hosts a user may point us at. Nothing private, nothing local, nothing
reserved."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_NAT64 = IPv6Network("64:ff9b::/96")
"""Reaches the IPv4 address in the last 32 bits through a translator."""


class Refused(ValueError):
    """The URL must not be called; the message says why and may be shown to whoever set it."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the resolver orders them. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet. Addresses that wrap an IPv4 one are judged by
    that one."""
    try:
        parsed: Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in _embedded_addresses(parsed))


def _embedded_addresses(address: Address) -> Sequence[Address]:
    """The address and the IPv4 one that it wraps; of a mapped one only the latter, as it is the
    same host."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    translated = IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
    tunnelled = address.teredo[1] if address.teredo else address.sixtofour
    return [each for each in (address, translated, tunnelled) if each is not None]


def checked_url(url: str) -> SplitResult:
    """The parts of a URL that may be called as far as its text tells. Raises Refused."""
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise Refused("the URL holds spaces, control characters or characters that are not ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("the URL cannot be read") from error
    if parts.scheme != "https":
        raise Refused("only https URLs are called")
    if not parts.hostname or port == 0:
        raise Refused("the URL names no host")
    if parts.username is not None or parts.password is not None:
        raise Refused("the URL carries a user name or password")
    return parts


def checked_addresses(host: str, port: int, resolver: Resolve = resolve) -> Sequence[str]:
    """The addresses of a host when every one of them is public. Raises Refused, OSError.

    Connect to one of these and not to the name: a second look-up may answer differently (DNS
    rebinding).
    """
    addresses = resolver(host, port)
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused("the host resolves to an address that is not public")
    return addresses
