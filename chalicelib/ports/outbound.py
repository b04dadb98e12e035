"""Outbound: everything that leaves the house. Addresses are checked, so that nobody can point us at
our insides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.scope import Scope


class AddressRefused(MeterlakeError):
    """The URL is not https, or its host resolves to a private, loopback or link-local address
    (400)."""

    status, code = 400, "ADDRESS_REFUSED"


class Unreachable(MeterlakeError):
    """The other side could not be reached in time; worth another try (502)."""

    status, code = 502, "UPSTREAM_UNREACHABLE"


MOST_REPLY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTPS request to the outside; at most `most_bytes` of what it is answered are read."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = 10.0
    most_bytes: int = MOST_REPLY_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `is_cut` when the body went on."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain-text message."""

    to: Sequence[str]
    subject: str
    text: str


class Outbound(Protocol):
    """Sends; never retries by itself."""

    def call(self, tenant: Scope, call: Call) -> Reply:
        """Make one HTTPS request; redirects are not followed. Only origins that the settings name
        (`private_origins`) may be private, or without TLS. Raises AddressRefused, Unreachable."""

    def mail(self, tenant: Scope, mail: Mail) -> None:
        """Hand a message to the mail service. Raises Unreachable."""
