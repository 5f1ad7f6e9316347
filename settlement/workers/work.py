"""What a worker's loop does in one round: what is due, or nothing until something is."""

from typing import Final, Protocol

from taigan.loop import Round

_AGAIN_S: Final = 0.05
"""Pause when what was due could not be done: another worker has it, or it moved on by itself."""


class Work(Protocol):
    def due_in_s(self) -> float:
        """Return how long there is nothing to do; 0 or less if something is due."""

    def run_once(self) -> bool:
        """Do some of what is due; return whether there may be more."""


def round_of(work: Work, poll_s: float) -> Round:
    """Return the round that does what is due and says when more is.

    After `poll_s` it looks all the same, for what was written where nobody tells it.
    """

    def do_round() -> float:
        wait_s = min(work.due_in_s(), poll_s)
        if wait_s > 0:
            return wait_s
        return 0.0 if work.run_once() else min(_AGAIN_S, poll_s)

    return do_round
