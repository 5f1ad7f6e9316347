"""The gateway's settings: one TOML file, overlaid by `TAIGAN_…` variables nested by `__`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from edge.messages import PlatePolicy
from taigan.broker import BrokerSettings
from taigan.database_url import DatabaseUrl
from taigan.heads.settings import HeadSettings
from taigan.hosts import Host, Port
from taigan.secret import Secret, WebhookSecret
from taigan.settings import Section, SettingsFile

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+[^\s]*[^/\s]$")]
"""Without a slash at its end: paths are appended."""


YardOrLane = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}(/[a-z0-9-]{1,32})?$")]


class Database(Section):
    url: DatabaseUrl


class Http(Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: Url
    """How drivers and people reach this server: receipts link to it."""
    allowed_hosts: tuple[str, ...] = ()
    """Other names under which people reach it; that of `public_url`, localhost and addresses always
    do. A page under any other name is refused."""
    watch_host: str = "127.0.0.1"
    watch_port: Port | None = None
    """Where /readyz and /metrics are, alone. Without it they are beside everything else, for who
    asks from this machine."""

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def names(self) -> frozenset[str]:
        """Return every name under which people reach this server."""
        return frozenset({urlsplit(self.public_url).hostname or "", *self.allowed_hosts})


class Mqtt(BrokerSettings):
    broker: Literal["embedded", "external"] = "embedded"
    host: Host = "127.0.0.1"
    data_dir: Path | None = None
    """Where the embedded broker keeps its files; required with it."""
    client_id: str = Field(default="gateway", pattern=r"^[a-z0-9-]{1,23}$")
    """Of gateways that share it and the database one works, and the others stand by."""

    @model_validator(mode="after")
    def _embedded_is_local(self) -> Self:
        if self.broker == "embedded" and self.data_dir is None:
            raise ValueError("data_dir is required with the embedded broker")
        if self.broker == "embedded" and (self.tls or self.host not in {"127.0.0.1", "localhost"}):
            raise ValueError("the embedded broker listens on 127.0.0.1 only, without TLS")
        return self


class Signing(Section):
    key_file: Path
    """PKCS#8 PEM of the Ed25519 key that seals receipts and commands; mode 0600."""


class Settlement(Section):
    url: Url
    token: Secret = Field(min_length=16)
    webhook_secret: Secret = Field(min_length=24)
    """Standard Webhooks secret (`whsec_…`) of what settlement posts here."""
    compare_every_s: float = Field(default=600, ge=1)
    """How often settlement is asked if it still knows what it settled lately."""
    resend_hours: float = Field(default=12, ge=0)
    """A forgotten ticket that is older is not sent again by itself. Shorter than the bank remembers
    payment numbers (`bank.idempotency_window_s` of settlement, a day)."""


class Receipt(Section):
    secret: Secret = Field(min_length=32)
    """Signs the links that drivers get; whoever has it can read every receipt."""
    valid_days: int = Field(default=400, ge=1, le=3650)
    """A link opens nothing when its ticket is older."""


RoleName = Literal["viewer", "dispatcher", "finance", "admin"]


class Auth(Section):
    idle_hours: float = Field(default=8, gt=0)
    absolute_hours: float = Field(default=24, gt=0)
    second_factor_roles: tuple[RoleName, ...] = ()
    """Who of these roles signs in by password alone may only look, until he sets up an app."""

    @model_validator(mode="after")
    def _idle_is_shorter(self) -> Self:
        if self.idle_hours > self.absolute_hours:
            raise ValueError("idle_hours must not exceed absolute_hours")
        return self


class Weighing(Section):
    """Limits of matching that are the operator's to choose."""

    command_ttl_s: float = Field(default=30, gt=0, le=300)
    net_min_kg: int = Field(default=1000, gt=0)
    tare_band_permille: int = Field(default=80, gt=0, le=1000)
    """Tares of one truck may differ by this: half a fuel tank is 20 to 30, mud and snow more."""
    wait_for_lanes_s: float = Field(default=300, ge=0, le=86_400)
    """A trip is settled at once, unless a lane has records to tell that are not here: then that is
    waited for, but no longer than this."""
    call_after_s: float = Field(default=3600, ge=0, le=604_800)
    """A weight that fits no trip, and a trip that lacks a weighing, call somebody at once, unless a
    lane that may explain them is not heard: then after this time, for the lane is called for."""
    call_trip_after_h: float = Field(default=24, gt=0, le=720)
    """A trip that lacks a weighing calls somebody after this time without another one."""
    zero_limit_e: float = Field(default=0.5, gt=0)
    """A zero that is further off raises an alarm, in scale intervals."""


