"""The lane box's settings: one TOML file, overlaid by TAIGAN_… variables, frozen once read."""

from edge.config.cameras import CameraSettings, PictureSettings, Side
from edge.config.driver import DisplaySettings, PrinterSettings, VoiceSettings
from edge.config.link import MqttSettings, OfflineSettings, TlsSettings
from edge.config.plc import PlcInputs, PlcOutputs, PlcSettings
from edge.config.readers import ReaderSettings
from edge.config.records import JournalSettings, SigningSettings
from edge.config.rules import Rules
from edge.config.scale import ScaleSettings
from edge.config.settings import ENV_DELIMITER, ENV_PREFIX, OWN_DEVICES, Settings, load

__all__ = [
    "ENV_DELIMITER",
    "ENV_PREFIX",
    "OWN_DEVICES",
    "CameraSettings",
    "DisplaySettings",
    "JournalSettings",
    "MqttSettings",
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
    "TlsSettings",
    "VoiceSettings",
    "load",
]
