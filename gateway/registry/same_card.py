"""Whether a card is registered already, under the number that another reader sends of it.

Readers send different parts of one card: 0100D1E24D, 00D1E24D, D1E24D. Registered twice it can be
blocked once and drive on, or pay one driver here and another there.
"""

from typing import Final

import structlog
from sqlalchemy import Connection, or_, select

from gateway.registry.schemas import CardIn
from gateway.registry.tables import cards
from taigan.problem import FieldError, Kind, Problem

log = structlog.get_logger()

ENDING: Final = 6
"""Digits that every reader sends: three bytes, as Wiegand of 26 bits."""
SHORTEST: Final = 4


def refuse_same_card(connection: Connection, given: CardIn) -> None:
    """Raise Problem for a tag that ends like a registered one, unless it is meant."""
    shorter = [given.tag[-digits:] for digits in range(SHORTEST, ENDING)]
    alike = or_(cards.c.tag.like(f"%{given.tag[-ENDING:]}"), cards.c.tag.in_(shorter))
    other = connection.execute(select(cards.c.tag).where(alike).limit(1)).scalar()
    if other is None:
        return
    if given.is_another_card:
        log.warning("a card that ends like another was registered", tag=given.tag, other=other)
        return
    why = (
        f"ends like the registered card {other}: readers send more or less of the same card. "
        "Set tag_bytes at the readers and register it once; or compare both cards, and say "
        "is_another_card"
    )
    raise Problem(Kind.CONFLICT, f"tag {why}", [FieldError("tag", why)])
