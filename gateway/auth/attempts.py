"""How often one may fail to sign in. What strangers do never counts against a known device."""

from collections.abc import Callable
from typing import Final

from gateway.auth.places import Place
from gateway.auth.throttle import Throttle

MINUTE_MS: Final = 60_000
OF_NAME_AT_PLACE_MAX: Final = 10
"""A minute: one name, from one device or address."""
OF_PLACE_MAX: Final = 30
"""A minute: one device or address, whatever the names."""
OF_HOUR_MAX: Final = 100
"""An hour: one name, from all addresses together; or one known device, whatever the names. Who
guesses slowly, or from many addresses, is stopped here."""


class Attempts:
    """Counts attempts, and takes back those that were right."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._of_name_at_place = Throttle(now_ms, OF_NAME_AT_PLACE_MAX, MINUTE_MS)
        self._of_place = Throttle(now_ms, OF_PLACE_MAX, MINUTE_MS)
        self._of_hour = Throttle(now_ms, OF_HOUR_MAX, 60 * MINUTE_MS)

    def begin(self, username: str, place: Place) -> int:
        """Count an attempt; return 0 if it may go on, else how many ms to wait."""
        counts = (
            (self._of_name_at_place, f"{username} {place.key}"),
            (self._of_place, place.key),
            (self._of_hour, _slowly(username, place)),
        )
        for throttle, key in counts:  # what is stopped by one is not counted by the next
            wait_ms = throttle.attempt(key)
            if wait_ms:
                return wait_ms
        return 0

    def succeeded(self, username: str, place: Place) -> None:
        """Do not count the attempt that was right, nor the wrong ones of this name before it."""
        self._of_name_at_place.forget(f"{username} {place.key}")
        self.take_back(username, place)

    def take_back(self, username: str, place: Place) -> None:
        """Do not count the last attempt."""
        self._of_name_at_place.take_back(f"{username} {place.key}")
        self._of_place.take_back(place.key)
        self._of_hour.take_back(_slowly(username, place))


def _slowly(username: str, place: Place) -> str:
    """Return whom the slow count is of: a name tried by strangers, or the known device itself."""
    return place.key if place.is_known else f"name {username}"
