"""The export: complete, and chained so that a missing line shows."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from edge.messages import GENESIS_HASH
from gateway.audit import facts
from settlement.messages import PayoutState
from taigan.heads.settings import HeadSettings
from taigan.key_file import create_key
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import World, add_ticket, name_id, settlement_of

pytestmark = on_both


@pytest.fixture
def exported(world: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(facts, "BATCH_ROWS", 3)
    add_ticket(world, "1", "loading", 15_200, 47_800)
    settlement = settlement_of(name_id("ticket 1 unloading"), PayoutState.PAID)
    add_ticket(world, "1", "unloading", 47_700, 15_220, settlement=settlement)
    answer = signed_in("finance").get("/api/v1/audit/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return answer.text.removesuffix("\n").split("\n")


def parsed(exported: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported]


def test_each_line_carries_the_hash_of_the_line_before(exported: list[str]) -> None:
    hashes = [GENESIS_HASH, *(hashlib.sha256(line.encode()).hexdigest() for line in exported)]
    assert [line["previous_sha256"] for line in parsed(exported)] == hashes[:-1]
    assert parsed(exported)[-1]["lines"] == len(exported) - 1


def test_everything_is_in_it_once(exported: list[str]) -> None:
    kinds = [line["type"] for line in parsed(exported)]
    facts_ = [*["lane"] * 4, *["record"] * 4, "ticket", "ticket", "settlement_state"]
    assert kinds == ["export", *facts_, *["entry"] * len(facts_), "end"]


def test_a_record_is_exported_as_it_was_signed(exported: list[str]) -> None:
    record = next(line for line in parsed(exported) if line["type"] == "record")
    assert record.keys() == {
        "type",
        "yard",
        "lane",
        "epoch",
        "seq",
        "body",
        "key_id",
        "signature",
        "verdict",
        "previous_sha256",
    }
    assert json.loads(record["body"])["weight_kg"] == 15_200


def test_settlements_say_which_ticket_they_are_of(exported: list[str]) -> None:
    [state] = [line for line in parsed(exported) if line["type"] == "settlement_state"]
    assert state["ticket_id"] == state["state"]["ticket_id"] == name_id("ticket 1 unloading")


def test_no_bank_account_leaves_in_an_export(exported: list[str]) -> None:
    assert "6222020200001234567" not in "\n".join(exported)


def test_an_empty_database_exports_its_lanes_and_an_end(signed_in: SignIn) -> None:
    client: TestClient = signed_in("admin")
    lines = client.get("/api/v1/audit/export").text.splitlines()
    assert [json.loads(line)["type"] for line in lines] == [
        "export",
        *["lane"] * 4,
        *["entry"] * 4,
        "end",
    ]


def test_a_head_is_signed_on_demand(
    world: World, signed_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: TestClient = signed_in("finance")
    refused = client.get("/api/v1/audit/head")
    assert (refused.status_code, "section [heads]" in refused.json()["detail"]) == (404, True)
    heads = HeadSettings(key_file=tmp_path / "head.key", origin="a.example/gateway")
    create_key(heads.key_file)
    with_heads = world.settings.model_copy(update={"heads": heads})
    context = replace(world.app.state.context, settings=with_heads)
    monkeypatch.setattr(world.app.state, "context", context)
    answer = client.get("/api/v1/audit/head")
    assert answer.text.startswith("a.example/gateway\n4\n")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = client.get("/api/v1/audit/export").text.splitlines()
    assert json.loads(lines[-2])["note"] == answer.text
