"""What the settings' schema says of keys that do not explain themselves, and examples.

The settings' own docstrings explain what is subtle. The plain rest is here, for people who see the
file for the first time. A test checks that every key has a text and every text a key.
"""

from collections.abc import Mapping
from typing import Final

from edge.config import PUBLISHED_KEY

_PORT: Final = (
    "A path, `serial:///dev/…?baudrate=9600&bytesize=8&parity=N&stopbits=1&dtr=0&rts=0`, "
    "`socket://host:port` or `rfc2217://host:port?baudrate=9600`"
)
_OPTIONS: Final = "Options of the protocol, as `taigan-edge decode` takes them with -o."

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "Settings.yard": "Topic level of the yard: [a-z0-9-], at most 32.",
    "Settings.lane": "Topic level of the lane, and its name everywhere.",
    "Settings.language": "Language of all texts for the driver.",
    "Settings.scale": "The weighing indicator.",
    "Settings.readers": "Card readers, one section each.",
    "Settings.plc": "The relay board: barriers, lights, photocells.",
    "Settings.display": "A text display for the driver.",
    "Settings.voice": "A loudspeaker that says what the display shows.",
    "Settings.printer": "A printer of weighing slips (ESC/POS).",
    "Settings.mqtt": "The MQTT broker.",
    "Settings.journal": "Every record, kept until the gateway has it.",
    "Settings.signing": "Who signs the records, and whose commands are obeyed.",
    "Settings.rules": "How long the lane waits, and when it believes a weight.",
    "Settings.offline": "Deciding while the gateway is out of reach.",
    "Settings.cameras": "Plate cameras, one section each.",
    "ScaleSettings.source": f"{_PORT}, or `mqtt://name` for an indicator that publishes its bytes.",
    "ScaleSettings.protocol": "How it speaks: `taigan-edge scan PORT` finds out.",
    "ScaleSettings.options": _OPTIONS,
    "ScaleSettings.e_kg": "Verification scale interval; weights are multiples of it.",
    "ScaleSettings.max_kg": "Capacity of the scale.",
    "ReaderSettings.name": "Its name in records and alarms.",
    "ReaderSettings.source": f"{_PORT}, or `mqtt://name`.",
    "ReaderSettings.protocol": (
        "How it speaks: `taigan-edge scan PORT --kind reader` finds out, with a card there."
    ),
    "ReaderSettings.options": _OPTIONS,
    "CameraSettings.name": "Its name in records, and in the address that it pushes to.",
    "CameraSettings.protocol": "Make, and whether the camera pushes or is asked.",
    "CameraSettings.secret": "Part of the address that a camera pushes to.",
    "CameraSettings.user": "Login: of the camera where it is asked, of the box where it pushes.",
    "CameraSettings.password": "Better in the environment than here.",
    "CameraSettings.options": "Options of the camera's protocol.",
    "PictureSettings.directory": "Where pictures are kept.",
    "PictureSettings.mb_max": "If all pictures together are larger, the oldest are deleted.",
    "PictureSettings.days_max": "Older pictures are deleted.",
    "PlcInputs.entry_beam": "Photocell at the entry.",
    "PlcInputs.exit_beam": "Photocell at the exit.",
    "PlcInputs.entry_open_limit": 'Says that the entry barrier is open; "none" if not wired.',
    "PlcOutputs.entry_open": "Pulse that opens the entry barrier.",
    "PlcOutputs.entry_close": "Pulse that closes it.",
    "PlcOutputs.exit_open": "Pulse that opens the exit barrier.",
    "PlcOutputs.exit_close": "Pulse that closes it.",
    "PlcOutputs.entry_green": "Lamp.",
    "PlcOutputs.exit_green": "Lamp.",
    "PlcOutputs.entry_red": 'Lamp; "none" if there is no red one.',
    "PlcSettings.source": (
        "`tcp://host:port`, `rtu+tcp://host:port` or `rtu:///dev/…?baudrate=9600&parity=N`."
    ),
    "PlcSettings.unit_id": "The board's Modbus address.",
    "PlcSettings.pulse_ms": "Length of a barrier's pulse; the board itself times it.",
    "PlcSettings.poll_ms": "How often the inputs are read.",
    "PlcSettings.debounce_ms": "Time an input must be 1 before it counts; a 0 counts at once.",
    "PlcSettings.inputs": "Channels of the inputs.",
    "PlcSettings.outputs": "Channels of the relays.",
    "DisplaySettings.source": f"{_PORT}.",
    "DisplaySettings.protocol": "Make of the display; `plain` writes lines of text.",
    "DisplaySettings.options": "Options of the display's protocol.",
    "PrinterSettings.source": f"{_PORT}.",
    "PrinterSettings.cut": "Whether it cuts the paper.",
    "TlsSettings.ca": "Certificates that are trusted (PEM).",
    "TlsSettings.cert": "The lane's own certificate, for brokers that ask for one.",
    "TlsSettings.key": "Its key (mode 0600).",
    "BrokerSettings.host": "Name or address of the broker.",
    "BrokerSettings.port": "8883 with TLS.",
    "BrokerSettings.username": "`<yard>/<lane>` with the shipped Mosquitto settings.",
    "BrokerSettings.password": "Belongs in the environment: TAIGAN_MQTT__PASSWORD.",
    "BrokerSettings.tls": "Needed if the broker is on another machine.",
    "JournalSettings.path": "A file on a disk that does not lose what it confirmed; never copy it.",
    "SigningSettings.key_file": "`taigan-edge keygen` makes it (mode 0600).",
    "Rules.frames_min": "Equal frames that make a weight.",
    "Rules.zero_ms_min": "Time at zero before a truck is admitted.",
    "Rules.out_of_service_ms": "After this time without a device an idle lane goes out of service.",
    "Rules.ask_again_ms": "After this time an undecided record is sent again.",
    "Rules.hold_ms": "Longest wait of a held truck.",
    "Rules.drive_on_ms": "Time for an admitted truck to drive on.",
    "Rules.weighing_ms": "Time for a truck on the deck to be weighed.",
    "Rules.leave_ms": "After this time a released truck is reminded.",
    "Rules.plate_ahead_ms": "The same for an event from the future.",
    "Rules.barrier_tries": "Pulses before a barrier counts as stuck.",
}

