"""What the pytest fixtures do: one call starts one device, with plain words for everything."""

from collections.abc import Mapping

from simulators.bench import Bench, On, Socket
from simulators.indicator import IndicatorModel
from simulators.lane import Equipment
from simulators.panel import E_KG, MAX_KG, Range, Unit
from simulators.reader import ReaderModel
from simulators.running import RunningLane, RunningReader, RunningScale
from simulators.uart import UartSettings


def start_scale(  # noqa: PLR0913  each argument is a word of the fixture
    bench: Bench,
    protocol: str = "yaohua-continuous",
    *,
    on: On = "pty",
    line: str | None = None,
    e_kg: int = E_KG,
    max_kg: int = MAX_KG,
    unit: Unit = "kg",
    rate_hz: float = 10.0,
    options: Mapping[str, object] | None = None,
) -> RunningScale:
    """Start an indicator that shows 0; ValueError says what it cannot be.

    `line` such as `2400 7E1` is the protocol's usual one by default; `options` are the protocol's.
    """
    model = IndicatorModel(protocol, options or {}, Range(e_kg, max_kg, unit), _settings(line))
    return bench.scale(model, Socket(on), rate_hz=rate_hz)


def start_reader(  # noqa: PLR0913  as above
    bench: Bench,
    protocol: str = "em4100",
    *,
    on: On = "pty",
    line: str | None = None,
    rate_hz: float = 10.0,
    options: Mapping[str, object] | None = None,
) -> RunningReader:
    """Start a reader with no card before it; ValueError says what it cannot be."""
    model = ReaderModel(protocol, options or {}, _settings(line))
    return bench.reader(model, Socket(on), rate_hz=rate_hz)


def start_lane(  # noqa: PLR0913  as above
    bench: Bench,
    scale: str = "yaohua-continuous",
    reader: str = "em4100",
    *,
    on: On = "pty",
    unit: Unit = "kg",
    speed: float = 20.0,
    scale_options: Mapping[str, object] | None = None,
    reader_options: Mapping[str, object] | None = None,
) -> RunningLane:
    """Start a lane; `speed` is how much faster than in life its trucks drive."""
    equipment = Equipment(
        IndicatorModel(scale, scale_options or {}, Range(unit=unit)),
        ReaderModel(reader, reader_options or {}),
    )
    return bench.lane(equipment, on, speed=speed)


def _settings(line: str | None) -> UartSettings | None:
    return None if line is None else UartSettings.parse(line)
