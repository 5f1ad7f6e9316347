"""A process that stands still ends and says where; one that moves, or ends in order, does not."""

import subprocess
import sys

HEAD = """
import threading
from edge.io.watchdog import Watchdog
dog = Watchdog(0.3, 0.1)
def stand_still():
    threading.Event().wait(0.6)
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HEAD + body]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_a_loop_that_stands_still_ends_the_process_and_shows_where() -> None:
    done = run("dog.feed()\nstand_still()\nprint('never')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "in stand_still" in done.stderr


def test_a_loop_that_moves_goes_on() -> None:
    done = run("for _ in range(8): dog.feed(); threading.Event().wait(0.1)\nprint('done')")
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_a_loop_that_turns_often_feeds_it_once_a_second() -> None:
    count = """
import faulthandler
times = []
faulthandler.dump_traceback_later = lambda *_, **__: times.append(1)
dog = Watchdog()
for _ in range(15): dog.feed(); threading.Event().wait(0.1)
print(len(times))
"""
    assert run(count).stdout == "2\n"


def test_after_the_end_nobody_watches() -> None:
    done = run("dog.feed()\ndog.stop()\nstand_still()\nprint('done')")
    assert (done.returncode, done.stdout) == (0, "done\n")
