"""What stops every payout is not ready; what stops one waits for a person, and is counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Engine

from taigan.witness import lift
from tests.fakes_bank import eventually
from tests.integration.settlement.program import Program, running_program
from tests.services.lost_database import away, locked
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64, ticket

Lost = Callable[[Engine, str], AbstractContextManager[None]]


def ready(program: Program) -> tuple[int, dict[str, Any]]:
    answer = program.client.get("/readyz")
    return answer.status_code, answer.json()


def hold_one(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: ready(program)[1]["attention"] == {"held guard": 1})


def test_a_guard_without_lanes_is_not_ready(database_url: str) -> None:
    with running_program(database_url, {"without_lanes": True}) as program:
        reasons = {"guard_lanes": "no lane in guard.lane_keys, every payout is held"}
        assert ready(program) == (
            503,
            {"status": "unready", "reasons": reasons, "attention": {}},
        )
        assert "taigan_guard_lanes 0.0" in program.client.get("/metrics").text


def test_a_lane_that_is_not_pinned_is_not_ready_once_it_stops_a_payout(database_url: str) -> None:
    some = {lane: b64(key) for lane, key in list(PRIVATE_KEYS.items())[1:]}
    with running_program(database_url, {"lane_keys": some}) as program:
        assert ready(program)[0] == 200
        hold_one(program)
        status, body = ready(program)
        assert status == 503
        ((name, reason),) = body["reasons"].items()
        assert name == "guard_lanes"
        assert reason.startswith("a lane is not in guard.lane_keys: ")
        assert "not signed by a pinned key" in reason


def test_another_doubt_of_the_guard_leaves_it_ready(database_url: str) -> None:
    with running_program(database_url) as program:
        program.deposit(100_000_000)
        program.put(ticket(1))
        eventually(lambda: program.books()["in_transit_minor"] == 0)
        with program.services.database.write() as connection:
            lift(connection)  # no paid payout is held again
            connection.exec_driver_sql(
                "UPDATE payouts SET state = 'held', reason = 'guard', detail = 'recomputed 1 fen'"
            )
        assert ready(program) == (
            200, {"status": "ready", "reasons": {}, "attention": {"held guard": 1}}
        )  # fmt: skip


@pytest.mark.parametrize("lost", [away, locked])
def test_without_its_database_it_names_it(database_url: str, lost: Lost) -> None:
    """It is away, or another holds what is looked at: never a failure of the answer."""
    with running_program(database_url) as program:
        assert ready(program)[0] == 200
        with lost(program.services.database.engine, "payouts"):
            status, body = ready(program)
        assert (status, body["status"], body["attention"]) == (503, "unready", {})
        assert body["reasons"]["database"].startswith("the database does not answer: ")
        eventually(lambda: ready(program)[0] == 200)


def test_without_its_tables_it_says_so_and_counts_the_errors(database_url: str) -> None:
    with running_program(database_url) as program:
        with program.services.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE notices RENAME TO lost")
        text = program.client.get("/metrics").text
        assert "taigan_database_up 0.0" in text
        assert "taigan_database_errors_total{error=" in program.client.get("/metrics").text
        with program.services.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO notices")
        assert "taigan_database_up 1.0" in program.client.get("/metrics").text


def test_a_ticket_that_the_gateway_saw_settled_and_is_unknown_is_not_ready(
    database_url: str,
) -> None:
    with running_program(database_url) as program:
        program.deposit(100_000_000)
        forgotten = ticket(1)
        path = f"/api/v1/settlements/{forgotten.ticket_id}"
        assert program.client.get(path).status_code == 404
        assert ready(program)[0] == 200
        assert program.client.get(path, params={"believed": "settled"}).status_code == 404
        status, body = ready(program)
        assert (status, list(body["reasons"])) == (503, ["gateway"])
        assert body["reasons"]["gateway"].startswith("1 tickets ")
        program.put(forgotten)
        assert ready(program)[0] == 200


def test_a_payout_that_two_people_must_confirm_calls_for_them(program: Program) -> None:
    program.deposit(100_000_000)
    program.put_unknown(ticket())
    eventually(lambda: ready(program)[1]["attention"] == {"held payee_unknown": 1})
    assert ready(program)[0] == 200
