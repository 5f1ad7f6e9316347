"""What the doctor says of an indicator's weights: their steps, and what it says of motion."""

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Final

from edge.commissioning.finding import Finding, bad, ok, warn
from edge.commissioning.findings import shown_text
from edge.config import ScaleSettings
from edge.devices.readings import BadFrame, Reading
from edge.devices.scales import SCALES
from edge.lane.weight import OFF_STEP, finer_step_kg, to_kilograms

READINGS_MIN: Final = 5

_FIXES: Final[Mapping[str, str]] = {
    "unit_differs_from_setting": "set scale.unit to what the indicator displays",
}
_TYPE_PLATE: Final = "set scale.e_kg and scale.unit as on the type plate"


def weight_finding(readings: Sequence[Reading], scale: ScaleSettings) -> Finding:
    """Judge the last reading, or one before it that no lane would take."""
    judged = [
        (one, to_kilograms(one, scale.unit, scale.e_kg, accept_net=scale.accept_net))
        for one in readings
    ]
    refused = [(one, kg) for one, kg in judged if isinstance(kg, BadFrame)]
    reading, weight = refused[-1] if refused else judged[-1]
    shown = f"shows {shown_text(reading)}"
    if isinstance(weight, BadFrame):
        return bad("scale weight", f"{shown}: {weight.reason}", _fix(reading, weight, scale))
    if weight is None:
        return warn("scale weight", shown, "clear what the indicator reports")
    if abs(weight.kg) * 2 > scale.e_kg:
        return warn("scale weight", f"{shown}: not at zero", "clear the deck, zero the indicator")
    if not weight.usable:
        return warn(
            "scale weight",
            f"{shown}: in motion or net",
            "wait until it is still; clear the tare (scale.accept_net where all it says is net)",
        )
    return ok("scale weight", shown)


def motion_finding(readings: Sequence[Reading], protocol: str) -> Finding | None:
    """Compare what the indicator says of motion with its weights; None if it says nothing of it.

    Two seconds cannot prove that it is right, so the installer is asked to look.
    """
    moving = [one for one in readings if one.weight is not None and one.stable is not None]
    said = {bool(one.stable) for one in moving}
    weights = {one.weight for one in moving}
    if not said:
        return None
    options = signature(SCALES[protocol].make).parameters
    turn = 'set scale.options motion = "inverted"' if "motion" in options else "see its manual"
    fix = f"watch `taigan-edge tail`, deck still and moved; if it is the wrong way round, {turn}"
    if len(readings) >= READINGS_MIN and said == {True} and len(weights) > 1:
        return warn("scale motion", "says stable while the weight changes", fix)
    if len(readings) >= READINGS_MIN and said == {False} and len(weights) == 1:
        return warn("scale motion", "says moving while the weight stands still", fix)
    told = " and ".join("stable" if one else "moving" for one in sorted(said, reverse=True))
    return ok("scale motion", f"says {told}: watch `taigan-edge tail` while somebody steps on")


def _fix(reading: Reading, weight: BadFrame, scale: ScaleSettings) -> str:
    assert reading.weight is not None
    step = finer_step_kg(reading.weight, scale.unit, scale.e_kg)
    if weight.reason == OFF_STEP and step is not None:
        return (
            f"finer than the display (steps of {step:f} kg, e is {scale.e_kg} kg): switch off the"
            f" indicator's expanded or high resolution output; if there is none, {_TYPE_PLATE}"
        )
    return _FIXES.get(weight.reason, _TYPE_PLATE)
