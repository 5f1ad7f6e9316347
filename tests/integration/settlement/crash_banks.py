"""The banks that the crash tests run against: one for each rail.

A class of its own says how its bank reads a request (`order`), which number a question is about
(`number_asked`) and how it answers (`reply`), from the bank's documents; `FakeBank` has the rest:
it recognises a repeated number, keeps a book of the money that moved, and has the faults.
"""

from typing import Final

from tests.fakes_bank import FakeBank

BANKS: Final[dict[str, type[FakeBank]]] = {
    "sandbox": FakeBank,
}
