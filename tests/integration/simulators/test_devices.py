"""The simulated devices on real wires, read by other people's clients."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import serial  # type: ignore[import-untyped]  # it ships without types
from pymodbus.client import AsyncModbusTcpClient

from edge.devices.readers.em4100 import Em4100
from edge.devices.scales.yaohua import YaohuaContinuous
from simulators.chance import seeded
from simulators.deck import Beams
from simulators.gates import ENTRY_GREEN, ENTRY_OPEN, Arm, GateBoard
from simulators.indicator import Indicator, IndicatorModel
from simulators.lines import PtyLine, TcpLine
from simulators.panel import Range, Unit
from simulators.plc import Plc
from simulators.reader import CardReader, ReaderModel


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(bounded())


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  the device tells nobody when it changes
        await asyncio.sleep(0.001)


def weights(data: bytes) -> list[str]:
    return [str(getattr(found, "weight", found)) for found in YaohuaContinuous().feed(data)]


@pytest.mark.parametrize(("unit", "shown"), [("kg", "48560"), ("t", "48.560")])
def test_a_serial_port_reads_the_indicators_frames(tmp_path: Path, unit: Unit, shown: str) -> None:
    async def test() -> None:
        line = PtyLine(tmp_path / "scale")
        await line.plug_in()
        with serial.Serial(line.source, 9600, timeout=2, exclusive=True) as port:
            model = IndicatorModel(range=Range(unit=unit))
            Indicator(model, lambda _: line, seeded(1)).send(48_563.0)
            assert weights(port.read(12)) == [shown]
        line.unplug()

    run(test)


def test_bytes_that_nobody_reads_are_dropped_and_never_block(tmp_path: Path) -> None:
    async def test() -> None:
        line = PtyLine(tmp_path / "scale")
        await line.plug_in()
        for number in range(20_000):
            line.send(b"%012d" % number)
        with serial.Serial(line.source, 9600, timeout=0.2) as port:
            assert len(port.read(5000)) < 2000
            line.send(b"after")
            assert port.read(5000).endswith(b"after")
        line.unplug()

    run(test)


def test_a_pulled_plug_is_noticed_and_the_name_comes_back(tmp_path: Path) -> None:
    async def test() -> None:
        line = PtyLine(tmp_path / "scale")
        await line.plug_in()
        with serial.Serial(line.source, 9600, timeout=1) as port:
            line.unplug()
            with pytest.raises(serial.SerialException):
                port.read(1)
        line.send(b"into the void")
        line.unplug()
        await line.plug_in()
        with serial.Serial(line.source, 9600, timeout=1) as port:
            line.send(b"again")
            assert port.read(5) == b"again"
        line.unplug()

    run(test)


def test_a_display_on_a_serial_line_gets_what_was_written(tmp_path: Path) -> None:
    async def test() -> None:
        received = bytearray()
        line = PtyLine(tmp_path / "display", received.extend)
        await line.plug_in()
        with serial.Serial(line.source, 9600) as port:
            port.write("请上磅\r\n".encode())
            await until(lambda: received.endswith(b"\r\n"))
        assert received.decode() == "请上磅\r\n"
        line.unplug()

    run(test)


def test_a_card_is_sent_while_it_is_presented() -> None:
    async def test() -> None:
        line = TcpLine(0)
        await line.plug_in()
        host, port = line.source.removeprefix("socket://").split(":")
        stream, writer = await asyncio.open_connection(host, int(port))
        await until(lambda: line.has_reader)
        reader = CardReader(ReaderModel(), lambda _: line, seeded(1))
        reader.send()
        reader.present("0100630A01")
        reader.send()
        reader.send()
        reader.remove()
        reader.send()
        found = Em4100().feed(await stream.readexactly(28))
        writer.close()
        assert [getattr(tag, "tag", None) for tag in found] == ["0100630A01"] * 2
        line.unplug()

    run(test)


def test_a_pulled_network_plug_ends_the_connection_and_the_port_comes_back() -> None:
    async def test() -> None:
        line = TcpLine(0)
        await line.plug_in()
        source = line.source
        host, port = source.removeprefix("socket://").split(":")
        stream, writer = await asyncio.open_connection(host, int(port))
        await until(lambda: line.has_reader)
        line.unplug()
        assert await stream.read(1) == b""
        writer.close()
        await line.plug_in()
        assert line.source == source
        line.unplug()

    run(test)


@asynccontextmanager
async def a_plc(plc: Plc) -> AsyncIterator[AsyncModbusTcpClient]:
    await plc.plug_in()
    host, port = plc.source.removeprefix("tcp://").split(":")
    client = AsyncModbusTcpClient(host, port=int(port), timeout=2, retries=0)
    assert await client.connect()
    yield client
    client.close()
    await plc.unplug()


def a_board() -> GateBoard:
    return GateBoard(Arm(0.05), Arm(0.05))


def test_a_modbus_client_reads_photocells_and_limits() -> None:
    async def test() -> None:
        plc = Plc(a_board(), lambda _: Beams(entry_blocked=True))
        async with a_plc(plc) as client:
            inputs = await client.read_discrete_inputs(0, count=8, device_id=1)
            assert inputs.bits[:6] == [False, True, False, False, True, True]

    run(test)


def test_a_cut_wire_reads_as_an_open_contact() -> None:
    async def test() -> None:
        plc = Plc(a_board(), lambda _: Beams())
        plc.cut_wires.add(1)
        async with a_plc(plc) as client:
            inputs = await client.read_discrete_inputs(0, count=2, device_id=1)
            assert inputs.bits[:2] == [True, False]

    run(test)


def test_a_light_is_switched_and_read_back() -> None:
    async def test() -> None:
        async with a_plc(Plc(a_board(), lambda _: Beams())) as client:
            answer = await client.write_coil(ENTRY_GREEN, True, device_id=1)  # noqa: FBT003
            assert not answer.isError()
            coils = await client.read_coils(0, count=8, device_id=1)
            assert coils.bits[ENTRY_GREEN]

    run(test)


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("0102000000060105020000 07", "0102000000060105020000 07"),
        ("010200000006010502000000", "0102000000030185 03"),
        ("0102000000060105000000 07", "0102000000030185 03"),
        ("010200000006010503000007", "0102000000030185 02"),
    ],
    ids=["pulse", "pulse of nothing", "half on", "no such relay"],
)
def test_the_board_answers_as_the_manual_says(request_hex: str, answer_hex: str) -> None:
    async def test() -> None:
        plc = Plc(a_board(), lambda _: Beams())
        async with a_plc(plc):
            host, port = plc.source.removeprefix("tcp://").split(":")
            stream, writer = await asyncio.open_connection(host, int(port))
            writer.write(bytes.fromhex(request_hex))
            expected = bytes.fromhex(answer_hex)
            assert await stream.readexactly(len(expected)) == expected
            assert plc.board.entry.opened_times == (request_hex == answer_hex)
            writer.close()

    run(test)


def test_a_pulse_opens_the_arm_that_it_belongs_to() -> None:
    async def test() -> None:
        plc = Plc(a_board(), lambda _: Beams())
        loop = asyncio.get_running_loop()
        plc.board.write(0x0200 + ENTRY_OPEN, 5, loop.time(), Beams())
        await until(lambda: plc.board.entry.is_open(loop.time()))
        async with a_plc(plc) as client:
            inputs = await client.read_discrete_inputs(0, count=4, device_id=1)
            assert inputs.bits[2:4] == [True, False]

    run(test)
