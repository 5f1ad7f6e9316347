"""Checks of what has no port of its own: relay board, broker, voice; cameras stand apart."""

import shlex
import shutil
import struct
from collections.abc import Iterator
from typing import Final

from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge.commissioning.check_box import is_running
from edge.commissioning.check_cameras import check_cameras
from edge.commissioning.check_gateway_key import check_gateway_key
from edge.commissioning.check_pulse import check_pulse
from edge.config import PlcSettings, Settings
from edge.io.modbus_plc import INPUT_NAMES, BadPlcSource, modbus_client
from taigan.broker import BrokerSettings
from taigan.broker_trouble import broker_trouble
from taigan.check_broker import check_tls, utc_now
from taigan.finding import Finding, bad, ok, warn
from taigan.mqtt_hello import BrokerRefused, say_hello

_TROUBLE: Final = (ModbusException, OSError, ValueError, IndexError, struct.error)
"""What pymodbus raises for a lost line, and for an answer that is not Modbus."""


def check_network(settings: Settings) -> Iterator[Finding]:
    """Check everything that has no port of its own."""
    running = is_running(settings)
    plc = _plc(settings.plc, running=running)
    yield plc
    if plc.level != "fail" and not running:  # a running box says itself when a pulse is refused
        yield from check_pulse(settings.plc)
    yield from _broker(settings)
    yield from check_cameras(settings, running=running)
    if settings.voice is not None:
        yield _player(settings.voice.command)


def _plc(plc: PlcSettings, *, running: bool) -> Finding:
    """Read the inputs once."""
    if running and not plc.source.startswith("tcp://"):
        return ok("plc", f"{plc.source}: in use by a running box, not asked")
    try:
        values = read_inputs(plc)
    except BadPlcSource as error:
        return bad("plc", str(error), "correct plc.source")
    except _TROUBLE as error:
        return bad("plc", f"{plc.source}: {error}", "check power, address, line and plc.unit_id")
    told = ", ".join(f"{name} {int(value)}" for name, value in values.items())
    blocked = [name for name in ("entry_beam", "exit_beam") if not values[name]]
    if blocked:
        beams = " and ".join(blocked)
        return warn("plc", told, f"{beams}: blocked, cut, or wired normally open?")
    return ok("plc", told)


def read_inputs(plc: PlcSettings) -> dict[str, bool]:
    """Return the wired inputs as they read on the wire; raises what pymodbus raises."""
    wired = {name: getattr(plc.inputs, name) for name in INPUT_NAMES}
    channels = {name: channel for name, channel in wired.items() if channel is not None}
    first, last = min(channels.values()), max(channels.values())
    client = modbus_client(plc.source)
    try:
        if not client.connect():
            raise ModbusException("cannot connect")
        ask = client.read_coils if plc.input_function == 1 else client.read_discrete_inputs
        unit = plc.unit_id if plc.input_unit_id is None else plc.input_unit_id
        answer: ModbusPDU = ask(first, count=last - first + 1, device_id=unit)
    finally:
        client.close()  # type: ignore[no-untyped-call]  # pymodbus left it without types
    if answer.isError():
        raise ModbusException(f"device answered {answer}")
    return {name: bool(answer.bits[channel - first]) for name, channel in channels.items()}


def _broker(settings: Settings) -> Iterator[Finding]:
    mqtt = settings.mqtt
    if mqtt.tls is not None:
        files = list(check_tls(mqtt.tls, utc_now()))
        yield from files
        if any(one.level == "fail" for one in files):
            return  # with such files nobody lets us in
    try:
        protected = say_hello(mqtt, f"doctor-{settings.yard}-{settings.lane}")
    except (BrokerRefused, OSError) as error:
        yield broker_trouble(mqtt, error)
    else:
        yield _reached(mqtt, f"{mqtt.host}:{mqtt.port}: logged in, {protected}")
        yield check_gateway_key(settings)


def _reached(mqtt: BrokerSettings, told: str) -> Finding:
    if mqtt.tls is None and mqtt.host not in {"127.0.0.1", "::1", "localhost"}:
        return warn("broker", told, "add [mqtt.tls]: the password crosses the network in clear")
    return ok("broker", told)


def _player(command: str) -> Finding:
    program = shlex.split(command)[0]
    if shutil.which(program) is None:
        return bad("voice", f"{program}: no such program", "install it (aplay: alsa-utils)")
    return ok("voice", command)
