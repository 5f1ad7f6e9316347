"""Tries line settings until a protocol reads the bytes.

Knows no port: it is given one that can be opened under any setting, so that whole searches can be
simulated.

A port set to 8N1 reads text of any seven-bit line, whose parity bits then tell the setting. Hence
every baud rate is listened to as 8N1 first; nine-bit and eleven-bit characters come after. A line
without a single byte is asked instead, with nothing but requests for one reading.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from edge.devices.scan import (
    FRAMES_CERTAIN,
    NOTHING,
    Candidate,
    Identification,
    Trial,
    candidates,
    judge,
)
from edge.io.byte_source import LineRefused, LineSettings

BAUDS: Final = (9600, 4800, 2400, 1200, 19200, 38400, 57600, 115200, 600)
LISTEN_FRAMES: Final = ("8N1", "8E1", "7N1", "7E1")
"""8E1 hears 8O1 as well, because ports do not check parity. 8N1 hears text that is sent as 7E1, 7O1
or 7N2; 7E1 hears the rest of that, such as a sum that is cut to seven bits."""
ASK_FRAMES: Final = ("8N1", "7E1", "8E1", "7O1", "8O1", "7N2")
"""A device that is asked may check the parity of the question."""

SLICE_S: Final = 0.5
QUIET_BYTES: Final = 8
"""Plugging in and opening a port can make a byte or two."""
BYTES_ENOUGH: Final = 600
"""If no protocol understands one of this many bytes, more bytes would not help."""
ASKED_TIMES: Final = 5
ANSWER_S: Final = 0.3
ANSWER_BITS: Final = 700
"""Longest answer on the line, after the indicator's own delay."""
KEPT_BYTES: Final = 4_096


class OpenedPort(Protocol):
    """A port that is open under one setting."""

    def ask(self, request: bytes) -> None: ...
    def hear(self, seconds: float) -> bytes:
        """Return what comes within this time."""


OpenLine = Callable[[LineSettings | None], AbstractContextManager[OpenedPort]]
"""None: the line is set elsewhere, on a device server. LineRefused: this port cannot be set so."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How a search ended."""

    identified: Identification
    line: LineSettings | None = None
    """What the port should be set to; None if nothing was found, or if it is set elsewhere."""
    asked: bool = False
    heard: tuple[tuple[str, bytes], ...] = ()
    """The first bytes under each setting that gave any."""
    stranger: Candidate | None = None
    """What was certainly heard instead of what was looked for."""


def name_of(line: LineSettings | None) -> str:
    """Return the short form of a line, such as `2400 7E1`."""
    return "line as it is" if line is None else str(line)


def line_of(baud: int, frame: str) -> LineSettings:
    """Read the short form; ValueError (of the model) if it is none."""
    return LineSettings.model_validate(
        {
            "baudrate": baud,
            "bytesize": int(frame[0]),
            "parity": frame[1],
            "stopbits": int(frame[2]),
        }
    )


