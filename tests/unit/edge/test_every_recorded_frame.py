"""Every recorded frame reads as its source says: whole, byte by byte, in rubbish, as JSON."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import WriteMultipleCoilsRequest, WriteSingleCoilRequest

from edge.commissioning.decode import decode_bytes
from edge.devices.modbus_io import pulse
from edge.devices.readers import READERS, reader_decoder
from edge.devices.readers.uhf_bb7e import UhfBb7e
from edge.devices.readings import Reading, TagSeen
from edge.devices.scales import scale_decoder
from edge.devices.scales.modbus_frames import Query, framed, write_request
from edge.devices.scales.yaohua_command import command_frame
from edge.io.plc_pulses import Pulse
from edge.terminal import reading_json
from tests.unit.edge.lines import fed, one_by_one, rubbish

Case = dict[str, Any]

RECORDED: Final[list[Case]] = json.loads(
    (Path(__file__).parents[2] / "frames" / "recorded.json").read_text()
)["frames"]

OURS: Final[Mapping[str, tuple[str, dict[str, object]]]] = {
    "and_standard": ("and-standard", {}),
    "cardinal_205_enq": ("cardinal", {}),
    "dini_argeo_standard": ("dini-argeo", {}),
    "em4100": ("em4100", {}),
    "fairbanks_short_40": ("fairbanks-short", {}),
    "flintec_fast_continuous": ("flintec-fast", {}),
    "flintec_toledo_like_19": ("flintec-toledo", {}),
    "mt_sics": ("mt-sics", {}),
    "ohaus": ("ohaus", {}),
    "rfid_binary_len_type": ("rfid-len-type", {}),
    "ricelake_ob350_fmt3": ("ricelake-ob350", {}),
    "slash": ("slash", {}),
    "sma": ("sma", {}),
    "systec_it_rn": ("systec-rn", {}),
    "toledo_continuous": ("toledo-continuous", {}),
    "tscale": ("tscale", {}),
    "uhf_bb_7e": ("uhf-bb7e", {}),
    "weightronix_e1010": ("weightronix", {}),
    "weightronix_wi110": ("weightronix", {}),
    "wiegand26": ("wiegand", {}),
    "yaohua_a12_ww": ("yaohua-a12", {}),
    "yaohua_a12e": ("yaohua-a12e", {}),
    "yaohua_a9_continuous": ("yaohua-continuous", {}),
    "yaohua_a9_continuous_dtu_prefixed": ("yaohua-continuous", {}),
    "yaohua_eq_format1_low_first": ("yaohua-eq", {"format": "1"}),
    "yaohua_eq_format2_high_first": ("yaohua-eq", {"format": "2"}),
    "yaohua_eq_reversed_dtu_prefixed": ("yaohua-eq", {"format": "1"}),
    "yaohua_eq_trailing": ("yaohua-eq", {"format": "trailing"}),
}
"""The sources' names for protocols, and ours with its options."""


BLIND: Final = {
    "fairbanks_short_40": "a frame that lost a byte",  # is as long as one without the blank
}
"""What a protocol cannot tell from a frame when it comes first on a line."""


def named(case: Case) -> str:
    return str(case["id"])


FRAMES = [case for case in RECORDED if case["kind"] != "command"]
COMMANDS = [case for case in RECORDED if case["kind"] == "command"]
every_frame = pytest.mark.parametrize("case", FRAMES, ids=named)


def said(case: Case, pieces: list[bytes]) -> list[dict[str, object]]:
    """What the decoder says, in the public form; states without a number apart from weights."""
    protocol, options = OURS[case["protocol"]]
    make = reader_decoder if protocol in READERS else scale_decoder
    codec: Any = make(protocol, options)
    found = [*fed(codec, pieces), *codec.finish()]
    return [reading_json(one) for one in found if isinstance(one, Reading | TagSeen)]


def expected(case: Case) -> list[dict[str, object]]:
    """What the case's source says, in the public form."""
    return [{name: value for name, value in case["expect"].items() if name != "accept"}]


