"""Whether the gateway signs with the key that this lane believes: what it left at the broker tells.

The list of orders of a lane is retained there, sealed; which key sealed it stands beside it.
"""

import threading
from typing import Final

from pydantic import ValidationError

from edge.config import Settings
from edge.messages import Forged, Sealed, key_id, topic
from taigan.finding import Finding, bad, ok
from taigan.mqtt import MqttConnection, Received, Session, Subscription

WAIT_S: Final = 5.0
RETAINED_S: Final = 1.0
"""What is retained comes at once after the subscription."""
FIX: Final = (
    "signing.gateway_public_key is what `taigan-gateway key` prints on the server; if that agrees,"
    " start the gateway: it seals the list anew"
)


class _Retained:
    """Hears that the connection is ready, and what the broker kept."""

    def __init__(self) -> None:
        self.is_ready = threading.Event()
        self.has_come = threading.Event()
        self.payload: bytes | None = None

    def ready(self) -> None:
        self.is_ready.set()

    def lost(self) -> None:
        """Wait for the next try, until the time is over."""

    def received(self, message: Received) -> None:
        self.payload = message.payload
        self.has_come.set()


def check_gateway_key(settings: Settings) -> Finding:
    """Compare the key of the settings with the one that sealed the lane's list of orders."""
    payload = _orders(settings)
    believed = key_id(settings.signing.gateway_key)
    if not payload:
        told = f"believes {believed}; the gateway has left no list of orders, so not compared"
        return ok("gateway's seal", told)
    try:
        sealed = Sealed.model_validate_json(payload)
        sealed.verify(settings.signing.gateway_key)
    except ValidationError:
        return bad("gateway's seal", "the list of orders is no sealed message", FIX)
    except Forged as error:
        told = f"the list of orders: {error}; no receipt and no decision is heard"
        return bad("gateway's seal", told, FIX)
    return ok("gateway's seal", f"the list of orders is sealed with {believed}, as believed")


def _orders(settings: Settings) -> bytes | None:
    """Return what is retained for this lane, None if nothing is or the broker does not answer."""
    heard = _Retained()
    name = f"doctor-seal-{settings.yard}-{settings.lane}"
    session = Session(client_id=name, is_kept=False, acknowledges_by_hand=False, queued_max=1)
    connection = MqttConnection(settings.mqtt, session, heard)
    connection.start([Subscription(topic(settings.yard, settings.lane, "orders"), 1)])
    try:
        if heard.is_ready.wait(WAIT_S):
            heard.has_come.wait(RETAINED_S)
        return heard.payload
    finally:
        connection.stop()
