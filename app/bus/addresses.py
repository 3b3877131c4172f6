"""To which addresses a webhook may connect (invariant S5): public ones, and those set free.

`is_global` alone is not enough: it accepts IPv6 forms of an IPv4 address (NAT64, 6to4) whatever
that address is, multicast, and Azure's wire server.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_NEVER = (
    IPv4Network("168.63.129.16/32"),  # Azure's wire server: a public address inside each machine
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments; parts count as global
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv6Network("::/96"),  # IPv4-compatible, deprecated
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated (SIIT)
    IPv6Network("2001::/23"),  # IETF protocol assignments, Teredo among them
    IPv6Network("2002::/16"),  # 6to4: the address within leads on
    IPv6Network("3fff::/20"),  # documentation
    IPv6Network("fec0::/10"),  # site-local, deprecated
    *_NAT64,
)


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks such as `10.1.0.0/16, fd00:1::/64`.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def read_address(text: str) -> Address:
    """A socket's address, without its zone; an IPv4 address in IPv6's clothes is the former."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_within(address: Address, networks: Collection[Network]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address in network for network in networks)


def is_allowed(address: Address, own: Collection[Network]) -> bool:
    """Whether a webhook may connect there; `own`: networks that the operator set free."""
    if is_within(address, own):
        return True
    if is_within(address, _NEVER) or address.is_multicast or address.is_reserved:
        return False
    return address.is_global
