"""Which addresses are public, by every way of writing one that is not."""

import pytest

from services.inference.pictures.addresses import is_loopback, is_public


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"],
)
def test_what_anyone_can_reach_is_public(address: str) -> None:
    assert is_public(address)
    assert not is_loopback(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "0.1.2.3", "::",  # noqa: S104  this machine
        "10.0.0.1", "172.16.5.4", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::3",  # private
        "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1",  # link, site
        "100.64.0.1", "100.127.255.255", "192.0.0.8", "198.18.0.1", "240.0.0.1",  # carriers, tests
        "192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "3fff::1",  # documents
        "224.0.0.1", "239.1.2.3", "255.255.255.255", "ff02::1", "ff0e::1",  # to many
        "::ffff:127.0.0.1", "::ffff:1.1.1.1", "::127.0.0.1", "::ffff:0:1.1.1.1",  # IPv4 in IPv6
        "64:ff9b::7f00:1", "64:ff9b::101:101", "64:ff9b:1::1", "2002:7f00:1::", "2002:101:101::",
        "2001::1", "192.88.99.1", "100::1", "5f00::1", "4000::1",
        "", "localhost", "1.1.1", "0x7f.1",  # no address
    ],
)  # fmt: skip
def test_nothing_else_is(address: str) -> None:
    assert not is_public(address)


def test_this_machine_is_loopback_under_its_plain_name_only() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("10.0.0.1")
