"""The gateway's list of facts: whatever an export says stands in it, on both engines."""

import json
from typing import Any

from sqlalchemy import select, update

from gateway.audit.export import chained, export_lines
from gateway.audit.facts import KINDS
from gateway.audit.heads import keeper_of
from gateway.registry.tables import drivers, orders
from taigan.heads.facts import entry_of
from taigan.witness import lift
from tests.integration.gateway.driving import Gateway


def lines_of(gateway: Gateway) -> list[dict[str, Any]]:
    lines = b"".join(chained(export_lines(gateway.engine, gateway.now_ms)))
    return [json.loads(line) for line in lines.splitlines()]


def unlisted(lines: list[dict[str, Any]]) -> list[str]:
    """Return the facts whose newest entry is another one than they are."""
    entries = [line["entry"].split(" ") for line in lines if line["type"] == "entry"]
    newest = {(kind, key): whole for kind, key, _, whole in entries}
    found = []
    for line in lines:
        if line["type"] in KINDS:
            del line["previous_sha256"]
            entry = entry_of(KINDS[line["type"]], line)
            if newest.get((entry.kind, entry.key)) != entry.whole:
                found.append(f"{entry.kind} {entry.key}")
    return found


def test_everything_that_an_export_says_stands_in_the_list(gateway: Gateway) -> None:
    keeper = keeper_of(gateway.engine, None, lambda: gateway.now_ms)
    gateway.deliver()
    keeper.extend()
    lines = lines_of(gateway)
    kinds = {line["type"] for line in lines}
    assert {"lane", "record", "ticket", "told", "chain", "entry"} <= kinds
    assert unlisted(lines) == []


def test_what_an_order_agreed_is_part_of_its_tickets(gateway: Gateway) -> None:
    keeper = keeper_of(gateway.engine, None, lambda: gateway.now_ms)
    gateway.deliver()
    keeper.extend()
    with gateway.engine.begin() as connection:
        lift(connection)
        connection.execute(update(orders).values(contract_version=2))
    waiting = {line["key"] for line in lines_of(gateway) if line["type"] == "pending"}
    assert len(waiting) == 2
    assert len(unlisted(lines_of(gateway))) == 2
    keeper.extend()
    assert unlisted(lines_of(gateway)) == []


def test_no_export_carries_a_drivers_link_or_account(gateway: Gateway) -> None:
    gateway.deliver()
    text = b"".join(chained(export_lines(gateway.engine, gateway.now_ms))).decode()
    assert '"type":"told"' in text
    assert "receipt_url" not in text
    assert "?s=" not in text
    with gateway.engine.begin() as connection:
        accounts = connection.execute(select(drivers.c.account)).scalars().all()
    assert accounts
    assert not [account for account in accounts if account in text]
