"""What the gateway misses is kept as long as it asks, and never without bound."""

from uuid import UUID

from sqlalchemy import create_engine

from settlement.forgotten import KEPT_MAX, KEPT_S, ForgottenTickets
from settlement.tables import metadata


def test_what_is_asked_for_no_more_was_given_up() -> None:
    now_s = 1_000.0
    tickets = ForgottenTickets(lambda: now_s)
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        for number in range(KEPT_MAX + 7):
            tickets.note(UUID(int=number))
        tickets.note(UUID(int=3))
        assert str(tickets.look(connection)).startswith(f"{KEPT_MAX} tickets ")
        now_s += KEPT_S - 1
        tickets.note(UUID(int=9_999))
        now_s += 2
        assert str(tickets.look(connection)).startswith("1 tickets ")
        now_s += KEPT_S
        assert tickets.look(connection) is None
