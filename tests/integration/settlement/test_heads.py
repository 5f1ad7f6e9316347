"""Settlement's list of facts and the heads over it, on both engines."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from standardwebhooks import Webhook

from settlement.audit import export_lines
from settlement.facts import KINDS, SOURCE
from settlement.tables import callbacks, head_tables, payouts
from settlement.verify.heads import read_note
from taigan.heads.facts import entry_of
from taigan.heads.keeper import Keeper
from taigan.heads.log import size_of
from taigan.heads.settings import HeadSettings
from taigan.key_file import create_key
from tests.integration.settlement.conftest import Desk
from tests.unit.settlement.tickets import ticket

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOUR_MS = 3_600_000
REFUSED = r"are (only ever inserted|never deleted)"
Make = Callable[..., tuple[Keeper, HeadSettings]]


@pytest.fixture
def keeper(funded: Desk, tmp_path: Path) -> Make:
    def make(**settings: object) -> tuple[Keeper, HeadSettings]:
        key_file = tmp_path / "head.key"
        create_key(key_file)
        heads = HeadSettings.model_validate(
            {"key_file": key_file, "origin": "a.example/s", **settings}
        )
        return Keeper(SOURCE, funded.database.run, heads, funded.database.now_ms), heads

    return make


def lines_of(desk: Desk) -> list[dict[str, object]]:
    with desk.database.snapshot() as connection:
        return [json.loads(line) for line in export_lines(connection, 1)]


def newest(lines: list[dict[str, object]]) -> dict[tuple[str, str], str]:
    """Return the whole of each fact's newest entry."""
    entries = [str(line["entry"]).split(" ") for line in lines if line["type"] == "entry"]
    return {(kind, key): whole for kind, key, _, whole in entries}


def check_all_listed(desk: Desk) -> int:
    """Check that every fact of an export stands in the list as it is; return how many do."""
    lines = lines_of(desk)
    listed = newest(lines)
    facts = [line for line in lines if line["type"] in KINDS]
    for fact in facts:
        del fact["previous_sha256"]
        entry = entry_of(KINDS[str(fact["type"])], fact)
        assert listed[entry.kind, entry.key] == entry.whole
    return len(facts)


def test_every_fact_that_is_written_comes_into_the_list(funded: Desk, keeper: Make) -> None:
    funded.settle(ticket(1))
    funded.settle(ticket(2))
    with funded.database.write() as connection:
        row = {"event_id": "msg/1 ü", "provider_no": "P1", "body": "{}", "received_ms": 1}
        connection.execute(insert(callbacks), row)
    keeper()[0].extend()
    assert check_all_listed(funded) >= 10
    with funded.database.write() as connection:
        connection.execute(update(payouts).values(fence=payouts.c.fence + 1))
    waits = [line for line in lines_of(funded) if line["type"] == "pending"]
    assert [line["kind"] for line in waits] == ["payout", "payout"]
    keeper()[0].extend()
    check_all_listed(funded)


def test_a_write_that_changed_nothing_adds_nothing(funded: Desk, keeper: Make) -> None:
    funded.settle(ticket(1))
    keeper()[0].extend()
    before = len(newest(lines_of(funded))), lines_of(funded)[0]["entries"]
    with funded.database.write() as connection:
        connection.execute(update(payouts).values(detail=payouts.c.detail))
    keeper()[0].extend()
    assert (len(newest(lines_of(funded))), lines_of(funded)[0]["entries"]) == before


def test_facts_from_before_the_list_are_in_it(funded: Desk, keeper: Make) -> None:
    """The migration names what was there already, as for a database of an earlier version."""
    funded.settle(ticket(1))
    with funded.database.write() as connection:
        connection.execute(delete(head_tables.changes))
        for name in ("settlements", "payouts", "journals", "deposits", "proposals"):
            kind = name[:-1]
            connection.execute(
                text(f"INSERT INTO head_changes (kind, key) SELECT '{kind}', id FROM {name}")  # noqa: S608
            )
        connection.execute(
            text(
                "INSERT INTO head_changes (kind, key) "
                "SELECT 'contract', contract_id || '/' || version FROM contracts"
                " UNION ALL SELECT 'founder', name FROM founders UNION ALL"
                " SELECT 'proposal_decision', proposal_id || '/' || n FROM proposal_decisions"
            )
        )
    keeper()[0].extend()
    check_all_listed(funded)


