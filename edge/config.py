"""The lane box's settings: one TOML file, overlaid by TAIGAN_… variables, frozen once read."""

import base64
import binascii
import shlex
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from edge.messages import Name
from taigan.broker import BrokerSettings
from taigan.hosts import check_host
from taigan.settings import Section, SettingsFile

Language = Literal["zh", "en"]
Side = Literal["entry", "exit"]
CameraProtocol = Literal["hikvision-push", "hikvision-stream", "dahua-snap", "dahua-events"]
Channel = Annotated[int, Field(ge=0, le=255)]
OptionalChannel = Annotated[
    Channel | None,
    BeforeValidator(
        lambda value: None if value == "none" else value,
        json_schema_input_type=Channel | Literal["none"],
    ),
]
Source = Annotated[str, Field(min_length=1, max_length=200)]
"""A path, `serial:///dev/…?baudrate=9600`, `socket://host:port` or `mqtt://<device>`."""


class ScaleSettings(Section):
    source: Source
    protocol: str = "yaohua-continuous"
    options: dict[str, str | int | bool] = Field(default={})
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """How often an indicator that speaks only when asked is asked."""
    e_kg: int = Field(default=20, ge=1, le=1000)
    max_kg: int = Field(default=100_000, gt=0, le=1_000_000)
    unit: Literal["kg", "t"] = "kg"
    """What the indicator displays, for protocols that do not say."""
    accept_net: bool = False
    """Let a weight count that the indicator calls net. Only for protocols that know no other word
    (`mt-sics`), and only where nobody can tare the indicator."""


class ReaderSettings(Section):
    name: Name = "card"
    source: Source
    protocol: str = "em4100"
    options: dict[str, str | int | bool] = Field(default={})
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """How often a reader that speaks only when asked is asked."""
    unique_ms: int | None = Field(default=None, ge=0, le=30_000)
    """For so long its tag must be the only one before it counts. By default `rules.tag_unique_ms`
    for protocols of readers that see far, and 0 for all that are shown one card at a time."""
    reads_min: int = Field(default=1, ge=1, le=100)
    """So often its tag must have been read before it counts."""
    rssi_dbm_min: int | None = Field(default=None, ge=-128, le=0)
    """Weaker tags do not count, nor those whose strength the reader does not tell."""


class CameraSettings(Section):
    """A plate camera: one that pushes its events here, or one that is asked for them."""

    name: Name
    protocol: CameraProtocol
    side: Side = "entry"
    """`entry` sees the truck before it drives on, `exit` sees it on the deck."""
    source: str | None = Field(default=None, pattern=r"^http://[^\s/@?#]+/?$")
    """Where a camera is asked: its address without a path."""
    listen: str | None = Field(default=None, pattern=r"^[^\s/]+:[0-9]{1,5}$")
    """Where the box takes pushes: its own address and port, then `/<name>/<secret>` as the URL."""
    secret: SecretStr | None = Field(default=None, min_length=16, max_length=100)
    silent_s: int | None = Field(default=None, ge=10, le=604_800)
    """A camera that pushes and was silent for so long is lost; by default it may be silent."""
    user: str | None = None
    password: SecretStr | None = None
    options: dict[str, str | int | bool] = Field(default={})

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        pushes = self.protocol.endswith("-push")
        if (self.listen is None) is pushes or (self.source is None) is not pushes:
            raise ValueError(f"{self.protocol} needs {'listen' if pushes else 'source'} alone")
        address = urlsplit(self.source or f"//{self.listen}")
        if address.port == 0:  # ValueError above 65535
            raise ValueError("port 0 is no port")
        check_host(address.hostname or "")
        if (self.user is None) is not (self.password is None):
            raise ValueError("user and password come together")
        for name in ("secret", "silent_s"):
            if getattr(self, name) is not None and not pushes:
                raise ValueError(f"{name} is for a camera that pushes")
        if pushes and self.secret is None and self.user is None:
            raise ValueError("a push needs a secret, or user and password")
        return self


class PictureSettings(Section):
    """Where the cameras' pictures are kept; the oldest go first."""

    directory: Path
    mb_max: int = Field(default=2_000, ge=1)
    days_max: int = Field(default=90, ge=1, le=36_500)
    free_mb_min: int = Field(default=256, ge=0)
    """Below this much free disk no picture is kept: the journal needs what is left."""


