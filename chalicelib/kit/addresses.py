"""Addresses: which hosts a user may point us at. Global unicast by the registries, and nothing
else."""

import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from chalicelib.kit.networks import is_public

Resolve = Callable[[str, int], Sequence[str]]


class Refused(ValueError):
    """The URL must not be called; the message says why and may be shown to whoever set it."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the resolver orders them. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(entry[4][0]) for entry in found]


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


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as text: what settings permit. Empty for what is no URL, and
    for one with a user name, whose host people read wrongly."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")


def checked_addresses(host: str, port: int, resolver: Resolve = resolve) -> Sequence[str]:
    """The addresses of a host when every one of them is public. Raises Refused, OSError.

    Connect to one of these and not to the name: a second look-up may answer differently (DNS
    rebinding).
    """
    addresses = resolver(host, port)
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused("the host resolves to an address that is not public")
    return addresses
