"""Settings that are well formed and must not run: a port named twice, a key that all know."""

import os
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from edge.config import PUBLISHED_KEY, Settings
from edge.io.byte_source import BadSource, parse_source


class Refused(NamedTuple):
    """One setting, why it cannot run, and what to do."""

    check: str
    """As the doctor names it."""
    setting: str
    reason: str
    fix: str


def refused_settings(settings: Settings) -> Iterator[Refused]:
    """Yield what neither `run` nor the doctor accepts; nothing is opened."""
    if settings.signing.gateway_public_key == PUBLISHED_KEY:
        yield Refused(
            "gateway key",
            "signing.gateway_public_key",
            "the example's, whose secret half is published: anybody could open the barriers",
            "signing.gateway_public_key is what `taigan-gateway key` prints on the server",
        )
    yield from _shared_ports(settings)


def _shared_ports(settings: Settings) -> Iterator[Refused]:
    taken: dict[str, str] = {}
    for name, source in _sources(settings):
        port = _port_of(source)
        if port is not None and (first := taken.setdefault(port, name)) != name:
            told = f"{source}: the port of {first} as well, and a port is for one alone"
            yield Refused(name, f"{name} source", told, f"correct the source of {name} or {first}")


def _sources(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "scale", settings.scale.source
    for reader in settings.readers:
        yield f"reader {reader.name}", reader.source
    yield "plc", settings.plc.source
    for name, output in (("display", settings.display), ("printer", settings.printer)):
        if output is not None:
            yield name, output.source


def _port_of(source: str) -> str | None:
    """Return a port's identity under all its names; None for a port that several may share.

    That is the broker, and a Modbus TCP server.
    """
    parts = urlsplit(source)
    if parts.scheme in {"mqtt", "tcp"}:
        return None
    if parts.scheme == "rtu":
        return os.path.realpath(parts.path)
    if parts.scheme == "rtu+tcp":
        return parts.netloc
    try:
        url = parse_source(source).url
    except BadSource:
        return None
    return urlsplit(url).netloc or os.path.realpath(url)
