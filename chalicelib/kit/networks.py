"""Which addresses are those of the open internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

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