EXAMPLES: Final[Mapping[str, object]] = {
    "Settings.yard": "mine",
    "Settings.lane": "mine-in",
    "ScaleSettings.source": "serial:///dev/serial/by-id/usb-indicator?baudrate=9600",
    "ReaderSettings.source": "serial:///dev/serial/by-id/usb-reader?baudrate=9600",
    "ReaderSettings.unique_ms": 300,
    "ReaderSettings.rssi_dbm_min": -65,
    "CameraSettings.name": "front",
    "CameraSettings.protocol": "hikvision-stream",
    "CameraSettings.source": "http://192.0.2.20",
    "CameraSettings.listen": "192.0.2.2:8091",
    "CameraSettings.secret": "sixteen-or-more-characters",
    "CameraSettings.silent_s": 90,
    "CameraSettings.user": "lane",
    "CameraSettings.password": "secret",
    "PictureSettings.directory": "/var/lib/taigan/pictures",
    "PlcSettings.source": "tcp://192.0.2.11:502",
    "PlcSettings.input_unit_id": 2,
    "PlcOutputs.entry_red": 6,
    "PlcOutputs.exit_red": 7,
    "DisplaySettings.source": "serial:///dev/serial/by-id/usb-display?baudrate=9600",
    "DisplaySettings.language": "en",
    "PrinterSettings.source": "socket://192.0.2.12:9100",
    "PrinterSettings.language": "en",
    "TlsSettings.ca": "/etc/taigan/ca.pem",
    "TlsSettings.cert": "/etc/taigan/lane.pem",
    "TlsSettings.key": "/etc/taigan/lane.key",
    "BrokerSettings.host": "192.0.2.1",
    "BrokerSettings.username": "mine/mine-in",
    "BrokerSettings.password": "secret",
    "JournalSettings.path": "/var/lib/taigan/journal.db",
    "SigningSettings.key_file": "/var/lib/taigan/lane-signing.pem",
    "SigningSettings.gateway_public_key": PUBLISHED_KEY,
    "Rules.zero_kg_max": 10,
}
