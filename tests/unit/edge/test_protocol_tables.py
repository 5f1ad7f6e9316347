"""The tables of protocols: what they build and what they refuse."""

import pytest

from edge.devices.readers import READERS, reader_decoder
from edge.devices.readers.em4100 import Em4100
from edge.devices.rows import BadOption
from edge.devices.scales import SCALES, scale_decoder
from edge.devices.scales.yaohua import YaohuaContinuous


def test_every_row_builds_without_options() -> None:
    assert {type(scale_decoder(name, {})) for name in SCALES} >= {YaohuaContinuous}
    assert {type(reader_decoder(name, {})) for name in READERS} >= {Em4100}


def test_an_option_is_read_from_text() -> None:
    reader = reader_decoder("em4100", {"checksum": "false"})
    assert reader.feed(b"\x0250008C0891\x03") != []


def test_an_unknown_protocol_names_the_known_ones() -> None:
    with pytest.raises(BadOption, match=r"'yaohua'; known: .*yaohua-continuous"):
        scale_decoder("yaohua", {})


@pytest.mark.parametrize("options", [{"speed": "1"}, {"checksum": "perhaps"}])
def test_a_wrong_option_is_named(options: dict[str, str]) -> None:
    with pytest.raises(BadOption, match=f"em4100: option '{next(iter(options))}'"):
        reader_decoder("em4100", options)


@pytest.mark.parametrize(
    ("protocol", "options"),
    [("toledo-continuous", {"checksum": "no"}), ("modbus", {"framing": "tcp"})],
)
def test_a_codec_whose_options_leave_frames_unguarded_says_so(
    protocol: str, options: dict[str, object]
) -> None:
    assert scale_decoder(protocol, {}).check != "none"
    assert scale_decoder(protocol, options).check == "none"
