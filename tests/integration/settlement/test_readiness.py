"""What stops every payout is not ready; what stops one waits for a person, and is counted."""

from typing import Any

from taigan.witness import lift
from tests.fakes_bank import eventually
from tests.integration.settlement.program import Program, running_program
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64, ticket


def ready(program: Program) -> tuple[int, dict[str, Any]]:
    answer = program.client.get("/readyz")
    return answer.status_code, answer.json()


def hold_one(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: ready(program)[1]["attention"] == {"held guard": 1})


def test_a_guard_without_lanes_is_not_ready(database_url: str) -> None:
    with running_program(database_url, {"without_lanes": True}) as program:
        reasons = ["guard: no lane in guard.lane_keys, every payout is held"]
        assert ready(program) == (503, {"ready": False, "reasons": reasons, "attention": {}})
        assert "taigan_guard_lanes 0.0" in program.client.get("/metrics").text


def test_a_lane_that_is_not_pinned_is_not_ready_once_it_stops_a_payout(database_url: str) -> None:
    some = {lane: b64(key) for lane, key in list(PRIVATE_KEYS.items())[1:]}
    with running_program(database_url, {"lane_keys": some}) as program:
        assert ready(program)[0] == 200
        hold_one(program)
        status, body = ready(program)
        assert status == 503
        (reason,) = body["reasons"]
        assert reason.startswith("guard: a lane is not in guard.lane_keys: ")
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
            200, {"ready": True, "reasons": [], "attention": {"held guard": 1}}
        )  # fmt: skip


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
