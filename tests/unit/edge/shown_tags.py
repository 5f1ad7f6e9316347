"""What each reader protocol can report. A row of `READERS` without an entry here fails a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.devices.readers import READERS
from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import TagSeen
from tests.unit.edge.lines import HELD_BYTES_MAX
from tests.unit.edge.shown import Pick


def low_four_bytes(number: bytes) -> int:
    """What is printed on an EM4100 card."""
    return int.from_bytes(number[-4:])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShownTags:
    """One reader protocol under one set of options."""

    protocol: str
    options: Mapping[str, object] = field(default_factory=dict)
    sizes: tuple[int, ...]
    """Bytes of a number."""
    decimal: Callable[[bytes], int | None] = lambda _: None
    """The number as it is printed on the card."""
    rssi: range | None = None
    text: bool = True
    held: int = HELD_BYTES_MAX
    """So many bytes, at most, may wait for the end of their frame."""
    blind: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return " ".join([self.protocol, *(f"{k}={v}" for k, v in self.options.items())])

    def codec(self) -> ReaderCodec:
        return READERS[self.protocol].make(**self.options)

    def pick(self, pick: Pick) -> TagSeen:
        """One tag that this protocol can report."""
        size = pick.one_of(self.sizes)
        number = pick.integer(1, 256**size - 2).to_bytes(size)  # all zeros or ones are no card
        rssi = pick.one_of(self.rssi) if self.rssi else None
        return TagSeen(number.hex().upper(), decimal=self.decimal(number), rssi_dbm=rssi)

    ordinary = pick
    """A tag is always a tag: a reader shows nothing else."""


EPCS: Final = tuple(range(2, 33, 2))
MIFARE: Final = (4, 7, 10)
SIGNED: Final = range(-128, 0)

SHOWN_BY_READERS: Final[tuple[ShownTags, ...]] = (
    ShownTags(protocol="em4100", sizes=(5,), decimal=low_four_bytes),
    ShownTags(protocol="em4100", options={"checksum": True}, sizes=(5,), decimal=low_four_bytes),
    ShownTags(
        protocol="em4100",
        options={"checksum": False},
        sizes=(5,),
        decimal=low_four_bytes,
    ),
    ShownTags(
        protocol="em4100",
        options={"checksum": "raw"},
        sizes=(5,),
        decimal=low_four_bytes,
        text=False,
    ),
    *(ShownTags(protocol="hex-line", sizes=(size,)) for size in (4, 8, 12, 32)),
    ShownTags(protocol="hex-line", options={"bytes": 12}, sizes=(12,)),
    ShownTags(
        protocol="json-tag",
        sizes=tuple(range(2, 33)),
        rssi=SIGNED,
        text=False,
        held=17_000,
        blind=("lost bytes",),
    ),
    ShownTags(protocol="mifare-uid", sizes=MIFARE, text=False),
    ShownTags(protocol="mifare-uid", options={"order": "lsb"}, sizes=MIFARE, text=False),
    ShownTags(protocol="rfid-len-type", sizes=(5,), decimal=low_four_bytes, text=False),
    ShownTags(protocol="rfid-len-type", sizes=MIFARE, text=False),
    ShownTags(protocol="uhf-a0", sizes=EPCS, rssi=SIGNED[:-1], text=False),
    ShownTags(protocol="uhf-cf", sizes=EPCS, rssi=SIGNED, text=False),
    ShownTags(protocol="uhf-ff01", sizes=EPCS, text=False, blind=("lost bytes",)),
    ShownTags(protocol="uhf-bb7e", sizes=EPCS, rssi=SIGNED, text=False),
    ShownTags(protocol="uhf-reader18", sizes=EPCS, text=False),
    ShownTags(protocol="uhf-reader18", sizes=EPCS, rssi=SIGNED, text=False),
    *(
        ShownTags(
            protocol="wiegand",
            options=options,
            sizes=(size,),
            decimal=int.from_bytes,
            blind=("a longer line cut down",) if size == 4 and "bits" not in options else (),
        )
        for options in (
            {},
            {"bits": 34},
            {"format": "hex"},
            {"format": "decimal"},
            {"format": "facility"},
            {"format": "bits"},
        )
        for size in (3, 4)
        if size == 4 or "bits" not in options
    ),
)