def check(case: Case, found: list[dict[str, object]]) -> None:
    """Compare with what is expected of a frame that stands alone."""
    if case["expect"]["accept"]:
        assert found == expected(case)
    else:
        assert [one for one in found if one.get("weight") or one.get("tag")] == []
        states = [case["expect"]["state"]] if "state" in case["expect"] else []
        assert [one["state"] for one in found] == states


@every_frame
def test_it_is_read_whole(case: Case) -> None:
    check(case, said(case, [bytes.fromhex(case["hex"])]))


@every_frame
def test_it_is_read_byte_by_byte(case: Case) -> None:
    check(case, said(case, one_by_one(bytes.fromhex(case["hex"]))))


@every_frame
def test_it_is_read_in_the_midst_of_rubbish(case: Case) -> None:
    frame = bytes.fromhex(case["hex"])
    for name, noise in rubbish(frame).items():
        if name == BLIND.get(case["protocol"]):
            continue
        line = noise + frame + frame + noise + frame + frame + noise
        for pieces in ([line], one_by_one(line)):
            found = [one for one in said(case, pieces) if one.get("weight") or one.get("tag")]
            if case["expect"]["accept"]:
                assert len(found) >= 2, name
                assert all([one] == expected(case) for one in found), name
            else:
                assert found == [], name


@every_frame
def test_the_command_line_says_the_same(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    protocol, options = OURS[case["protocol"]]
    with suppress(typer.Exit):  # it ends so where nothing was understood
        decode_bytes(protocol, [f"{name}={value}" for name, value in options.items()], case["hex"])
    check(case, [json.loads(line) for line in capsys.readouterr().out.splitlines()])


def test_every_protocol_of_the_sources_is_known() -> None:
    assert {case["protocol"] for case in FRAMES} <= set(OURS)


def reading(first: int, count: int) -> bytes:
    return framed(1, Query(1, 3, first, count).pdu, "rtu")


def rtu(request: ModbusPDU) -> bytes:
    """The bytes that the box's Modbus library sends."""
    return FramerRTU(DecodePDU(is_server=True)).buildFrame(request)


def relay_pulse(channel: int, pulse_ms: int) -> bytes:
    address, tenths = pulse(channel, pulse_ms)
    request = Pulse(address=address, bits=[True], dev_id=1)
    request.tenths = tenths
    return rtu(request)


def coil(address: int, *, on: bool) -> bytes:
    return rtu(WriteSingleCoilRequest(address=address, bits=[on], dev_id=1))


ASKED: Final[Mapping[str, Callable[[], bytes]]] = {
    "016": lambda: command_frame("A", "A"),
    "017": lambda: scale_decoder("yaohua-command", {"value": "gross"}).request,
    "018": lambda: scale_decoder("yaohua-command", {"value": "tare"}).request,
    "019": lambda: scale_decoder("yaohua-command", {"value": "net"}).request,
    "020": lambda: command_frame("1", "E"),
    "021": lambda: command_frame("1", "F"),
    "022": lambda: command_frame("A", "A"),
    "023": lambda: command_frame("A", "0"),
    "104": lambda: reading(0, 2),
    "105": lambda: reading(2, 1),
    "106": lambda: reading(3, 2),
    "107": lambda: write_request(1, 8, b"\0\2"),
    "108": lambda: write_request(1, 10, (5_000).to_bytes(4)),
    "109": lambda: reading(2, 2),
    "110": lambda: reading(4, 2),
    "111": lambda: reading(6, 2),
    "112": lambda: reading(8, 2),
    "113": lambda: reading(0x50, 2),
    "116": lambda: coil(0, on=True),
    "117": lambda: coil(0, on=False),
    "118": lambda: coil(0xFF, on=True),
    "119": lambda: relay_pulse(0, 700),
    "120": lambda: relay_pulse(1, 800),
    "121": lambda: rtu(WriteMultipleCoilsRequest(address=0, bits=[True] * 8, dev_id=1)),
    "131": lambda: UhfBb7e().request,
    "132": lambda: UhfBb7e(rounds=65_535).request,
}


@pytest.mark.parametrize("case", COMMANDS, ids=named)
def test_what_is_asked_with_is_made_byte_for_byte(case: Case) -> None:
    assert ASKED[case["id"][:3]]() == bytes.fromhex(case["hex"])