class Search:
    """One search over one port."""

    def __init__(
        self,
        tried: Sequence[Trial],
        open_line: OpenLine,
        tell: Callable[[str], None],
        *,
        seconds: float = 3.0,
        bauds: Sequence[int] | None = BAUDS,
    ) -> None:
        """`bauds` is None where the line cannot be set from here."""
        self._tried = tried
        self._open = open_line
        self._tell = tell
        self._seconds = seconds
        self._bauds = bauds
        self._strangers: Sequence[Trial] = ()
        self._heard: dict[str, bytes] = {}

    def run(self, *, may_ask: bool = True, strangers: Sequence[Trial] = ()) -> SearchResult:
        """Listen, and ask a line that is silent; OSError or ValueError if the port is lost.

        `strangers` are not looked for, and end the search where one is certainly heard.
        """
        self._strangers = strangers
        result = self._listen_everywhere()
        if result is None and may_ask and self._is_quiet():
            result = self._ask_everywhere()
        return result or SearchResult(NOTHING, heard=self._all_heard())

    def _listen_everywhere(self) -> SearchResult | None:
        """Listen until something is understood; a state without a number is kept for the end."""
        wordless: SearchResult | None = None
        for line in self._lines(LISTEN_FRAMES):
            identified = self._listen(line)
            if any(one.has_number for one in identified.candidates):
                return self._compared(identified, line)
            if identified.candidates and wordless is None:
                wordless = self._result(identified, line, asked=False)
            if self._is_quiet():
                return None
            stranger = None if identified.candidates else self._stranger(line)
            if stranger is not None:
                return SearchResult(NOTHING, line, heard=self._all_heard(), stranger=stranger)
        return wordless

    def _stranger(self, line: LineSettings | None) -> Candidate | None:
        identified = judge(candidates(self._strangers, self._heard.get(name_of(line), b"")))
        return identified.candidates[0] if identified.is_certain else None

    def _compared(self, identified: Identification, line: LineSettings | None) -> SearchResult:
        """Return the result under the setting that leaves least between the frames.

        Under a wrong one a frame can be whole by luck, such as zeros whose parity looks like a
        stop bit, and what follows it is not.
        """
        if line is None:
            return self._result(identified, line, asked=False)
        best = identified, line
        for frame in LISTEN_FRAMES:
            if all(one.is_clean for one in best[0].candidates):
                break
            other = line_of(line.baudrate, frame)
            if other != line and (heard := self._listen(other)).kind != "nothing":
                best = max(best, (heard, other), key=_least_share)
        return self._result(*best, asked=False)

    def _is_quiet(self) -> bool:
        """Tell whether the line is silent: a device that sends is heard under any setting."""
        return all(len(data) < QUIET_BYTES for data in self._heard.values())

    def _listen(self, line: LineSettings | None) -> Identification:
        data, identified = b"", NOTHING
        try:
            with self._open(line) as port:
                for _ in range(max(1, round(self._seconds / SLICE_S))):
                    data += port.hear(min(SLICE_S, self._seconds))
                    found = candidates(self._tried, data)
                    identified = judge(found)
                    if _is_enough(identified) or (not found and len(data) >= BYTES_ENOUGH):
                        break
        except LineRefused as error:
            self._tell(str(error))
            return NOTHING
        self._keep(line, data)
        self._tell_about(line, identified)
        return identified

    def _ask_everywhere(self) -> SearchResult | None:
        for line in self._ask_lines():
            identified = self._ask_all(line)
            if identified.kind != "nothing":
                return self._result(identified, line, asked=True)
        return None

    def _ask_all(self, line: LineSettings | None) -> Identification:
        try:
            with self._open(line) as port:
                asked = self._requests()
                found = [one for each in asked for one in self._ask(port, line, each)]
        except LineRefused as error:
            self._tell(str(error))
            return NOTHING
        identified = judge(found)
        self._tell_about(line, identified)
        return identified

    def _ask(
        self, port: OpenedPort, line: LineSettings | None, request: bytes
    ) -> tuple[Candidate, ...]:
        """Return who reads the answers; a request that is not answered once is not repeated."""
        wait_s = ANSWER_S + ANSWER_BITS / (line.baudrate if line else BAUDS[0])
        data = b""
        for _ in range(ASKED_TIMES):
            port.ask(request)
            answer = port.hear(wait_s)
            data += answer
            if not answer:
                break
        self._keep(line, data)
        asked = [trial for trial in self._tried if trial.codec().request == request]
        return candidates(asked, data)

    def _requests(self) -> tuple[bytes, ...]:
        requests = (trial.codec().request for trial in self._tried)
        return tuple(dict.fromkeys(request for request in requests if request))

    def _lines(self, frames: Iterable[str]) -> Iterator[LineSettings | None]:
        if self._bauds is None:
            yield None
            return
        for frame in frames:
            for baud in self._bauds:
                yield line_of(baud, frame)

    def _ask_lines(self) -> Iterator[LineSettings | None]:
        """Yield the usual lines of what can be asked first, then all others."""
        usual = dict.fromkeys(
            line for trial in self._tried if trial.codec().request for line in trial.row.lines
        )
        told = [(int(baud), frame) for baud, frame in (line.split() for line in usual)]
        first = [line_of(*one) for one in told if self._bauds and one[0] in self._bauds]
        yield from first
        yield from (line for line in self._lines(ASK_FRAMES) if line not in first)

    def _keep(self, line: LineSettings | None, data: bytes) -> None:
        if data:
            name = name_of(line)
            self._heard[name] = (self._heard.get(name, b"") + data)[:KEPT_BYTES]

    def _tell_about(self, line: LineSettings | None, identified: Identification) -> None:
        name = name_of(line)
        heard = f"{len(self._heard.get(name, b''))} bytes" if name in self._heard else "silent"
        names = ", ".join(dict.fromkeys(one.trial.protocol for one in identified.candidates))
        self._tell(f"{name}: {heard}{', reads as ' + names if names else ''}")

    def _result(
        self, identified: Identification, line: LineSettings | None, *, asked: bool
    ) -> SearchResult:
        hint = identified.candidates[0].line
        if line is not None and hint is not None:
            line = line_of(line.baudrate, hint)
        return SearchResult(identified, line, asked, self._all_heard())

    def _all_heard(self) -> tuple[tuple[str, bytes], ...]:
        return tuple(self._heard.items())


def _least_share(heard: tuple[Identification, LineSettings]) -> float:
    return min(one.share for one in heard[0].candidates)


def _is_enough(identified: Identification) -> bool:
    return identified.kind == "found" and identified.candidates[0].frames >= FRAMES_CERTAIN
