"""Which internet addresses are public: reachable by anyone, and so no one's secret.

References:
    IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890). IPv6 forms that carry
    an IPv4 address are refused as a whole, for what they lead to depends on the network:
    IPv4-mapped and -compatible (RFC 4291), NAT64 (RFC 6052, 8215), 6to4 (RFC 3056),
    Teredo (RFC 4380).
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Beyond what `ipaddress` knows, which depends on the version of Python.
_NOT_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all of IPv6 that is given out so far


def is_public(text: str) -> bool:
    """Whether an address, as text, is one that anyone on the internet can reach."""
    address = _parsed(text)
    if address is None or not address.is_global:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in block for block in _NOT_PUBLIC if block.version == address.version)


def is_loopback(text: str) -> bool:
    """Whether an address is this machine itself, under its plain name."""
    address = _parsed(text)
    return address is not None and address.is_loopback


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])  # what follows names an interface
    except ValueError:
        return None
