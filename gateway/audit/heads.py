"""The gateway's list of facts and its heads."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine

from gateway.audit.facts import SOURCE
from taigan.heads.keeper import Keeper
from taigan.heads.settings import HeadSettings
from taigan.transactions import run


def keeper_of(engine: Engine, settings: HeadSettings | None, now_ms: Callable[[], int]) -> Keeper:
    return Keeper(SOURCE, partial(run, engine), settings, lambda _: now_ms())