class _Channels(Section):
    @property
    def channels(self) -> list[int]:
        """What is wired, lowest first."""
        return sorted(one for one in self.model_dump().values() if one is not None)

    @model_validator(mode="after")
    def _each_has_its_own(self) -> Self:
        """Refuse one channel with two names: one pulse would open both barriers."""
        if len(set(self.channels)) < len(self.channels):
            raise ValueError(f"each needs a channel of its own, got {self.channels}")
        return self


class PlcInputs(_Channels):
    """Discrete inputs. Photocells are wired normally closed: 1 = clear, 0 = blocked or cut."""

    entry_beam: Channel = 0
    exit_beam: Channel = 1
    entry_open_limit: OptionalChannel = 2
    exit_open_limit: OptionalChannel = 3
    """`"none"` where no limit switch is wired: then the relay board's answer is believed."""


class PlcOutputs(_Channels):
    entry_open: Channel = 0
    entry_close: Channel = 1
    exit_open: Channel = 2
    exit_close: Channel = 3
    entry_green: Channel = 4
    exit_green: Channel = 5
    entry_red: OptionalChannel = None
    exit_red: OptionalChannel = None
    """Of lights with two lamps: lit whenever the green one is not."""


Invertible = Literal[
    "entry_green", "exit_green", "entry_red", "exit_red", "entry_open_limit", "exit_open_limit"
]
"""Barriers are not among them: their relays rest open, so that a board without power moves nothing.
Photocells neither: a cut wire would read as clear."""


class PlcSettings(Section):
    source: Source
    unit_id: int = Field(default=1, ge=0, le=255)
    input_unit_id: int | None = Field(default=None, ge=0, le=255)
    """Where the inputs are on a board of their own on the same line."""
    input_function: Literal[1, 2] = 2
    """The Modbus function that reads the inputs: 2, or 1 on boards that show them as coils."""
    inverted: tuple[Invertible, ...] = ()
    """Lamps that are lit while their relay is off, limits that read 1 while not open."""
    pulse_ms: int = Field(default=500, ge=100, le=10_000, multiple_of=100)
    poll_ms: int = Field(default=40, ge=5, le=500)
    debounce_ms: int = Field(default=100, ge=0, le=1000)
    inputs: PlcInputs = PlcInputs()
    outputs: PlcOutputs = PlcOutputs()

    @model_validator(mode="after")
    def _what_is_inverted_is_wired(self) -> Self:
        wired = self.inputs.model_dump() | self.outputs.model_dump()
        for name in self.inverted:
            if wired[name] is None:
                raise ValueError(f"inverted: {name} is not wired")
        return self

    @model_validator(mode="after")
    def _no_input_is_an_output(self) -> Self:
        """Refuse to read the box's own relays: a green light would pass for a clear photocell."""
        own_board = self.input_unit_id in {None, self.unit_id}
        shared = {*self.inputs.channels} & {*self.outputs.channels}
        if self.input_function == 1 and own_board and shared:
            raise ValueError(f"input_function 1 reads coils, and {sorted(shared)} are outputs")
        return self


class DisplaySettings(Section):
    source: Source
    protocol: str = "plain"
    options: dict[str, str | int | bool] = Field(default={})
    language: Language | None = None
    """By default the lane's; displays without Chinese characters need `en`."""


class VoiceSettings(Section):
    command: str = "aplay -q -"
    """Plays one WAV file from its standard input, and ends."""
    languages: tuple[Language, ...] = ()
    """Spoken one after the other; by default the lane's alone."""

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, text: str) -> str:
        if not shlex.split(text):
            raise ValueError("must name a program")
        return text


class PrinterSettings(Section):
    source: Source
    dots: int = Field(default=384, ge=256, le=832, multiple_of=8)
    """Width of a line: 384 on 58 mm paper, 576 on 80 mm."""
    cut: bool = True
    language: Language | None = None
    """By default the lane's."""


class JournalSettings(Section):
    path: Path
    free_mb_min: int = Field(default=64, ge=0)
    """Below this much free disk no truck is admitted; one already inside can still be recorded."""


class SigningSettings(Section):
    key_file: Path
    gateway_public_key: str
    """Base64 of the 32 raw bytes; only what this key signed is obeyed."""

    @field_validator("gateway_public_key")
    @classmethod
    def _is_a_public_key(cls, text: str) -> str:
        try:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise ValueError("must be base64 of a raw Ed25519 public key (32 bytes)") from error
        return text

    @property
    def gateway_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.gateway_public_key))


