"""The relay board: photocells and limit switches in, barriers and lights out."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from edge.config.values import Source
from taigan.settings import Section

Channel = Annotated[int, Field(ge=0, le=255)]
OptionalChannel = Annotated[
    Channel | None,
    BeforeValidator(
        lambda value: None if value == "none" else value,
        json_schema_input_type=Channel | Literal["none"],
    ),
]


class _Channels(Section):
    @property
    def channels(self) -> list[int]:
        """What is wired, lowest first."""
        return sorted(one for one in self.model_dump().values() if one is not None)

    @model_validator(mode="after")
    def _each_has_its_own(self) -> Self:
        """Refuse one channel with two names: one pulse would open both barriers."""
        if len(set(self.channels)) < len(self.channels):
            raise ValueError(f"each needs a channel of its own, got {self.channels}")
        return self


class PlcInputs(_Channels):
    """Discrete inputs. Photocells are wired normally closed: 1 = clear, 0 = blocked or cut."""

    entry_beam: Channel = 0
    exit_beam: Channel = 1
    entry_open_limit: OptionalChannel = 2
    exit_open_limit: OptionalChannel = 3
    """`"none"` where no limit switch is wired: then the relay board's answer is believed."""


class PlcOutputs(_Channels):
    entry_open: Channel = 0
    entry_close: Channel = 1
    exit_open: Channel = 2
    exit_close: Channel = 3
    entry_green: Channel = 4
    exit_green: Channel = 5
    entry_red: OptionalChannel = None
    exit_red: OptionalChannel = None
    """Of lights with two lamps: lit whenever the green one is not."""

    @property
    def barriers(self) -> list[int]:
        """Return the channels that move a barrier."""
        return [self.entry_open, self.entry_close, self.exit_open, self.exit_close]


Invertible = Literal[
    "entry_green", "exit_green", "entry_red", "exit_red", "entry_open_limit", "exit_open_limit"
]
"""Barriers are not among them: their relays rest open, so that a board without power moves nothing.
Photocells neither: a cut wire would read as clear."""


class PlcSettings(Section):
    source: Source
    unit_id: int = Field(default=1, ge=0, le=255)
    input_unit_id: int | None = Field(default=None, ge=0, le=255)
    """Where the inputs are on a board of their own on the same line."""
    input_function: Literal[1, 2] = 2
    """The Modbus function that reads the inputs: 2, or 1 on boards that show them as coils."""
    inverted: tuple[Invertible, ...] = ()
    """Lamps that are lit while their relay is off, limits that read 1 while not open."""
    pulse: Literal["fc05", "fc16", "coil"] = "fc05"
    """How a barrier's relay is closed for a moment. `fc05`: function 05 at 0200h + channel; `fc16`:
    function 16 at register 3 + 5 x channel; both timed by the board. `coil`: on and off by the box,
    for boards that know nothing else: a box that dies in between leaves the relay closed."""
    pulse_ms: int = Field(default=500, ge=100, le=10_000, multiple_of=100)
    poll_ms: int = Field(default=40, ge=5, le=500)
    debounce_ms: int = Field(default=100, ge=0, le=1000)
    inputs: PlcInputs = PlcInputs()
    outputs: PlcOutputs = PlcOutputs()

    @model_validator(mode="after")
    def _what_is_inverted_is_wired(self) -> Self:
        wired = self.inputs.model_dump() | self.outputs.model_dump()
        for name in self.inverted:
            if wired[name] is None:
                raise ValueError(f"inverted: {name} is not wired")
        return self

    @model_validator(mode="after")
    def _no_input_is_an_output(self) -> Self:
        """Refuse to read the box's own relays: a green light would pass for a clear photocell."""
        own_board = self.input_unit_id in {None, self.unit_id}
        shared = {*self.inputs.channels} & {*self.outputs.channels}
        if self.input_function == 1 and own_board and shared:
            raise ValueError(f"input_function 1 reads coils, and {sorted(shared)} are outputs")
        return self
