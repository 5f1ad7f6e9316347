"""Settings of the settlement: one TOML file, overlaid by TAIGAN_… variables, read once at start."""

import base64
import binascii
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import SettingsConfigDict

from settlement.register_forms import DEFAULT_RULES, Kind
from taigan.approvals.rules import Rule, Rules
from taigan.database_url import DatabaseUrl
from taigan.heads.settings import HeadSettings
from taigan.hosts import Host
from taigan.secret import Secret, WebhookSecret
from taigan.settings import Section, SettingsFile


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _ed25519_key(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be base64 of a raw Ed25519 public key") from error
    if len(key) != 32:
        raise ValueError(f"must be base64 of 32 bytes, got {len(key)}")
    return key


def _lane_key(value: str) -> str:
    _ed25519_key(value)
    return value


def _at_least_one(keys: tuple[str, ...]) -> tuple[str, ...]:
    if not keys:
        raise ValueError("needs a key")
    return keys


HttpUrl = Annotated[str, Field(pattern=r"^https?://\S+$")]
LaneKey = Annotated[str, AfterValidator(_lane_key)]
LaneName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}/[a-z0-9-]{1,32}$")]


class DatabaseSettings(Section):
    url: DatabaseUrl

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")


class HttpSettings(Section):
    host: Host = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)


class ApiSettings(Section):
    token: Secret = Field(min_length=16)


class RailSettings(Section):
    """What every rail's section has. The times are the rail's own: ask the bank before changing."""

    connect_timeout_s: float = Field(default=3, gt=0)
    read_timeout_s: float = Field(default=10, gt=0)
    lease_s: float = Field(default=30, gt=0)
    quarantine_s: float = Field(default=900, gt=0)
    idempotency_window_s: float = Field(default=86_400, gt=0)

    @model_validator(mode="after")
    def _times_nest(self) -> Self:
        if self.connect_timeout_s + self.read_timeout_s >= self.lease_s:
            raise ValueError("connect_timeout_s + read_timeout_s must be shorter than lease_s")
        if self.quarantine_s * 2 >= self.idempotency_window_s:
            raise ValueError("idempotency_window_s must be longer than twice quarantine_s")
        return self


class BankSettings(RailSettings):
    """The rail `sandbox`."""

    base_url: HttpUrl
    callback_secret: WebhookSecret


class GatewaySettings(Section):
    callback_url: HttpUrl
    webhook_secret: WebhookSecret


class SmsSettings(Section):
    url: HttpUrl
    token: Secret = Field(min_length=1)
    language: Literal["zh", "en"] = "zh"


class WorkerSettings(Section):
    inside_serve: bool = True
    threads: int = Field(default=4, ge=1, le=64)
    poll_s: float = Field(default=1, ge=0.01, le=10)
    """The longest that a loop waits without looking; what is due or heard of is done at once."""


class GuardSettings(Section):
    """The guard's own list of lanes it believes, apart from what the gateway knows.

    Several keys for one lane let records of before and after a change of key pass.
    """

    lane_keys: dict[
        LaneName,
        Annotated[
            tuple[LaneKey, ...], BeforeValidator(_one_or_more), AfterValidator(_at_least_one)
        ],
    ] = Field(default={})
    without_lanes: bool = False
    """Start although the list is empty: every payout is held then, and /readyz says why."""

    @property
    def defect(self) -> str | None:
        """Return why settlement should not start with this list, None if it may."""
        if self.lane_keys or self.without_lanes:
            return None
        return (
            "guard.lane_keys is empty: every payout would be held; "
            "name the lanes, or set guard.without_lanes = true until they are known"
        )

    def public_keys(self) -> dict[str, tuple[bytes, ...]]:
        """Return raw 32-byte keys by "yard/lane"."""
        return {
            lane: tuple(_ed25519_key(key) for key in keys) for lane, keys in self.lane_keys.items()
        }


class LimitSettings(Section):
    """Money that may leave without a person, in fen. There is no way to say that one has no end."""

    payout_minor_max: int = Field(default=3_000_000, gt=0, lt=2**62)
    day_minor_max: int = Field(default=100_000_000, gt=0, lt=2**62)
    payee_day_minor_max: int = Field(default=6_000_000, gt=0, lt=2**62)
    hour_payouts_max: int = Field(default=600, gt=0, lt=2**31)
    burst_payouts_max: int = Field(default=200, gt=0, lt=2**31)
    """Within ten minutes; one more pauses the rail until a person lets it run again."""
    day_utc_offset_minutes: int = Field(default=480, ge=-720, le=840)


class ApprovalSettings(Section):
    """How many people decide about payees, contracts and people, and how long it waits."""

    profile: Literal["two_people", "small_yard"] = "two_people"
    """`small_yard`: one owner decides alone. What it gives up is in docs/money.md."""
    cooling_off_s: float = Field(default=86_400, ge=0, le=30 * 86_400)
    expires_after_s: float = Field(default=7 * 86_400, ge=60, le=90 * 86_400)
    rules: dict[Kind, Rule] = Field(default={})
    """A rule of its own for a kind, in place of the profile's."""

    def in_force(self) -> Rules:
        """Return the rule of every kind. Times become milliseconds."""
        usual = DEFAULT_RULES
        if self.profile == "small_yard":
            usual = {kind: rule.for_one_person() for kind, rule in usual.items()}
        return Rules(
            by_kind=usual | {kind.value: rule for kind, rule in self.rules.items()},
            cooling_off_ms=round(self.cooling_off_s * 1000),
            expires_after_ms=round(self.expires_after_s * 1000),
        )


class Settings(SettingsFile):
    """All settings; unknown keys are errors."""

    database: DatabaseSettings
    http: HttpSettings = HttpSettings()
    api: ApiSettings
    bank: BankSettings
    gateway: GatewaySettings | None = None
    sms: SmsSettings | None = None
    worker: WorkerSettings = WorkerSettings()
    guard: GuardSettings = GuardSettings()
    limits: LimitSettings = LimitSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    heads: HeadSettings | None = None
    """Without it no head is made: an export then proves only what its signatures say."""

    @model_validator(mode="after")
    def _one_writer_on_sqlite(self) -> Self:
        if self.database.is_sqlite and not self.worker.inside_serve:
            raise ValueError("worker.inside_serve must be true on SQLite: one process owns writes")
        return self


class DatabaseAlone(SettingsFile):
    """What the kill switch and the lists need: they work without any other secret."""

    model_config = SettingsConfigDict(extra="ignore")

    database: DatabaseSettings
