"""Barriers, lights and photocells on a Modbus relay board, over TCP or a serial line.

One thread asks for the inputs and sends the pulses in between (`plc_pulses`). A pulse that cannot
be sent now is dropped: the lane watches its barriers and sends another if it still needs one. A
board that does not know the command for a pulse is not lost: the lane hears of it, and serves no
truck.
"""

import queue
import re
import struct
from collections.abc import Callable, Mapping
from threading import Event
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge.config import PlcInputs, PlcSettings
from edge.devices.modbus_io import Debounced, Settled, lamps
from edge.io.clock import monotonic_ms
from edge.io.plc_pulses import PulseRefused, pulses_of
from edge.io.retry_thread import PAUSE_S_FIRST, RetryThread
from edge.lane.effects import Barrier, Close, Open
from edge.lane.signals import BarrierRefused, BarrierTold, InputsLost, InputsRead, Signal

log = structlog.get_logger()

ANSWER_S: Final = 0.5
MOTIONS_MAX: Final = 16
HEARTBEAT_MS: Final = 1_000
"""Unchanged inputs are reported this often, so that their age is known."""

_TROUBLE: Final = (ModbusException, OSError, ValueError, IndexError, struct.error)
"""What pymodbus raises for a lost line, and for an answer that is not Modbus."""

FRAMERS: Final = {"tcp": FramerType.SOCKET, "rtu+tcp": FramerType.RTU}

LINE: Final = {"parity": ("N", "E", "O"), "stopbits": ("1", "2"), "bytesize": ("8",)}
"""What the line of a serial board can be set to; RTU frames need all eight bits."""

BEAMS: Final = ("entry_beam", "exit_beam")
LIMITS: Final = ("entry_open_limit", "exit_open_limit")
INPUT_NAMES: Final = BEAMS + LIMITS
BARRIERS: Final[tuple[Barrier, Barrier]] = ("entry", "exit")


class BadPlcSource(ValueError):
    """A `source` that names no Modbus device."""


def modbus_client(source: str) -> ModbusTcpClient | ModbusSerialClient:
    """Make the client for a `source`; BadPlcSource names what is wrong. Nothing is repeated.

    `tcp://host:port`, `rtu:///dev/…?baudrate=…`, or `rtu+tcp://host:port` for a serial device
    server that passes bytes on as they are. A repeated pulse would come late, and a late pulse
    must not open.
    """
    parts = urlsplit(source)
    if parts.scheme in FRAMERS and parts.hostname:
        try:
            port = parts.port or 502
        except ValueError as error:
            raise BadPlcSource(f"source {source!r}: {error}") from error
        return ModbusTcpClient(
            parts.hostname,
            port=port,
            framer=FRAMERS[parts.scheme],
            timeout=ANSWER_S,
            retries=0,
            name="plc",
        )
    if parts.scheme == "rtu" and parts.path:
        return _serial_client(source)
    raise BadPlcSource(
        f"source {source!r}: expected tcp://host:port, rtu+tcp://host:port or rtu:///dev/…"
    )


def _serial_client(source: str) -> ModbusSerialClient:
    parts = urlsplit(source)
    options = {"baudrate": "9600", "parity": "N", "stopbits": "1", "bytesize": "8"}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in options or (name in LINE and value not in LINE[name]):
            known = ", ".join(f"{name}={'|'.join(values)}" for name, values in LINE.items())
            raise BadPlcSource(f"source {source!r}: known are baudrate=, {known}")
        options[name] = value
    if not re.fullmatch(r"[1-9][0-9]{1,6}", options["baudrate"]):
        raise BadPlcSource(f"source {source!r}: baudrate must be a number from 10 to 9999999")
    return ModbusSerialClient(
        parts.path,
        baudrate=int(options["baudrate"]),
        parity=options["parity"],
        stopbits=int(options["stopbits"]),
        timeout=ANSWER_S,
        retries=0,
    )


