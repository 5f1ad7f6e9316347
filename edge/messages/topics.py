"""The names of the topics."""

from typing import Literal

TopicName = Literal["event", "receipt", "command", "command-result", "live", "state", "orders"]


def topic(yard: str, lane: str, name: TopicName) -> str:
    """Return `taigan/v1/<yard>/<lane>/<name>`; yard and lane may be `+` to subscribe to all."""
    return f"taigan/v1/{yard}/{lane}/{name}"


def device_topic(yard: str, lane: str, device: str) -> str:
    """Return the topic on which a device that speaks MQTT itself publishes its raw bytes."""
    return f"taigan/v1/{yard}/{lane}/device/{device}"
