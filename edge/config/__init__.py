"""The lane box's settings: one TOML file, overlaid by TAIGAN_… variables, frozen once read."""

from edge.config.cameras import CameraSettings, PictureSettings, Side
from edge.config.driver import DisplaySettings, PrinterSettings, VoiceSettings
from edge.config.offline import OfflineSettings
from edge.config.plc import PlcInputs, PlcOutputs, PlcSettings
from edge.config.readers import READS_MAX, ReaderSettings
from edge.config.records import PUBLISHED_KEY, JournalSettings, SigningSettings
from edge.config.rules import Rules
from edge.config.scale import ScaleSettings
from edge.config.settings import OWN_DEVICES, Settings

__all__ = [
    "OWN_DEVICES",
    "PUBLISHED_KEY",
    "READS_MAX",
    "CameraSettings",
    "DisplaySettings",
    "JournalSettings",
    "OfflineSettings",
    "PictureSettings",
    "PlcInputs",
    "PlcOutputs",
    "PlcSettings",
    "PrinterSettings",
    "ReaderSettings",
    "Rules",
    "ScaleSettings",
    "Settings",
    "Side",
    "SigningSettings",
    "VoiceSettings",
]
