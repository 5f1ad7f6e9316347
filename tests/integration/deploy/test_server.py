"""taigan-server refuses what it is not meant for; what it does is typed by tests/install."""

import subprocess

import pytest

from tests.services.mosquitto import SHIPPED

SCRIPT = SHIPPED.parent / "server.sh"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "taigan-server init"),
        (("init",), 2, "taigan-server init"),
        (("init", "https://yard.test"), 2, "taigan-server init"),
        (("init", "http://yard.test", "192.0.2.1"), 1, "https://"),
        (("init", "https://yard.example", "192.0.2.1"), 1, "the console's own name"),
        (("lane",), 2, "taigan-server init"),
        (("lane", "--replace"), 2, "taigan-server init"),
        (("lane", "nowhere.request"), 1, "nowhere.request: cannot be read"),
        (("remove", "mine"), 2, "taigan-server init"),
    ],
)
def test_wrong_usage_is_explained_and_nothing_is_touched(
    words: tuple[str, ...], code: int, said: str
) -> None:
    done = subprocess.run(["/bin/sh", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
