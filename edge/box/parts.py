"""The ports of one lane, made from its settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from edge.box.downlink import open_downlink
from edge.box.feeds import Feed, reader_feed, scale_feed
from edge.box.outputs import make_display, make_printer, make_speaker
from edge.config import ReaderSettings, Settings
from edge.devices.readers import reader_decoder
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.io.byte_source import BadSource, ByteSource, Polling, parse_source
from edge.io.cameras import camera_parts
from edge.io.modbus_plc import BadPlcSource, ModbusPlc
from edge.io.mqtt_link import MqttLink
from edge.journal.file import JournalInUse, WrongJournal
from edge.journal.journal import JournalBroken, JournalFull
from edge.keys import BadKeyFile
from edge.lane.signals import Signal
from edge.messages import Name

WRONG: Final = (BadKeyFile, BadOption, BadPlcSource, BadSource)
"""What only a person can put right: starting again does not help."""

START_ERRORS: Final = (
    *WRONG,
    JournalBroken,
    JournalFull,
    JournalInUse,
    OSError,
    WrongJournal,
)
"""What keeps a box from starting and is not its own fault."""


class CannotStart(Exception):
    """A setting that cannot be used; the text names the field and the reason."""

    @property
    def needs_a_person(self) -> bool:
        """Whether starting again cannot help."""
        return isinstance(self.__cause__, WRONG)


@contextmanager
def setting(name: str) -> Iterator[None]:
    """Name the setting in what keeps the box from starting."""
    try:
        yield
    except START_ERRORS as error:
        raise CannotStart(f"{name}: {error}") from error


class Part(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Parts:
    """All ports of one lane, made from its settings; none is open yet."""

    def __init__(
        self,
        settings: Settings,
        post: Callable[[Signal], None],
        post_from_broker: Callable[[Signal], None],
    ) -> None:
        """Make every part; CannotStart names the setting that cannot be used.

        `post` may wait for room in the queue; `post_from_broker` must not. With cameras, the folder
        for their pictures is made.
        """
        self._post = post
        gateway_key = settings.signing.gateway_key
        with setting("mqtt.tls"):
            self.link = MqttLink(
                settings.mqtt,
                yard=settings.yard,
                lane=settings.lane,
                open_downlink=lambda sealed: open_downlink(sealed, gateway_key),
                post=post_from_broker,
            )
        with setting("plc"):
            self.plc = ModbusPlc(settings.plc, post)
        with setting("display"):
            self.display = make_display(settings, post)
        with setting("voice"):
            self.speaker = make_speaker(settings, post)
        with setting("printer"):
            self.printer = make_printer(settings, post)
        self._ports = [*self._scale(settings), *self._readers(settings.readers)]
        with setting("cameras"):
            self._cameras = camera_parts(settings.cameras, settings.pictures, post)

    def all(self) -> list[Part]:
        """Return them in the order in which they are started."""
        outputs = (self.display, self.speaker, self.printer)
        parts: list[Part] = [self.plc, self.link, *self._ports, *self._cameras]
        return parts + [one for one in outputs if one is not None]

    def _scale(self, settings: Settings) -> list[ByteSource]:
        scale = settings.scale
        with setting("scale"):
            codec = scale_decoder(scale.protocol, scale.options)
            feed = scale_feed(codec, self._post)
            polling = Polling(codec.request, scale.poll_ms, settings.rules.silent_ms)
            return self._source("scale", scale.source, feed, polling)

    def _readers(self, readers: tuple[ReaderSettings, ...]) -> list[ByteSource]:
        sources = []
        for reader in readers:
            with setting(f"readers.{reader.name}"):
                codec = reader_decoder(reader.protocol, reader.options)
                if reader.rssi_dbm_min is not None and not codec.several:
                    raise BadOption(f"rssi_dbm_min: {reader.protocol} does not tell a strength")
                messages = urlsplit(reader.source).scheme == "mqtt"
                feed = reader_feed(reader.name, codec, self._post, messages=messages)
                polling = Polling(codec.request, reader.poll_ms)
                sources += self._source(reader.name, reader.source, feed, polling)
        return sources

    def _source(self, name: str, source: str, feed: Feed, polling: Polling) -> list[ByteSource]:
        parts = urlsplit(source)
        if parts.scheme == "mqtt":
            self.link.listen(_device_name(source), feed, part=name)
            return []
        address = parse_source(source)
        return [ByteSource(name, address, feed=feed, changed=self._post, polling=polling)]


def _device_name(source: str) -> str:
    try:
        return TypeAdapter(Name).validate_python(urlsplit(source).netloc)
    except ValidationError as error:
        raise BadSource(f"source {source!r}: a device's name is [a-z0-9-]{{1,32}}") from error
