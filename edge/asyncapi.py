"""The AsyncAPI 3.0 document of a lane's MQTT topics, made from the message models themselves.

`python -m edge.asyncapi > docs/asyncapi.json` writes it; a test holds the committed copy to it.
"""

import json
import sys
from typing import Any, Final, Literal

from pydantic.json_schema import models_json_schema

from edge import messages

Schema = dict[str, Any]

_SEALED_BODIES: Final = (
    messages.TruckArrived,
    messages.TruckRefused,
    messages.WeighingCompleted,
    messages.WeighingCompletedV1,
    messages.TruckReleased,
    messages.TruckLeft,
    messages.WeighingVoided,
    messages.LaneFault,
    messages.Receipt,
    messages.SendAgain,
    messages.Command,
    messages.OfflineOrders,
)
_PLAIN: Final = (messages.Sealed, messages.CommandResult, messages.LaneLive, messages.LaneState)

# name, who sends it, QoS, retained, message on the wire, what it is
_TOPICS: Final[tuple[tuple[messages.TopicName, str, int, bool, str, str], ...]] = (
    ("event", "lane", 1, False, "Sealed", "Every signed record; sent again until its receipt."),
    (
        "receipt",
        "gateway",
        1,
        False,
        "Sealed",
        "Receipt, after the gateway's commit; or SendAgain.",
    ),
    ("command", "gateway", 1, False, "Sealed", "Command, with an expiry."),
    ("command-result", "lane", 1, False, "CommandResult", "What became of a command."),
    ("live", "lane", 0, False, "LaneLive", "Weight and state for screens, at most 2 Hz."),
    ("state", "lane", 1, True, "LaneState", "Health; offline by last will."),
    ("orders", "gateway", 1, True, "Sealed", "OfflineOrders: what the lane may decide alone."),
)


def document(version: str) -> Schema:
    """Return the AsyncAPI 3.0 document, ready for `json.dumps`."""
    models = _PLAIN + _SEALED_BODIES
    modes: list[tuple[type[Any], Literal["validation", "serialization"]]] = [
        (model, "validation") for model in models
    ]
    _, schemas = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Taigan lane",
            "version": version,
            "description": (messages.__doc__ or "").strip(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, wire) for name, _, _, _, wire, _ in _TOPICS},
        "operations": {name: _operation(name) for name, *_ in _TOPICS},
        "components": {
            "messages": {
                model.__name__: {
                    "name": model.__name__,
                    "summary": (model.__doc__ or "").strip().split("\n")[0],
                    "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
                }
                for model in models
            },
            "schemas": schemas["$defs"],
        },
    }


def _channel(name: messages.TopicName, wire: str) -> Schema:
    level = {"description": "A name of a yard or lane.", "examples": ["mine", "mine-in"]}
    return {
        "address": messages.topic("{yard}", "{lane}", name),
        "parameters": {"yard": level, "lane": level},
        "messages": {wire: {"$ref": f"#/components/messages/{wire}"}},
    }


def _operation(name: messages.TopicName) -> Schema:
    _, sender, qos, retained, _, what = next(row for row in _TOPICS if row[0] == name)
    return {
        "action": "send" if sender == "lane" else "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": what,
        "bindings": {"mqtt": {"qos": qos, "retain": retained}},
    }


def main() -> None:
    from importlib.metadata import version  # noqa: PLC0415 - only when run as a program

    json.dump(document(version("taigan")), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