class ModbusPlc:
    """One relay board and the thread that drives it."""

    def __init__(self, settings: PlcSettings, post: Callable[[Signal], None]) -> None:
        self._settings = settings
        self._post = post
        self._client = modbus_client(settings.source)
        self._pulses = pulses_of(settings, self._ask)
        self._motions: queue.Queue[Open | Close | None] = queue.Queue(MOTIONS_MAX)
        self._greens: dict[Barrier, bool] = {"entry": False, "exit": False}
        self._lit: dict[str, bool] = {}
        self._beams: dict[str, Debounced] = {}
        self._limits: dict[str, Settled] = {}
        self._last: InputsRead | None = None
        self._connected = Event()
        self._thread = RetryThread("plc", self._attempt)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, with red lights."""
        self._thread.stop(self._wake)
        self._rest()
        self._disconnect()

    def obey(self, motion: Open | Close) -> None:
        """Send a pulse now; drop it without a connection, or behind too many others."""
        if not self._connected.is_set() or self._motions.full():
            log.warning(
                "barrier motion dropped", motion=type(motion).__name__, barrier=motion.barrier
            )
            return
        self._motions.put_nowait(motion)

    def light(self, greens: Mapping[Barrier, bool]) -> None:
        """Set the lights soon, and again after every reconnect."""
        if greens != self._greens:
            self._greens = dict(greens)
            self._wake()

    def _wake(self) -> None:
        if not self._motions.full():
            self._motions.put_nowait(None)

    def _attempt(self) -> None:
        try:
            self._serve()
        except _TROUBLE as error:
            self._lose(str(error))

    def _serve(self) -> None:
        if not self._client.connect():
            raise ModbusException("cannot connect")
        self._start_over()
        self._pulses.rest()  # what a box that died here may have left closed
        poll_ms = monotonic_ms()
        while not self._thread.stopping:
            self._set_lights()
            now_ms = monotonic_ms()
            if now_ms >= poll_ms:
                self._poll(now_ms)
                poll_ms = max(poll_ms + self._settings.poll_ms, now_ms)
            next_ms = self._pulses.tend(monotonic_ms())
            wake_ms = poll_ms if next_ms is None else min(poll_ms, next_ms)
            try:
                motion = self._motions.get(timeout=max(0, wake_ms - monotonic_ms()) / 1000)
            except queue.Empty:
                continue
            if motion is not None:
                self._pulse(motion)

    def _rest(self) -> None:
        """Open the barriers' relays, set the lights red: from now on the box cannot change them."""
        self._greens = {"entry": False, "exit": False}
        if not self._connected.is_set():
            return
        try:
            self._pulses.rest()
            self._set_lights()
        except _TROUBLE as error:
            log.warning("relays and lights left as they were", reason=str(error))

    def _start_over(self) -> None:
        """Forget everything from before: old motions are late, old lights may have changed."""
        while not self._motions.empty():
            self._motions.get_nowait()
        self._lit = {}
        self._last = None
        self._beams = {name: Debounced(self._settings.debounce_ms) for name in BEAMS}
        self._limits = {name: Settled(self._settings.debounce_ms) for name in LIMITS}
        self._connected.set()
        log.info("plc connected", source=self._settings.source)

    def _lose(self, reason: str) -> None:
        if self._connected.is_set():
            log.warning("plc lost", reason=reason)
        self._connected.clear()
        self._disconnect()
        if self._pulses.held:
            self._thread.pause_next(PAUSE_S_FIRST)  # a relay stays closed until the line is back
        self._post(InputsLost(reason, monotonic_ms()))

    def _disconnect(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus left it without types

    def _poll(self, now_ms: int) -> None:
        channels = _channels(self._settings.inputs)
        first, last = min(channels.values()), max(channels.values())
        answer = self._checked(self._read_inputs(first, last - first + 1))
        self._thread.succeeded()
        self._report(
            {
                name: bool(answer.bits[channel - first]) is not self._is_inverted(name)
                for name, channel in channels.items()
            },
            now_ms,
        )
        for barrier in BARRIERS:
            if not self._is_clear(barrier):
                self._stop_closing(barrier)

    def _read_inputs(self, first: int, count: int) -> ModbusPDU:
        settings = self._settings
        unit = settings.unit_id if settings.input_unit_id is None else settings.input_unit_id
        if settings.input_function == 1:
            return self._client.read_coils(first, count=count, device_id=unit)
        return self._client.read_discrete_inputs(first, count=count, device_id=unit)

    def _is_inverted(self, name: str) -> bool:
        return name in self._settings.inverted

    def _report(self, sample: Mapping[str, bool], now_ms: int) -> None:
        clear = {name: self._beams[name].read(on=sample[name], now_ms=now_ms) for name in BEAMS}
        is_open = {
            name: self._limits[name].read(on=sample[name], now_ms=now_ms)
            for name in LIMITS
            if name in sample
        }
        read = InputsRead(
            entry_clear=clear["entry_beam"],
            exit_clear=clear["exit_beam"],
            entry_open=is_open.get("entry_open_limit"),
            exit_open=is_open.get("exit_open_limit"),
            mono_ms=now_ms,
        )
        if self._last is None or _facts(read) != _facts(self._last) or _is_old(self._last, now_ms):
            self._last = read
            self._post(read)

    def _pulse(self, motion: Open | Close) -> None:
        if isinstance(motion, Close) and not self._is_clear(motion.barrier):
            log.warning("barrier motion dropped", motion="Close", barrier=motion.barrier)
            return
        try:
            self._pulses.send(self._channel(motion), monotonic_ms())
        except PulseRefused as error:
            log.warning("pulse refused", reason=str(error), pulse=self._settings.pulse)
            detail = f"plc.pulse {self._settings.pulse}: {error}"
            self._post(BarrierRefused(motion, detail, monotonic_ms()))
        else:
            self._post(BarrierTold(motion, monotonic_ms()))

    def _stop_closing(self, barrier: Barrier) -> None:
        """End a command to close, where it is the box that holds it."""
        channel = self._channel(Close(barrier))
        if channel in self._pulses.held:
            self._pulses.cut_short(channel)

    def _is_clear(self, barrier: Barrier) -> bool:
        """Tell whether the beam was clear at the last poll: the lane may have looked before it."""
        last = self._last
        return last is not None and (last.entry_clear if barrier == "entry" else last.exit_clear)

    def _channel(self, motion: Open | Close) -> int:
        outputs = self._settings.outputs
        match motion:
            case Open("entry"):
                return outputs.entry_open
            case Open():
                return outputs.exit_open
            case Close("entry"):
                return outputs.entry_close
            case Close():
                return outputs.exit_close

    def _set_lights(self) -> None:
        greens = self._greens
        for name, lit in lamps(entry_green=greens["entry"], exit_green=greens["exit"]):
            channel = getattr(self._settings.outputs, name)
            if channel is not None and self._lit.get(name) is not lit:
                on = lit is not self._is_inverted(name)
                self._checked(
                    self._client.write_coil(channel, on, device_id=self._settings.unit_id)
                )
                self._lit[name] = lit

    def _ask(self, request: ModbusPDU) -> ModbusPDU:
        return self._client.execute(no_response_expected=False, request=request)

    def _checked(self, answer: ModbusPDU) -> ModbusPDU:
        if answer.isError():
            raise ModbusException(f"device answered {answer}")
        return answer


def _channels(inputs: PlcInputs) -> dict[str, int]:
    wired = {name: getattr(inputs, name) for name in INPUT_NAMES}
    return {name: channel for name, channel in wired.items() if channel is not None}


def _facts(read: InputsRead) -> tuple[object, ...]:
    return read.entry_clear, read.exit_clear, read.entry_open, read.exit_open


def _is_old(read: InputsRead, now_ms: int) -> bool:
    return now_ms - read.mono_ms >= HEARTBEAT_MS
