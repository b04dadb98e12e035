"""Which addresses are public."""

import ipaddress
from ipaddress import IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.addresses import Refused, checked_addresses
from chalicelib.kit.networks import is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1", "64:ff9b::1:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "fec0::1", "192.0.0.192",
        "168.63.129.16", "192.88.99.1", "::ffff:0:127.0.0.1", "5f00::1", "3fff::1", "2001::1",
        "2002:808:808::1", "fe80::1%eth0", "ff02::1", "::", "::1", "0.0.0.0", "255.255.255.255",
        "100.64.0.1", "198.18.0.1", "240.0.0.1", "2001:db8::1", "64:ff9b:1::a9fe:a9fe", "fc00::1",
        "not an address", "",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_private(address: object) -> None:
    """Its lists are kept by others, and follow the same registries."""
    parsed = ip_address(str(address))
    if not parsed.is_global or parsed.is_multicast:
        mapped = isinstance(parsed, IPv6Address) and parsed in IPv6Network("64:ff9b::/96")
        assert mapped or not is_public(str(parsed))


@pytest.mark.parametrize(
    "network",
    [
        *ipaddress._IPv4Constants._private_networks,  # type: ignore[attr-defined]
        *ipaddress._IPv6Constants._private_networks,  # type: ignore[attr-defined]
    ],
    ids=str,
)
def test_private_networks_of_the_standard_library_are_refused_at_both_ends(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    assert not is_public(str(network.network_address))
    assert not is_public(str(network.broadcast_address))


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_a_private_address_stays_private_however_it_is_wrapped(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    low = f"{number >> 16:x}:{number & 0xFFFF:x}"
    for text in (str(address), f"::ffff:{address}", f"64:ff9b::{low}", f"2002:{low}::1"):
        assert not is_public(text)


def test_a_host_without_addresses_is_refused() -> None:
    with pytest.raises(Refused):
        checked_addresses("nowhere", 443, lambda host, port: [])
