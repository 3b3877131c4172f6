"""To which addresses a webhook may connect (S5)."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bus.addresses import is_allowed, read_address, read_networks

OWN = read_networks("10.1.0.0/16, fd00:1::/64")


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    """Also an IPv4 address that a socket names in IPv6's way."""
    assert is_allowed(read_address(address), ())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of AWS, Azure, Google
        "100.100.100.200",  # metadata of Alibaba, in shared address space
        "168.63.129.16",  # Azure's wire server, a public address
        "192.0.0.9",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # metadata of AWS
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:7f00:1",
        "::7f00:1",
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254: Python calls it global
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",  # 6to4 of the same
        "2001:0:a9fe:a9fe::1",  # Teredo
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    """Inside, special, or a way in another's clothes."""
    assert not is_allowed(read_address(address), ())
    assert not is_allowed(read_address(address), OWN)


def test_networks_may_be_set_free() -> None:
    """They, and no more."""
    for inside in ("10.1.0.0", "10.1.255.255", "fd00:1::9", "::ffff:10.1.2.3"):
        assert is_allowed(read_address(inside), OWN)
    for outside in ("10.2.0.0", "10.0.255.255", "fd00:1:0:1::"):
        assert not is_allowed(read_address(outside), OWN)


@given(st.integers(0, 2**32 - 1))
def test_no_translated_address_is_allowed(embedded: int) -> None:
    """NAT64, 6to4 and IPv4-compatible forms of any IPv4 address: the network decides where to."""
    for prefix, shift in (("64:ff9b::", 0), ("2002::", 80), ("::", 0), ("::ffff:0:0:0", 0)):
        address = IPv6Address(int(IPv6Address(prefix)) | embedded << shift)
        assert not is_allowed(address, ())


@pytest.mark.parametrize("text", ["10.1.0.1/16", "ten", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """A host's bits beside the network's are a slip of the pen."""
    with pytest.raises(ValueError, match=r"10\.|ten"):
        read_networks(text)


def test_no_networks_are_none() -> None:
    """An empty setting sets nothing free."""
    assert read_networks("") == read_networks(" , ") == ()
