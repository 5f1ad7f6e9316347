"""Where a sign-in comes from: a device that somebody signed in from before, or an address.

A device has a cookie that only this server can have made. It opens nothing: it says that the one
who tries is no stranger, so that strangers who try the same name cannot lock him out. It belongs to
the browser, not to a user, for people of one shift share one screen.
"""

import hashlib
import hmac
import secrets
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

_DOMAIN: Final = b"taigan.device.v1\n"
DEVICE_COOKIE: Final = "taigan_device"
DEVICE_AGE_S: Final = 400 * 86_400
"""As long as browsers keep a cookie at most."""


class Place(NamedTuple):
    key: str
    is_known: bool


def new_device(secret: str, now_ms: int) -> str:
    """Return the cookie of a device that has just signed somebody in."""
    made = f"{secrets.token_hex(16)}.{now_ms}"
    return f"{made}.{_seal(made, secret)}"


def place_of(cookie: str | None, address: str, secret: str, now_ms: int) -> Place:
    """Return the device, if its cookie is genuine and not too old; else the address."""
    made, _, seal = (cookie or "").rpartition(".")
    if made and hmac.compare_digest(seal.encode(), _seal(made, secret).encode()):
        device, _, since_ms = made.partition(".")
        if now_ms - int(since_ms) < DEVICE_AGE_S * 1000:
            return Place(f"device {device}", is_known=True)
    return Place(f"address {network_of(address)}", is_known=False)


def network_of(address: str) -> str:
    """Return what one customer of a network has: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:  # a socket without addresses
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def _seal(made: str, secret: str) -> str:
    return hmac.new(secret.encode(), _DOMAIN + made.encode(), hashlib.sha256).hexdigest()
