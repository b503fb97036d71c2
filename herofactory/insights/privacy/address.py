"""Addresses as logs keep them: the network, not the machine."""

from __future__ import annotations

import ipaddress

_KEPT_BITS = {4: 24, 6: 48}


def truncated(address: str) -> str:
    """`203.0.113.7` becomes `203.0.113.0`, an IPv6 address keeps 48 bits; what is no address becomes empty."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    network = ipaddress.ip_network((int(parsed), _KEPT_BITS[parsed.version]), strict=False)
    return str(network.network_address)
