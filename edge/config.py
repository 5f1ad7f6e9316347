"""The lane box's settings: one TOML file, overlaid by TAIGAN_… variables, frozen once read."""

import base64
import binascii
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from edge.messages import Name

Language = Literal["zh", "en"]
Channel = Annotated[int, Field(ge=0, le=255)]
Limit = Annotated[Channel | None, BeforeValidator(lambda value: None if value == "none" else value)]
Port = Annotated[int, Field(ge=1, le=65535)]
Source = Annotated[str, Field(min_length=1, max_length=200)]
"""A path, `serial:///dev/…?baudrate=9600`, `socket://host:port` or `mqtt://<device>`."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScaleSettings(_Section):
    source: Source
    protocol: str = "yaohua-continuous"
    options: dict[str, str | int | bool] = {}
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """How often an indicator that speaks only when asked is asked."""
    e_kg: int = Field(default=20, ge=1, le=1000)
    max_kg: int = Field(default=100_000, gt=0, le=1_000_000)
    unit: Literal["kg", "t"] = "kg"
    """What the indicator displays, for protocols that do not say."""


class ReaderSettings(_Section):
    name: Name = "card"
    source: Source
    protocol: str = "em4100"
    options: dict[str, str | int | bool] = {}
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """How often a reader that speaks only when asked is asked."""


class _Channels(_Section):
    @model_validator(mode="after")
    def _each_has_its_own(self) -> Self:
        """Refuse one channel with two names: one pulse would open both barriers."""
        wired = [channel for channel in self.model_dump().values() if channel is not None]
        if len(set(wired)) < len(wired):
            raise ValueError(f"each needs a channel of its own, got {sorted(wired)}")
        return self


class PlcInputs(_Channels):
    """Discrete inputs. Photocells are wired normally closed: 1 = clear, 0 = blocked or cut."""

    entry_beam: Channel = 0
    exit_beam: Channel = 1
    entry_open_limit: Limit = 2
    exit_open_limit: Limit = 3
    """`"none"` where no limit switch is wired: then the relay board's answer is believed."""


class PlcOutputs(_Channels):
    entry_open: Channel = 0
    entry_close: Channel = 1
    exit_open: Channel = 2
    exit_close: Channel = 3
    entry_green: Channel = 4
    exit_green: Channel = 5


class PlcSettings(_Section):
    source: Source
    unit_id: int = Field(default=1, ge=0, le=255)
    pulse_ms: int = Field(default=500, ge=100, le=10_000, multiple_of=100)
    poll_ms: int = Field(default=40, ge=5, le=500)
    debounce_ms: int = Field(default=100, ge=0, le=1000)
    inputs: PlcInputs = PlcInputs()
    outputs: PlcOutputs = PlcOutputs()


class DisplaySettings(_Section):
    source: Source


class TlsSettings(_Section):
    ca: Path
    cert: Path | None = None
    key: Path | None = None


class MqttSettings(_Section):
    host: str
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    tls: TlsSettings | None = None

    @model_validator(mode="after")
    def _password_has_its_user(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("password without username")
        return self


class JournalSettings(_Section):
    path: Path
    free_mb_min: int = Field(default=64, ge=0)
    """Below this much free disk no truck is admitted; one already inside can still be recorded."""


class SigningSettings(_Section):
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


class Rules(_Section):
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

    @model_validator(mode="after")
    def _empty_is_below_loaded(self) -> Self:
        if self.empty_kg_max >= self.loaded_kg_min:
            raise ValueError("empty_kg_max must be below loaded_kg_min")
        return self


class OfflineSettings(_Section):
    allowed: bool = True
    """Whether the lane may decide from the gateway's signed order list when it is out of reach."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="TAIGAN_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    yard: Name
    lane: Name
    language: Language = "zh"
    scale: ScaleSettings
    readers: tuple[ReaderSettings, ...] = Field(min_length=1)
    plc: PlcSettings
    display: DisplaySettings | None = None
    mqtt: MqttSettings
    journal: JournalSettings
    signing: SigningSettings
    rules: Rules = Rules()
    offline: OfflineSettings = OfflineSettings()

    @model_validator(mode="after")
    def _device_names_are_distinct(self) -> Self:
        names = [reader.name for reader in self.readers]
        if len({*names, "scale", "plc", "journal", "display"}) != len(names) + 4:
            raise ValueError("readers: each needs a name of its own, other than scale or plc")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the framework's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        return env_settings, init_settings


def load(path: Path) -> Settings:
    """Read the settings; OSError, TOMLDecodeError or ValidationError says what is wrong."""
    with path.open("rb") as file:
        document = tomllib.load(file)
    return Settings(**document)