class Rules(Section):
    """How long the lane waits, and when it believes a weight. Times are on the monotonic clock."""

    frames_min: int = Field(default=5, ge=5, le=50)
    stable_ms_min: int = Field(default=600, ge=400, le=4_000)
    """A weight needs at least this many equal frames over at least this long. 600 ms sees a whole
    swing of a loaded suspension (1.7 Hz and up), so that its trough is not taken for the weight."""
    loaded_kg_min: int = Field(default=500, gt=0)
    """From here on something drives on the deck."""
    empty_kg_max: int = Field(default=200, ge=0)
    """Up to here the deck counts as empty after a truck (mud, snow); its zero is recorded."""
    zero_kg_max: int | None = Field(default=None, ge=0)
    """Limit of zero before a truck is admitted; by default half a division."""
    zero_ms_min: int = Field(default=300, ge=0, le=4_000)
    silent_ms: int = Field(default=2_000, ge=200, le=10_000)
    """Without a frame for so long nothing is stable and no weight is shown."""
    out_of_service_ms: int = Field(default=10_000, ge=1_000, le=120_000)
    card_absent_ms: int = Field(default=3_000, ge=200, le=60_000)
    """A card not read for so long was taken away; reading it again is a new presentation."""
    tag_unique_ms: int = Field(default=1_000, ge=0, le=30_000)
    """Where a reader sees far, a tag counts when it was the only one for so long."""
    ask_again_ms: int = Field(default=2_000, ge=200, le=60_000)
    decision_ms: int = Field(default=5_000, ge=200, le=600_000)
    """Without the gateway's decision for so long the lane decides alone, where it may."""
    give_up_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    """Without any decision for so long the truck is turned away."""
    hold_ms: int = Field(default=1_800_000, ge=1_000, le=86_400_000)
    drive_on_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    weighing_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    beams_clear_ms: int = Field(default=1_000, ge=0, le=10_000)
    """Both photocells clear for so long: the truck is on. The gap before a trailer is shorter."""
    leave_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)
    refusal_ms: int = Field(default=5_000, ge=0, le=600_000)
    """How long a refusal stays on the display before the next card counts."""
    barrier_ms: int = Field(default=8_000, ge=200, le=120_000)
    """A barrier that has not reached its limit input by then is told once more."""
    barrier_tries: int = Field(default=3, ge=1, le=10)
    plate_fresh_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    """A plate read longer ago than this does not belong to the card that is presented now."""
    plate_wait_ms: int = Field(default=1_500, ge=0, le=10_000)
    """How long a card waits for the plate of its truck, unless the gateway wants no plates."""
    plate_stale_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)
    """An event older than this by the camera's time was sent before, or its clock is wrong."""
    plate_ahead_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)

    @model_validator(mode="after")
    def _empty_is_below_loaded(self) -> Self:
        if self.empty_kg_max >= self.loaded_kg_min:
            raise ValueError("empty_kg_max must be below loaded_kg_min")
        return self


class OfflineSettings(Section):
    allowed: bool = True
    """Whether the lane may decide from the gateway's signed order list when it is out of reach."""


OWN_DEVICES: Final = ("scale", "plc", "journal", "display", "speaker", "printer")
"""Names that no reader and no camera can have."""


class Settings(SettingsFile):
    yard: Name
    lane: Name
    language: Language = "zh"
    scale: ScaleSettings
    readers: tuple[ReaderSettings, ...] = Field(min_length=1)
    plc: PlcSettings
    display: DisplaySettings | None = None
    voice: VoiceSettings | None = None
    printer: PrinterSettings | None = None
    mqtt: BrokerSettings
    journal: JournalSettings
    signing: SigningSettings
    rules: Rules = Rules()
    offline: OfflineSettings = OfflineSettings()
    cameras: tuple[CameraSettings, ...] = ()
    pictures: PictureSettings | None = None
    """Required where there are cameras."""

    @model_validator(mode="after")
    def _device_names_are_distinct(self) -> Self:
        names = [reader.name for reader in self.readers]
        if len({*names, *OWN_DEVICES}) != len(names) + len(OWN_DEVICES):
            raise ValueError("readers: each needs a name of its own, other than scale or plc")
        return self

    @model_validator(mode="after")
    def _cameras_are_distinct_and_have_a_place(self) -> Self:
        taken = {*(reader.name for reader in self.readers), *OWN_DEVICES}
        names = [camera.name for camera in self.cameras]
        if len({*names, *taken, "pictures"}) != len(names) + len(taken) + 1:
            raise ValueError("cameras: each needs a name of its own")
        if names and self.pictures is None:
            raise ValueError("pictures: directory is needed where there are cameras")
        return self
