"""What the gateway sends to a lane, sealed with its key: the broker need not be trusted."""

from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from edge.messages import Command, OfflineOrders, Receipt, Sealed, SendAgain, TopicName, topic
from gateway.ingest.source import Downlink
from gateway.records.service import Entry


def _newest(message: BaseModel) -> BaseModel:
    return message


ON_THE_WIRE: Final[dict[type[BaseModel], Callable[[Any], BaseModel]]] = {
    Receipt: _newest,
    SendAgain: _newest,
    Command: _newest,
    OfflineOrders: _newest,
}
"""The version of each form that lanes are sent: an older one until every lane reads the newest."""


class Replies:
    def __init__(self, downlink: Downlink, key: Ed25519PrivateKey) -> None:
        self._downlink = downlink
        self._key = key

    def publish(self, command: Command) -> None:
        """Send a command; one that cannot be sent now is given again when the lane repeats."""
        self._send(command.yard, command.lane, ("command", command))

    def receipt(self, yard: str, lane: str, entries: tuple[Entry, ...]) -> None:
        """Tell a lane what became of its records, after the commit."""
        self._send(yard, lane, ("receipt", Receipt(entries=entries)))

    def send_again(self, yard: str, lane: str, epoch: str, seq: int) -> None:
        """Ask a lane for a record and all after it; if that is lost, it is asked again."""
        self._send(yard, lane, ("receipt", SendAgain(epoch=epoch, seq=seq)))

    def orders(self, orders: OfflineOrders) -> bool:
        """Leave a lane's offline orders with the broker; return whether they were sent."""
        return self._send(orders.yard, orders.lane, ("orders", orders), retain=True)

    def _send(
        self, yard: str, lane: str, named: tuple[TopicName, BaseModel], *, retain: bool = False
    ) -> bool:
        name, message = named
        body = ON_THE_WIRE[type(message)](message).model_dump_json()
        sealed = Sealed.seal(body, self._key)
        return self._downlink.send(
            topic(yard, lane, name), sealed.model_dump_json(exclude_none=True), retain=retain
        )
