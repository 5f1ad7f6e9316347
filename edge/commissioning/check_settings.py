"""Checks of the settings alone: would `run` accept them, and should it."""

from collections.abc import Iterator

from edge.box.parts import CannotStart, Parts
from edge.box.refused import refused_settings
from edge.config import Settings
from taigan.finding import Finding, bad, ok


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Check the settings alone; nothing is opened."""
    yield _startable(settings)
    refused = list(refused_settings(settings))
    if not any(one.check == "gateway key" for one in refused):
        yield ok("gateway key", settings.signing.gateway_public_key)
    for one in refused:
        yield bad(one.check, one.reason, one.fix)


def _startable(settings: Settings) -> Finding:
    """Make what `run` makes, but no cameras: they would create the pictures' folder."""
    try:
        Parts(settings.model_copy(update={"cameras": ()}), _forget, _forget)
    except CannotStart as error:
        return bad("settings", f"`run` would refuse: {error}", "correct this key of the settings")
    return ok("settings", f"{settings.yard}/{settings.lane}")


def _forget(_: object) -> None:
    """Take the messages of parts; parts that are not started send none."""
