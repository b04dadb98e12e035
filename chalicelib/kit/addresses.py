"""Addresses: which hosts a user may point us at. Global unicast by the registries, and nothing
else."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12"
            " 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24"
            " 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
            " 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32"
        ).split(),
    )
)
"""IANA's registry of special-purpose IPv4 addresses, multicast (RFC 5771), what is reserved (RFC
1112), and the one address of the open internet at which a cloud (Azure) answers its machines."""
_GLOBAL_V6 = IPv6Network("2000::/3")
"""All of IPv6 that IANA has given out as global unicast."""
_SPECIAL_V6 = tuple(
    map(
        IPv6Network,
        "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3ffe::/16 3fff::/20".split(),
    )
)
"""Of that, IANA's registry of special-purpose IPv6 addresses; 2001::/23 holds Teredo's, 2002::/16
those of 6to4: tunnels to an IPv4 address, which nobody offers for good any more."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""Reaches the IPv4 address in the last 32 bits through a translator."""


class Refused(ValueError):
    """The URL must not be called; the message says why and may be shown to whoever set it."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the resolver orders them. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet. An IPv6 address that stands for an IPv4 one
    (mapped, or behind NAT64) is judged by that one."""
    try:
        parsed: Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        embedded = _embedded_address(parsed)
        if embedded is None:
            return parsed in _GLOBAL_V6 and not any(parsed in network for network in _SPECIAL_V6)
        parsed = embedded
    return not any(parsed in network for network in _SPECIAL_V4)


def _embedded_address(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


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