@pytest.mark.parametrize("table", ["head_entries", "heads"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {} + 1", "DELETE FROM {}"])
def test_list_and_heads_are_only_ever_inserted(
    funded: Desk, keeper: Make, table: str, change: str
) -> None:
    made, settings = keeper()
    made.head(settings)
    column = {"head_entries": "n", "heads": "size"}[table]
    with pytest.raises(DatabaseError, match=REFUSED), funded.database.write() as c:
        c.execute(text(change.format(table, column, column)))


def test_a_head_is_over_the_list_and_made_once_for_it(funded: Desk, keeper: Make) -> None:
    made, settings = keeper()
    first = made.head(settings)
    assert made.head(settings) == first
    funded.settle(ticket(1))
    second = made.head(settings)
    assert second.size > first.size
    with funded.database.snapshot() as connection:
        assert size_of(connection, head_tables) == second.size
        assert connection.execute(select(head_tables.heads.c.size)).all() == [
            (first.size,),
            (second.size,),
        ]
    assert read_note("here", second.note, {}).program == "settlement"


def test_a_head_is_made_each_day_by_itself(funded: Desk, keeper: Make) -> None:
    made, _ = keeper()
    sizes = []
    for number in range(1, 4):
        funded.settle(ticket(number))
        made.round()
        with funded.database.snapshot() as connection:
            sizes.append(len(connection.execute(select(head_tables.heads)).all()))
        funded.ahead_ms += 13 * HOUR_MS
    assert sizes == [1, 1, 2]


def test_the_first_head_comes_with_the_first_facts(desk: Desk, tmp_path: Path) -> None:
    create_key(tmp_path / "head.key")
    settings = HeadSettings(key_file=tmp_path / "head.key", origin="a.example/s")
    made = Keeper(SOURCE, desk.database.run, settings, desk.database.now_ms)
    made.round()
    assert [line["type"] for line in lines_of(desk)] == ["export", "end"]
    desk.deposit(500)
    made.round()
    assert "head" in {line["type"] for line in lines_of(desk)}


def test_without_settings_the_list_grows_and_no_head_is_made(funded: Desk) -> None:
    Keeper(SOURCE, funded.database.run, None, funded.database.now_ms).round()
    assert check_all_listed(funded) == 2
    assert not [line for line in lines_of(funded) if line["type"] == "head"]


def test_heads_come_into_a_folder_with_what_is_new_of_the_list(
    funded: Desk, keeper: Make, tmp_path: Path
) -> None:
    made, settings = keeper(directory=tmp_path / "elsewhere")
    made.round()
    funded.settle(ticket(1))
    made.head(settings)
    made.round()
    made.round()
    documents = [json.loads(p.read_text()) for p in sorted((tmp_path / "elsewhere").iterdir())]
    assert [document["first"] for document in documents] == [0, 2]
    kept = [entry for document in documents for entry in document["entries"]]
    assert kept == [line["entry"] for line in lines_of(funded) if line["type"] == "entry"]


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.status == 204:
            self.got.append((dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[_Receiver]]]:
    handler = type("Handler", (_Receiver,), {"got": [], "status": 204})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/heads", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_heads_are_posted_signed_and_what_was_missed_comes_later(
    funded: Desk, keeper: Make, receiver: tuple[str, type[_Receiver]]
) -> None:
    url, handler = receiver
    made, settings = keeper(url=url, secret=SECRET)
    handler.status = 503
    made.round()
    assert handler.got == []
    funded.settle(ticket(1))
    made.head(settings)
    handler.status = 204
    made.round()
    ((headers, body),) = handler.got
    Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    document = json.loads(body)
    listed = [line["entry"] for line in lines_of(funded) if line["type"] == "entry"]
    assert (document["type"], document["first"]) == ("taigan_head.v1", 0)
    assert document["entries"] == listed
