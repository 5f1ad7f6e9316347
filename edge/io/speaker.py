"""The loudspeaker: prompts made of recorded units, played by a program of the system.

The newest prompt overtakes one that has not begun; one that is being said is said to its end. A
player that is missing or fails is reported, and the lane goes on without a voice.
"""

import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.resources import files
from threading import Condition, Thread
from typing import Final

import structlog

from edge.devices.voice import Spoken, VoiceBook, joined, read_units, seconds
from edge.io.clock import monotonic_ms
from edge.lane.signals import PortChanged
from edge.language import Language

log = structlog.get_logger()

SETTLE_S: Final = 0.4
"""A text that is replaced by then is not said: most decisions take less."""

EXTRA_S: Final = 5.0
"""What a player may take longer than the sound."""


class Narrator:
    """One language: its book and its recordings."""

    def __init__(self, language: Language) -> None:
        """Read them from the package; BadUnits or OSError if they are damaged."""
        folder = files("edge.voice").joinpath(language)
        texts = read_units(folder.joinpath("units.tsv").read_text(encoding="utf-8"))
        self._language: Language = language
        self._book = VoiceBook(language, texts)
        self._sounds = {name: folder.joinpath(f"{name}.wav").read_bytes() for name in texts}

    def sound(self, spoken: Spoken) -> bytes:
        """Return the prompt as a WAV file; nothing if there is nothing to say."""
        units = self._book.announcement(spoken.texts[self._language], spoken.weight_kg)
        sounds = [self._sounds[name] if name else b"" for name in units]
        return joined(sounds) if any(sounds) else b""


class Speaker:
    """One loudspeaker and the thread that plays to it."""

    def __init__(
        self,
        command: str,
        narrators: Sequence[Narrator],
        changed: Callable[[PortChanged], None],
    ) -> None:
        self._command = shlex.split(command)
        self._narrators = narrators
        self._changed = changed
        self._told: tuple[bool, str] | None = None
        self._news = Condition()
        self._next: Spoken | None = None
        self._stopping = False
        self._player: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._run, name="speaker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Fall silent at once."""
        with self._news:
            self._stopping = True
            self._news.notify()
            if self._player is not None:
                self._player.kill()
        self._thread.join()

    def say(self, spoken: Spoken) -> None:
        """Say it soon; never waits."""
        with self._news:
            self._next = spoken
            self._news.notify()

    def _run(self) -> None:
        found = shutil.which(self._command[0])
        self._tell("" if found else f"{self._command[0]}: no such program")
        while (spoken := self._wait()) is not None:
            for sound in filter(None, (one.sound(spoken) for one in self._narrators)):
                self._play(sound)

    def _wait(self) -> Spoken | None:
        """Return the newest prompt once it has settled; None when it is time to stop."""
        with self._news:
            self._news.wait_for(lambda: self._stopping or self._next is not None)
            self._news.wait_for(lambda: self._stopping, SETTLE_S)
            spoken, self._next = self._next, None
            return None if self._stopping else spoken

    def _play(self, sound: bytes) -> None:
        try:
            with self._news:
                if self._stopping:
                    return
                self._player = subprocess.Popen(  # noqa: S603  # the lane's own settings name it
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            self._tell(self._listen(self._player, sound))
        except OSError as error:
            self._tell(str(error))

    def _listen(self, player: "subprocess.Popen[bytes]", sound: bytes) -> str:
        """Wait until it was said; return what went wrong."""
        with player:
            try:
                _, errors = player.communicate(sound, timeout=seconds(sound) + EXTRA_S)
            except subprocess.TimeoutExpired:
                player.kill()
                return "the player does not end"
        if player.returncode == 0 or self._stopping:
            return ""
        words = errors.decode(errors="replace").strip()
        return words or f"the player ended with {player.returncode}"

    def _tell(self, trouble: str) -> None:
        if (trouble == "", trouble) != self._told:
            self._told = trouble == "", trouble
            log.info("speaker", trouble=trouble)
            self._changed(PortChanged("speaker", trouble == "", trouble, monotonic_ms()))
