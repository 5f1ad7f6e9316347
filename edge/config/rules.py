"""When the lane believes a weight, and how long it waits."""

from typing import Self

from pydantic import Field, model_validator

from taigan.settings import Section


class Rules(Section):
    """How long the lane waits, and when it believes a weight. Times are on the monotonic clock."""

    frames_min: int = Field(default=5, ge=5, le=50)
    stable_ms_min: int = Field(default=600, ge=400, le=4_000)
    """A weight needs at least this many equal frames over at least this long. 600 ms sees a whole
    swing of a loaded suspension (1.7 Hz and up), so that its trough is not taken for the weight."""
    loaded_kg_min: int = Field(default=500, gt=0)
    """From this weight on a truck counts as on the deck."""
    empty_kg_max: int = Field(default=200, ge=0)
    """Up to this weight the deck counts as empty after a truck (mud, snow); it is recorded."""
    zero_kg_max: int | None = Field(default=None, ge=0)
    """Limit of zero before a truck is admitted; by default half a division."""
    zero_ms_min: int = Field(default=300, ge=0, le=4_000)
    silent_ms: int = Field(default=2_000, ge=200, le=10_000)
    """Without a frame for this time nothing is stable and no weight is shown."""
    out_of_service_ms: int = Field(default=10_000, ge=1_000, le=120_000)
    card_absent_ms: int = Field(default=3_000, ge=200, le=60_000)
    """A card that was not read for this time was taken away; the next read presents it again."""
    card_fresh_ms: int = Field(default=10_000, ge=1_000, le=600_000)
    """An admission that comes later than this after the card was last read does not open: the card
    is asked for again. Longer than `decision_ms`, or every offline admission asks for it."""
    card_again_ms: int = Field(default=60_000, ge=1_000, le=600_000)
    """How long the card is waited for then."""
    truck_change_ms: int = Field(default=5_000, ge=0, le=60_000)
    """No two trucks change places before the entry in less: until then, another card is of the same
    truck."""
    tag_unique_ms: int = Field(default=1_000, ge=0, le=30_000)
    """For readers with a long range: a tag counts after being the only one for this time."""
    ask_again_ms: int = Field(default=2_000, ge=200, le=60_000)
    decision_ms: int = Field(default=5_000, ge=200, le=600_000)
    """If the gateway has not decided by then, the lane decides alone, where it may."""
    give_up_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    """If nothing was decided by then, the truck is turned away."""
    hold_ms: int = Field(default=1_800_000, ge=1_000, le=86_400_000)
    drive_on_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    weighing_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    beams_clear_ms: int = Field(default=1_000, ge=0, le=10_000)
    """If both photocells are clear for this time, the truck is on. A trailer's gap is shorter."""
    passage_ms: int = Field(default=1_500, ge=0, le=10_000)
    """An entry beam that is blocked for less is a person's: for longer, it is a truck's."""
    deck_taken_ms: int = Field(default=10_000, ge=1_000, le=600_000)
    """A truck that stands on the deck of an idle lane for this time is asked to back out."""
    leave_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)
    refusal_ms: int = Field(default=5_000, ge=0, le=600_000)
    """How long a refusal stays on the display before the next card counts."""
    barrier_ms: int = Field(default=8_000, ge=200, le=120_000)
    """If a barrier has not reached its limit input by then, it gets another pulse."""
    barrier_tries: int = Field(default=3, ge=1, le=10)
    lower_raised_arm: bool = False
    """Lower an arm that went up without an order, once its photocell is clear. Somebody raised it,
    and the photocell does not see all that may stand under it."""
    plate_fresh_ms: int = Field(default=120_000, ge=1_000, le=3_600_000)
    """A plate that was read longer ago does not belong to the card that is presented now."""
    plate_wait_ms: int = Field(default=1_500, ge=0, le=10_000)
    """How long a card waits for the plate of its truck, unless the gateway wants no plates."""
    plate_stale_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)
    """An event older than this by the camera's clock is a repeat, or the clock is wrong."""
    plate_ahead_ms: int = Field(default=60_000, ge=1_000, le=3_600_000)

    @model_validator(mode="after")
    def _empty_is_below_loaded(self) -> Self:
        if self.empty_kg_max >= self.loaded_kg_min:
            raise ValueError("empty_kg_max must be below loaded_kg_min")
        return self
