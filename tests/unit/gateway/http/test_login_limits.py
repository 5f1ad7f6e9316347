"""Who may try to sign in how often, and who is known to the server."""

import asyncio
import threading

import pytest

from gateway.auth.attempts import OF_HOUR_MAX, OF_NAME_AT_PLACE_MAX, Attempts
from gateway.auth.hashing import WAITING_MAX, Gone, Hashing, TooBusy
from gateway.auth.places import DEVICE_AGE_S, Place, network_of, new_device, place_of

DESK = Place("device 1", is_known=True)


def stranger(number: int) -> Place:
    return Place(f"address 192.0.2.{number}", is_known=False)


class Clock:
    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def test_a_stranger_locks_out_only_himself(attempts: Attempts) -> None:
    for _ in range(OF_NAME_AT_PLACE_MAX):
        assert attempts.begin("dan", stranger(1)) == 0
    assert attempts.begin("dan", stranger(1)) == 60_000
    assert attempts.begin("dan", stranger(2)) == 0
    assert attempts.begin("dan", DESK) == 0


def test_many_addresses_together_guess_one_name_slowly_and_a_known_device_is_let_in(
    attempts: Attempts, clock: Clock
) -> None:
    for number in range(OF_HOUR_MAX):
        clock.now_ms += 1000
        assert attempts.begin("dan", stranger(number)) == 0
    assert attempts.begin("dan", stranger(250)) > 3_000_000
    assert attempts.begin("eve", stranger(251)) == 0
    assert attempts.begin("dan", DESK) == 0


def test_a_known_device_cannot_guess_for_ever_either(attempts: Attempts, clock: Clock) -> None:
    tried = 0
    while attempts.begin(f"name {tried}", DESK) == 0:
        tried += 1
        clock.now_ms += 6000
    assert tried == OF_HOUR_MAX


def test_who_signs_in_rightly_is_not_counted(attempts: Attempts, clock: Clock) -> None:
    for place in (DESK, stranger(1)):
        for _ in range(2 * OF_HOUR_MAX):
            clock.now_ms += 500
            assert attempts.begin("dan", place) == 0
            attempts.succeeded("dan", place)


def test_a_device_is_known_by_a_cookie_that_only_this_server_makes() -> None:
    cookie = new_device("secret", 1_000)
    known = place_of(cookie, "192.0.2.1", "secret", 2_000)
    assert known.is_known
    assert place_of(cookie, "192.0.2.9", "secret", 3_000) == known
    assert not place_of(cookie, "192.0.2.1", "other", 2_000).is_known
    old_ms = 1_000 + DEVICE_AGE_S * 1000
    assert not place_of(cookie, "192.0.2.1", "secret", old_ms).is_known
    made = cookie.rpartition(".")[0]
    for forged in (None, "", ".", made, f"{made}.0", f"x{cookie}", "ä.1.ö"):
        assert place_of(forged, "192.0.2.1", "secret", 2_000) == stranger(1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_customer_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


async def waits() -> bool:
    return False


async def has_gone() -> bool:
    return True


def test_only_so_many_wait_and_nothing_is_hashed_for_who_has_gone() -> None:
    done: list[str] = []

    async def flood() -> None:
        hashing, may_go_on = Hashing(), threading.Event()
        first = asyncio.create_task(hashing.run(lambda: may_go_on.wait(10), waits))
        others = [
            asyncio.create_task(hashing.run(lambda: done.append("hashed"), gone))
            for gone in [has_gone] * (WAITING_MAX - 2) + [waits]
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await hashing.run(lambda: done.append("too many"), waits)
        may_go_on.set()
        assert await first
        answers = await asyncio.gather(*others, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Gone] * (WAITING_MAX - 2) + [type(None)]

    asyncio.run(flood())
    assert done == ["hashed"]
