"""Every card and tag reader the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.readers.codec import ReaderCodec
from edge.devices.readers.em4100 import Em4100
from edge.devices.readers.hex_line import HexLine
from edge.devices.readers.json_tag import JsonTag
from edge.devices.readers.mifare_uid import MifareUid
from edge.devices.readers.rfid_len_type import RfidLenType
from edge.devices.readers.uhf_a0 import UhfA0
from edge.devices.readers.uhf_bb7e import UhfBb7e
from edge.devices.readers.uhf_cf import UhfCf
from edge.devices.readers.uhf_ff01 import UhfFf01
from edge.devices.readers.uhf_reader18 import UhfReader18
from edge.devices.readers.wiegand import Wiegand
from edge.devices.rows import ProtocolRow, build

READERS: Final[Mapping[str, ProtocolRow[ReaderCodec]]] = {
    "em4100": ProtocolRow(Em4100),
    "hex-line": ProtocolRow(HexLine, lines=("9600 8N1", "115200 8N1")),
    "json-tag": ProtocolRow(JsonTag),
    "mifare-uid": ProtocolRow(MifareUid, lines=("9600 8N1", "115200 8N1")),
    "rfid-len-type": ProtocolRow(RfidLenType),
    "uhf-a0": ProtocolRow(UhfA0, lines=("115200 8N1", "9600 8N1")),
    "uhf-bb7e": ProtocolRow(UhfBb7e, lines=("115200 8N1",)),
    "uhf-cf": ProtocolRow(UhfCf, lines=("115200 8N1", "57600 8N1", "9600 8N1")),
    "uhf-ff01": ProtocolRow(UhfFf01, lines=("9600 8N1", "115200 8N1")),
    "uhf-reader18": ProtocolRow(UhfReader18, lines=("57600 8N1", "115200 8N1", "9600 8N1")),
    "wiegand": ProtocolRow(
        Wiegand,
        variants=tuple({"format": name} for name in ("bits", "hex", "decimal", "facility")),
    ),
}


def reader_decoder(protocol: str, options: Mapping[str, object]) -> ReaderCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(READERS, protocol, options)
