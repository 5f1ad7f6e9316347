"""What is known of the lines of one protocol, from manuals and logs: a table for the laws."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.scales import scale_decoder


@dataclass(frozen=True, kw_only=True)
class KnownLines:
    """One protocol with its default options."""

    protocol: str
    whole: bytes
    """Any good line, with its end."""
    read: tuple[tuple[bytes, Reading], ...]
    wrong: tuple[tuple[bytes, str], ...] = ()
    """A line that is no reading, and the reason."""
    unended: tuple[tuple[bytes, Reading], ...] = ()
    """A line without its end, which is read only when the capture ends."""
    written: tuple[tuple[Reading, bytes], ...] = ()
    round_trip: tuple[Reading, ...] = ()
    """What is read back as it was written."""
    no_place: tuple[tuple[Reading, str], ...] = ()
    """What the protocol cannot say, and the refusal."""
    requests: tuple[tuple[Mapping[str, object], bytes], ...] = ()
    """Options, and what the host asks under them."""

    def found(self, line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
        return scale_decoder(self.protocol, options).feed(line)

    def encode(self, reading: Reading, **options: object) -> bytes:
        return scale_decoder(self.protocol, options).encode(reading)
