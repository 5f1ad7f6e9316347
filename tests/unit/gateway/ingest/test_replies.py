"""What goes to a lane: the kinds are pinned, since a lane refuses one that it does not know."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.messages import DOWNLINK, Command, OfflineOrders, Sealed
from gateway.ingest.replies import Replies

EXAMPLES = Path(__file__).parents[3] / "wire" / "edge"
KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


class Air:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bool]] = []

    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        body = Sealed.model_validate_json(payload).verify(KEY.public_key())
        DOWNLINK.validate_json(body)
        self.sent.append((topic.rsplit("/", 1)[1], json.loads(body)["kind"], retain))
        return True


def example(name: str) -> Any:
    """Return the newest form of a recorded message."""
    return DOWNLINK.validate_json((EXAMPLES / f"{name}.v1.json").read_text())


def test_lanes_are_sent_the_kinds_that_every_lane_reads() -> None:
    """Change a kind here when every lane reads the new one; `docs/recipes/message-version.md`."""
    air = Air()
    replies = Replies(air, KEY)
    command, orders = example("command"), example("offline_orders")
    assert (type(command), type(orders)) == (Command, OfflineOrders)
    replies.publish(command)
    replies.receipt("mine", "mine-in", example("receipt").entries)
    assert replies.orders(orders)
    assert air.sent == [
        ("command", "command.v1", False),
        ("receipt", "receipt.v1", False),
        ("orders", "offline_orders.v1", True),
    ]
