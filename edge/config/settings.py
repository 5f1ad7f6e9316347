"""The whole of one lane box, and how it is read."""

from typing import Final, Self

from pydantic import Field, model_validator

from edge.config.cameras import CameraSettings, PictureSettings
from edge.config.driver import DisplaySettings, PrinterSettings, VoiceSettings
from edge.config.offline import OfflineSettings
from edge.config.plc import PlcSettings
from edge.config.readers import ReaderSettings
from edge.config.records import JournalSettings, SigningSettings
from edge.config.rules import Rules
from edge.config.scale import ScaleSettings
from edge.config.values import Language
from edge.messages import Name
from taigan.broker import BrokerSettings
from taigan.settings import SettingsFile

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
