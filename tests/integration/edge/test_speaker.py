"""The loudspeaker, with players that are small programs of this test."""

import queue
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.devices.voice import Spoken, seconds
from edge.io import speaker as speaker_module
from edge.io.speaker import Narrator, Speaker
from edge.lane.signals import PortChanged

WAIT_S = 10
ZH, EN = Narrator("zh"), Narrator("en")
GO = Spoken({"zh": "请下磅", "en": "Drive off"}, 49_280)
STOP = Spoken({"zh": "停稳 正在称重", "en": "Stop, weighing"})
CARD = Spoken({"zh": "请刷卡", "en": "Present your card"})

Player = Callable[[str], str]


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """Return the command line of a player that does what a line of shell says."""

    def make(line: str) -> str:
        program = tmp_path / "player"
        program.write_text(f"#!/bin/sh\ncd '{tmp_path}'\n{line}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return f"'{program}' -q"

    return make


KEEP = "n=$(ls *.wav 2>/dev/null | wc -l); cat > part; mv part $n.wav"


def played(folder: Path, count: int) -> list[bytes]:
    give_up_s = time.monotonic() + WAIT_S
    while len(list(folder.glob("*.wav"))) < count and time.monotonic() < give_up_s:
        time.sleep(0.02)  # noqa: TID251  another program is waited for
    return [path.read_bytes() for path in sorted(folder.glob("*.wav"))]


def test_a_prompt_is_played_in_each_language(tmp_path: Path, player: Player) -> None:
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player(KEEP), [ZH, EN], signals.put)
    speaker.start()
    speaker.say(GO)
    sounds = played(tmp_path, 2)
    speaker.stop()
    assert sounds == [ZH.sound(GO), EN.sound(GO)]
    assert min(map(seconds, sounds)) > 2
    told = signals.get_nowait()
    assert (told.device, told.is_open, told.detail) == ("speaker", True, "")
    assert signals.empty()


def test_the_newest_prompt_overtakes_the_ones_that_wait(tmp_path: Path, player: Player) -> None:
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player(f"{KEEP}; sleep 1"), [ZH], signals.put)
    speaker.start()
    speaker.say(CARD)
    assert played(tmp_path, 1) == [ZH.sound(CARD)]
    speaker.say(STOP)
    speaker.say(GO)
    assert played(tmp_path, 2)[1] == ZH.sound(GO)
    speaker.stop()
    assert len(played(tmp_path, 0)) == 2


def test_a_missing_player_is_reported_at_the_start(tmp_path: Path) -> None:
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(str(tmp_path / "no-such-player"), [ZH], signals.put)
    speaker.start()
    lost = signals.get(timeout=WAIT_S)
    speaker.say(GO)
    again = signals.get(timeout=WAIT_S)
    speaker.stop()
    assert (lost.device, lost.is_open) == ("speaker", False)
    assert "no such program" in lost.detail
    assert (again.is_open, "No such file" in again.detail) == (False, True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("cat >/dev/null; echo no card >&2; exit 1", "no card"),
        ("cat >/dev/null; exit 3", "the player ended with 3"),
        ("exit 2", "the player ended with 2"),
    ],
)
def test_a_player_that_fails_says_why_and_may_come_back(
    tmp_path: Path, player: Player, line: str, why: str
) -> None:
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player(f"if [ -e fixed ]; then {KEEP}; else {line}; fi"), [ZH], signals.put)
    speaker.start()
    assert signals.get(timeout=WAIT_S).is_open
    speaker.say(GO)
    lost = signals.get(timeout=WAIT_S)
    assert (lost.is_open, lost.detail) == (False, why)
    (tmp_path / "fixed").touch()
    speaker.say(STOP)
    assert signals.get(timeout=WAIT_S).is_open
    speaker.stop()


def test_a_player_that_hangs_is_ended(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker_module, "EXTRA_S", -3.0)
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player("exec sleep 60"), [ZH], signals.put)
    speaker.start()
    assert signals.get(timeout=WAIT_S).is_open
    speaker.say(GO)
    assert signals.get(timeout=WAIT_S).detail == "the player does not end"
    speaker.stop()


def test_stopping_is_silent_at_once(tmp_path: Path, player: Player) -> None:
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player("cat > 0.wav; exec sleep 60"), [ZH, EN], signals.put)
    speaker.start()
    speaker.say(GO)
    played(tmp_path, 1)
    before_s = time.monotonic()
    speaker.stop()
    assert time.monotonic() - before_s < 2
    assert len(played(tmp_path, 0)) == 1


def test_nothing_is_played_where_there_is_nothing_to_say(tmp_path: Path, player: Player) -> None:
    assert ZH.sound(Spoken({"zh": " ,", "en": ""})) == b""
    signals: queue.Queue[PortChanged] = queue.Queue()
    speaker = Speaker(player(KEEP), [EN], signals.put)
    speaker.start()
    speaker.say(Spoken({"zh": "", "en": ""}))
    signals.get(timeout=WAIT_S)
    speaker.say(CARD)
    assert played(tmp_path, 1) == [EN.sound(CARD)]
    speaker.stop()
