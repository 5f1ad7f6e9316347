"""The published AsyncAPI document is the one that the message models make."""

import json
from importlib.metadata import version
from pathlib import Path

from edge.asyncapi import document
from edge.messages import DOWNLINK, RECORD

PUBLISHED = Path(__file__).parents[3] / "docs" / "asyncapi.json"


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_the_published_document_is_current() -> None:
    assert json.loads(PUBLISHED.read_text()) == document(version("taigan"))


def test_every_reference_in_it_leads_somewhere() -> None:
    whole = document("0")
    for reference in references(whole):
        node: object = whole
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(node, dict)
            node = node[step]


def test_every_version_that_is_read_is_described() -> None:
    schemas = document("0")["components"]["schemas"].values()
    kinds = (one.get("properties", {}).get("kind", {}) for one in schemas)
    described = {kind["const"] for kind in kinds if kind}
    for adapter in (RECORD, DOWNLINK):
        assert adapter.json_schema()["discriminator"]["mapping"].keys() <= described


def test_every_topic_that_the_code_can_name_is_described() -> None:
    channels = document("0")["channels"]
    assert channels["event"]["address"] == "taigan/v1/{yard}/{lane}/event"
    assert set(channels) == {
        "event",
        "receipt",
        "command",
        "command-result",
        "live",
        "state",
        "orders",
    }
