"""Checks of the settings alone: would `run` accept them, and should it."""

import os
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from edge.box.parts import CannotStart, Parts
from edge.commissioning.words import EXAMPLES
from edge.config import Settings
from edge.io.byte_source import BadSource, parse_source
from taigan.finding import Finding, bad, ok

EXAMPLE_KEY: Final = EXAMPLES["SigningSettings.gateway_public_key"]


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Check the settings alone; nothing is opened."""
    yield _startable(settings)
    yield _gateway_key(settings.signing.gateway_public_key)
    yield from _shared_ports(settings)


def _startable(settings: Settings) -> Finding:
    """Make what `run` makes, but no cameras: they would create the pictures' folder."""
    try:
        Parts(settings.model_copy(update={"cameras": ()}), _forget, _forget)
    except CannotStart as error:
        return bad("settings", f"`run` would refuse: {error}", "correct this key of the settings")
    return ok("settings", f"{settings.yard}/{settings.lane}")


def _forget(_: object) -> None:
    """Take the messages of parts; parts that are not started send none."""


def _gateway_key(key: str) -> Finding:
    if key == EXAMPLE_KEY:
        return bad(
            "gateway key",
            "the example's, whose secret half is published: anybody could open the barriers",
            "signing.gateway_public_key is what `taigan-gateway key` prints on the server",
        )
    return ok("gateway key", key)


def _shared_ports(settings: Settings) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, source in _sources(settings):
        port = _port_of(source)
        if port is not None and (first := taken.setdefault(port, name)) != name:
            told = f"{source}: the port of {first} as well, and a port is for one alone"
            yield bad(name, told, f"correct the source of {name} or of {first}")


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
