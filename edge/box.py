"""Puts one lane box together from its settings, and runs it."""

import queue
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from pydantic import TypeAdapter, ValidationError

from edge.config import ReaderSettings, ScaleSettings, Settings
from edge.devices.readers import reader_decoder
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.downlink import open_downlink
from edge.feeds import Feed, reader_feed, scale_feed
from edge.io.byte_source import BadSource, ByteSource, Talk, parse_source
from edge.io.cameras import camera_parts
from edge.io.clock import SystemClock, boot_id
from edge.io.display import NoDisplay
from edge.io.modbus_plc import BadPlcSource, ModbusPlc
from edge.io.mqtt_link import MqttLink
from edge.io.watchdog import Watchdog
from edge.journal import Identity, Journal, JournalBroken, JournalFull
from edge.journal_file import JournalInUse, WrongJournal, open_journal
from edge.keys import BadKeyFile, load_key
from edge.lane.signals import Signal
from edge.messages import Forged, Name, OfflineOrders
from edge.outputs import make_display, make_printer, make_speaker
from edge.ports import Ports
from edge.runner import Runner

log = structlog.get_logger()

SIGNALS_MAX: Final = 4_096
"""The runner's queue. Ports wait when it is full; the broker's thread drops, and is told again."""

POST_S: Final = 5.0

START_ERRORS: Final = (
    BadKeyFile,
    BadOption,
    BadPlcSource,
    BadSource,
    JournalBroken,
    JournalFull,
    JournalInUse,
    OSError,
    WrongJournal,
)
"""What keeps a box from starting and is not its own fault."""


class CannotStart(Exception):
    """Something in the settings cannot be had; the text names the field and the reason."""


@contextmanager
def _setting(name: str) -> Iterator[None]:
    try:
        yield
    except START_ERRORS as error:
        raise CannotStart(f"{name}: {error}") from error


class _Part(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Box:
    """Everything of one lane: threads that listen, one that decides, and how they end."""

    def __init__(self, settings: Settings) -> None:
        """Make every part and open the journal; CannotStart if that cannot be done.

        Nothing moves before `run`.
        """
        self._settings = settings
        self._signals: queue.Queue[Signal] = queue.Queue(SIGNALS_MAX)
        self._stop = Event()
        self._failed = False
        with _setting("mqtt.tls"):
            self._link = MqttLink(
                settings.mqtt,
                yard=settings.yard,
                lane=settings.lane,
                gateway=settings.signing.gateway_key,
                post=self._signals.put_nowait,
            )
        with _setting("plc"):
            self._plc = ModbusPlc(settings.plc, self._post)
        with _setting("display"):
            self._display = make_display(settings, self._post)
        with _setting("voice"):
            self._speaker = make_speaker(settings, self._post)
        with _setting("printer"):
            self._printer = make_printer(settings, self._post)
        self._ports = [*self._scale(settings.scale), *self._readers(settings.readers)]
        with _setting("cameras"):
            self._cameras = camera_parts(settings.cameras, settings.pictures, self._post)
        self._journal = _journal(settings)  # last: nothing that is open or locked is left behind
        self._runner = Runner(
            settings,
            self._journal,
            Ports(
                link=self._link,
                gates=self._plc,
                screen=self._display or NoDisplay(),
                clock=SystemClock(),
                voice=self._speaker,
                printer=self._printer,
            ),
            uuid4,
        )

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; return the exit code, 1 if a thread of it failed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        threading.excepthook = self._on_failure
        self._take_up()
        parts: list[_Part] = [self._plc, self._link, *self._ports, *self._cameras]
        parts += filter(None, (self._display, self._speaker, self._printer))
        watchdog = Watchdog()
        for part in parts:
            part.start()
        try:
            self._runner.run(self._signals, self._stop, watchdog.feed)
        finally:
            self._stop.set()
            for part in reversed(parts):
                part.stop()
            self._journal.close()
            watchdog.stop()
        return 1 if self._failed else 0

    def _take_up(self) -> None:
        """Use what the journal kept, and say what was wrong with it."""
        log.info("journal", epoch=self._journal.epoch, seq=self._journal.seq)
        if self._journal.moved_aside is not None:
            log.critical("a damaged journal was moved aside", file=str(self._journal.moved_aside))
            self._runner.raise_fault("journal", "journal_damaged")
        orders = _kept_orders(self._journal, self._settings)
        if orders is not None:
            self._runner.trust_orders(orders)

    def _scale(self, scale: ScaleSettings) -> list[ByteSource]:
        with _setting("scale"):
            codec = scale_decoder(scale.protocol, scale.options)
            feed = scale_feed(codec, self._post)
            talk = Talk(codec.request, scale.poll_ms, self._settings.rules.silent_ms)
            return self._source("scale", scale.source, feed, talk)

    def _readers(self, readers: tuple[ReaderSettings, ...]) -> list[ByteSource]:
        sources = []
        for reader in readers:
            with _setting(f"readers.{reader.name}"):
                codec = reader_decoder(reader.protocol, reader.options)
                if reader.rssi_dbm_min is not None and not codec.several:
                    raise BadOption(f"rssi_dbm_min: {reader.protocol} does not tell a strength")
                messages = urlsplit(reader.source).scheme == "mqtt"
                feed = reader_feed(reader.name, codec, self._post, messages=messages)
                talk = Talk(codec.request, reader.poll_ms)
                sources += self._source(reader.name, reader.source, feed, talk)
        return sources

    def _source(self, name: str, source: str, feed: Feed, talk: Talk) -> list[ByteSource]:
        parts = urlsplit(source)
        if parts.scheme == "mqtt":
            self._link.listen(_device_name(source), feed, part=name)
            return []
        address = parse_source(source)
        return [ByteSource(name, address, feed=feed, changed=self._post, talk=talk)]

    def _post(self, signal: Signal) -> None:
        """Wait for room: a port that is read later loses less than a signal that is dropped."""
        while not self._stop.is_set():
            try:
                self._signals.put(signal, timeout=POST_S)
            except queue.Full:
                log.critical("the lane stands still")
            else:
                return

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self._stop.set()

    def _on_failure(self, failure: threading.ExceptHookArgs) -> None:
        """Stop everything when one thread fails: a restart begins from what is on record."""
        name = failure.thread.name if failure.thread else "?"
        log.critical("thread failed", thread=name, exc_info=failure.exc_value)
        self._failed = True
        self._stop.set()


def _device_name(source: str) -> str:
    try:
        return TypeAdapter(Name).validate_python(urlsplit(source).netloc)
    except ValidationError as error:
        raise BadSource(f"source {source!r}: a device's name is [a-z0-9-]{{1,32}}") from error


def _journal(settings: Settings) -> Journal:
    with _setting("signing.key_file"):
        key = load_key(settings.signing.key_file)
    identity = Identity(yard=settings.yard, lane=settings.lane, key=key, boot_id=boot_id())
    with _setting("journal.path"):
        return open_journal(settings.journal.path, identity, secrets.token_hex(8))


def _kept_orders(journal: Journal, settings: Settings) -> OfflineOrders | None:
    sealed = journal.kept("orders")
    if sealed is None:
        return None
    try:
        message = open_downlink(sealed.encode(), settings.signing.gateway_key)
    except (Forged, ValueError) as error:
        log.warning("kept order list ignored", reason=str(error))
        return None
    return message if isinstance(message, OfflineOrders) else None
