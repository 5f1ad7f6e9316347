"""Tags that another program publishes as JSON, over MQTT or as lines.

Message: {"tag": "E20010710000529B0940B402", "rssi_dbm": -55, "antenna": 1}, or an array of such

Only `tag` is needed: an even number of hex digits, 4 to 64. Other keys are left alone. Over MQTT
one message is one payload; elsewhere a message ends with its line, or where its JSON is complete.
Made for readers that speak LLRP, by a program outside the lane box, and for all others that can
publish. `antenna` picks one antenna of a reader that serves several lanes; without it all
count. A damaged message is refused whole: half an array would hide that a second tag was there.
"""

import json
import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from edge.devices.framing import Counts
from edge.devices.readers.codec import (
    TAG_BYTES_MAX,
    TAG_BYTES_MIN,
    ReaderCodec,
    TagBytes,
    Tags,
    number_of,
)
from edge.devices.readings import BadFrame, TagSeen, WrongLine

MESSAGE_BYTES_MAX: Final = 16_384
TAGS_MAX: Final = 100
SHOWN_BYTES: Final = 200
"""Bytes of a refused message that are kept for people to look at."""

_BEGIN: Final = re.compile(rb"[\[{]")
_DECODER: Final = json.JSONDecoder()


class _Tag(BaseModel):
    model_config = ConfigDict(strict=True)

    tag: str = Field(pattern=r"^(?:[0-9A-Fa-f]{2}){2,32}$")
    rssi_dbm: int | None = Field(default=None, ge=-128, le=127)
    antenna: int | None = Field(default=None, ge=0, le=255)


_MESSAGE: Final[TypeAdapter[list[_Tag]]] = TypeAdapter(
    Annotated[list[_Tag], Field(max_length=TAGS_MAX)]
)


class JsonTag(ReaderCodec):
    """One reader's messages."""

    several = True

    def __init__(self, *, antenna: int | None = None, tag_bytes: TagBytes = None) -> None:
        self._antenna = antenna
        self._values = _Values(self._tags)
        super().__init__(self._values, tag_bytes)

    def message(self, payload: bytes) -> list[TagSeen | BadFrame | WrongLine]:
        """Take one payload; what came before it has nothing to do with it."""
        item = self._values.judge(payload)
        return [item] if isinstance(item, BadFrame) else list(self._cards(item))

    def encode(self, tag: TagSeen) -> bytes:
        """Return the message as a line."""
        number = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1))
        form: dict[str, object] = {"tag": number.hex().upper()}
        if tag.rssi_dbm is not None:
            form["rssi_dbm"] = tag.rssi_dbm
        return json.dumps(form).encode() + b"\n"

    def _tags(self, value: object) -> Tags:
        seen = _MESSAGE.validate_python(value if isinstance(value, list) else [value])
        return tuple(
            TagSeen(one.tag.upper(), rssi_dbm=one.rssi_dbm)
            for one in seen
            if self._antenna in {None, one.antenna}
        )


class _Values:
    """Cuts JSON values out of lines, each as soon as it is complete."""

    def __init__(self, tags: Callable[[object], Tags]) -> None:
        self.counts = Counts()
        self._tags = tags
        self._buffer = b""

    def feed(self, data: bytes) -> list[Tags | BadFrame | WrongLine]:
        self.counts.total_bytes += len(data)
        buffer = self._buffer + data
        found: list[Tags | BadFrame | WrongLine] = []
        at = 0
        while begin := _BEGIN.search(buffer, at):
            at = begin.start()
            end = _end(buffer, at)
            if end is None:
                break
            found.append(self.judge(buffer[at:end]))
            at = end
        self._buffer = buffer[at:] if begin else b""
        return found

    def judge(self, text: bytes) -> Tags | BadFrame:
        """Read one whole message."""
        raw = text[:SHOWN_BYTES]
        item: Tags | BadFrame
        try:
            item = self._tags(_loaded(text))
        except ValidationError as error:
            item = BadFrame(_reason(error), raw)
        except (ValueError, RecursionError) as error:
            item = BadFrame(f"not JSON: {error}", raw)
        if isinstance(item, BadFrame):
            self.counts.bad_frames += 1
        else:
            self.counts.good_frames += 1
            self.counts.good_bytes += len(text)
        return item


def _loaded(text: bytes) -> object:
    if len(text) > MESSAGE_BYTES_MAX:
        raise ValueError(f"more than {MESSAGE_BYTES_MAX} bytes")
    found: object = json.loads(text)
    return found


def _end(buffer: bytes, start: int) -> int | None:
    """Return the index behind a value, or where it is given up: behind its line, or at its limit.

    Nothing behind the limit is looked at, so that it does not matter how the line cuts its bytes.
    """
    window = buffer[start : start + MESSAGE_BYTES_MAX]
    ends = [one for one in (_end_of_value(window), window.find(b"\n") + 1) if one]
    if ends:
        return start + min(ends)
    return start + MESSAGE_BYTES_MAX if len(window) == MESSAGE_BYTES_MAX else None


def _end_of_value(window: bytes) -> int | None:
    """Return the index behind a complete value; a value that is not may yet become one."""
    try:
        return _DECODER.raw_decode(window.decode("latin-1"))[1]
    except (ValueError, RecursionError):
        return None


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}"
