"""Which addresses are public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.addresses import Refused, checked_addresses, is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_a_private_address_stays_private_however_it_is_wrapped(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    low = f"{number >> 16:x}:{number & 0xFFFF:x}"
    for text in (str(address), f"::ffff:{address}", f"64:ff9b::{low}", f"2002:{low}::1"):
        assert not is_public(text)


def test_a_host_without_addresses_is_refused() -> None:
    with pytest.raises(Refused):
        checked_addresses("nowhere", 443, lambda host, port: [])