class Plates(Section):
    """Whether the plate that a camera read must be the one that the card belongs to."""

    policy: PlatePolicy = PlatePolicy.OFF
    at: dict[YardOrLane, PlatePolicy] = Field(default={})
    """Otherwise in these yards ("mine") or on these lanes ("mine/mine-in")."""

    def of(self, yard: str, lane: str) -> PlatePolicy:
        """Return what holds on a lane: its own, else its yard's, else everybody's."""
        return self.at.get(f"{yard}/{lane}") or self.at.get(yard) or self.policy

    def unknown(self, lanes: Iterable[tuple[str, str]]) -> frozenset[str]:
        """Return the places in `at` that are none of these lanes, nor a yard of theirs."""
        known = {place for yard, lane in lanes for place in (yard, f"{yard}/{lane}")}
        return frozenset(self.at) - known


class Offline(Section):
    """What lanes may decide while they cannot reach the gateway."""

    valid_hours: float = Field(default=72, gt=0, le=744)
    """A lane believes no list that is valid for longer: see `edge.lane.offline.VALID_MAX`."""
    stops_max_per_tag: int = Field(default=2, ge=0, le=100)
    arrive_loaded_max: int = Field(default=100, ge=0, le=1000)
    """Trucks that a yard takes in while their loading is not known yet, because a lane where they
    may have been loaded is out of reach. 0: none."""


class Alarms(Section):
    """When people are called for what nobody reports."""

    lane_silent_s: float = Field(default=30, ge=10)
    """A registered lane that sends nothing for longer. A lane says how it is every 5 s."""
    payout_wait_minutes: float = Field(default=30, gt=0)
    """A driver whose money has not arrived after this."""
    outbox_stuck_s: float = Field(default=120, gt=0)
    """Tickets that settlement has not answered for longer."""
    records_late_s: float = Field(default=600, gt=0)
    """Records that a lane says it has, and that have not come for longer."""
    clock_off_s: float = Field(default=300, gt=0)
    """A lane's clock that says it is set, and is off by more."""


SeverityName = Literal["minor", "major", "critical"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class QuietHours(Section):
    """Hours in which only what is bad enough is told at once; the rest is told when they end."""

    begin: TimeOfDay
    end: TimeOfDay
    """Before `begin`: the hours go over midnight."""
    severity_min: SeverityName

    def minutes(self) -> tuple[int, int]:
        """Return begin and end in minutes of the day."""
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (self.begin, self.end))
        return begin, end


class Notify(Section):
    """Telling staff of alarms, by a webhook that is signed as all of Taigan's are."""

    url: Url
    secret: WebhookSecret
    """Standard Webhooks secret (`whsec_…`)."""
    severity_min: SeverityName = "major"
    """What is less bad is not told."""
    quiet: tuple[QuietHours, ...] = ()
    utc_offset_minutes: int = Field(default=480, ge=-720, le=840)
    """The clock of the quiet hours."""
    group_s: float = Field(default=10, ge=0, le=600)
    """So long an alarm waits for others, to be told with them; one that is over by then is not."""
    calm_minutes: float = Field(default=5, ge=0, le=1440)
    """So long an alarm must be over to be told so; one that is back by then never was over."""
    repeat_minutes: float = Field(default=60, ge=0, le=10_080)
    """How often an alarm that stays open is told again; 0: never."""
    tells_end: bool = True
    """Whether it is told that an alarm is over."""


class Settings(SettingsFile):
    database: Database
    http: Http
    mqtt: Mqtt
    signing: Signing
    settlement: Settlement
    receipt: Receipt
    auth: Auth = Auth()
    weighing: Weighing = Weighing()
    plates: Plates = Plates()
    offline: Offline = Offline()
    alarms: Alarms = Alarms()
    notify: Notify | None = None
    """Without it nobody is told: alarms are seen by who looks."""
    heads: HeadSettings | None = None
    """Without it no head is made: an export then proves only what its signatures say."""


class DatabaseAlone(SettingsFile):
    """What commands about the database need: they work without the other secrets."""

    model_config = SettingsConfigDict(extra="ignore")

    database: Database


class AddressAlone(SettingsFile):
    """What makes links."""

    model_config = SettingsConfigDict(extra="ignore")

    http: Http


class HeadsAlone(SettingsFile):
    """What the command `head` needs."""

    model_config = SettingsConfigDict(extra="ignore")

    database: Database
    heads: HeadSettings | None = None


class SigningAlone(SettingsFile):
    """What the command `key` needs."""

    model_config = SettingsConfigDict(extra="ignore")

    signing: Signing
