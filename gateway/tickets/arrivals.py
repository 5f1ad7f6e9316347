"""Trucks that come and go: arrived, refused, left, and weighings that came to nothing."""

from collections.abc import Iterable
from typing import Final

from edge.messages import (
    LaneFault,
    PlatePolicy,
    Record,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    WeighingVoided,
    plate_doubt,
)
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.hints import Hint
from gateway.records.service import Applied
from gateway.tickets.commands import Place
from gateway.tickets.facts import find_scale
from gateway.tickets.judging import JudgedArrival, judge_arrival
from gateway.tickets.matching import AdmitTruck, HoldTruck, match_plate
from gateway.tickets.record_context import RecordContext, RecordRefused, outcome_of
from gateway.tickets.stops import (
    GivenUp,
    find_stop,
    give_up,
    insert_stop,
    stops_at,
    update_stop,
)

_UNRELEASED: Final = "left_without_release"


def on_arrived(context: RecordContext, record: TruckArrived) -> Applied:
    """Begin a stop and say whether the truck may drive on."""
    if find_stop(context.connection, record.stop_id) is not None:
        raise RecordRefused("stop_repeated")
    hints = _end_earlier_stops(context, record)
    place = Place(record.yard, record.lane, record.stop_id)
    judged = judge_arrival(context.connection, place, record.tag, context.view())
    hints += _give_up(context, judged.left_over, GivenUp.SEEN_ELSEWHERE)
    doubt = _doubt_of_plate(context, record, judged)
    held = doubt if isinstance(judged.answer, AdmitTruck) else None
    action, reason = outcome_of(held or judged.answer)
    begun = insert_stop(
        context.connection,
        {
            "stop_id": str(record.stop_id),
            "yard_id": record.yard,
            "lane_id": record.lane,
            "tag": record.tag,
            "plate": judged.carrier.plate if judged.carrier else None,
            "vehicle_id": judged.carrier.vehicle_id if judged.carrier else None,
            "plate_read": (record.plate.text or "") if record.plate else None,
            "order_id": _order_id(judged.answer),
            "state": "held" if held else "arrived",
            "arrival_event_id": str(record.event_id),
            "arrived_ms": context.happened_ms(record),
            "arrival_action": action.value,
            "reason": reason,
            # Kept whatever the answer was: what counts must not depend on what was known then.
            "objection": None if doubt is None else doubt.reason,
        },
    )
    _check_zero(context, record, record.zero_before_kg)
    if not held:
        _follow_doubts(context, record, judged)
    command = context.command(record, record.stop_id, action, reason)
    return Applied(commands=(command,), hints=(*hints, begun))


def _doubt_of_plate(
    context: RecordContext, record: TruckArrived, judged: JudgedArrival
) -> HoldTruck | None:
    if judged.carrier is None:
        return None
    policy = context.rules.plates.of(record.yard, record.lane)
    return match_plate(judged.carrier.plate, record.plate, policy)


def _follow_doubts(context: RecordContext, record: TruckArrived, judged: JudgedArrival) -> None:
    """Raise an alarm for a plate that should have been read, until one is read here again."""
    if judged.carrier is None or not isinstance(judged.answer, AdmitTruck):
        return
    if context.rules.plates.of(record.yard, record.lane) is PlatePolicy.OFF:
        return
    doubt = plate_doubt(judged.carrier.plate, record.plate)
    if doubt is not None:
        context.raise_alarm(record, AlarmKind(doubt), judged.carrier.plate)
        return
    for kind in (AlarmKind.PLATE_MISSING, AlarmKind.PLATE_UNREAD):
        context.resolve_alarm(record, kind)


def on_refused(context: RecordContext, record: TruckRefused) -> Applied:
    """End a stop whose truck was turned away; a lane may refuse before there was a stop."""
    stop = find_stop(context.connection, record.stop_id)
    if stop is None:
        return Applied()
    stop = context.stop_of(record, record.stop_id)
    if stop.is_over:
        raise RecordRefused("stop_over")
    ended = {"state": "refused", "reason": record.reason}
    return Applied(hints=(update_stop(context.connection, stop, ended),))


def on_left(context: RecordContext, record: TruckLeft) -> Applied:
    """Note how long it took and where the zero is; a truck that left unreleased is an alarm."""
    stop = context.stop_of(record, record.stop_id)
    if stop.left_ms is not None:
        raise RecordRefused("stop_over")
    values: dict[str, int | str | None] = {
        "left_ms": context.happened_ms(record, stop),
        "zero_after_kg": record.zero_after_kg,
        "cycle_ms": record.cycle_ms,
        "admit_ms": record.admit_ms,
        "release_ms": record.release_ms,
    }
    _check_zero(context, record, record.zero_after_kg)
    if stop.state in {"weighed", "held"} and stop.released_ms is None:
        detail = f"{stop.plate or stop.tag} left with {stop.weight_kg} kg"
        context.raise_alarm(record, AlarmKind.LEFT_WITHOUT_RELEASE, detail, stop.stop_id)
        values |= {"state": "left", "reason": _UNRELEASED}
    elif stop.state in {"arrived", "released"}:
        values |= {"state": "left"}
    return Applied(hints=(update_stop(context.connection, stop, values),))


def on_voided(context: RecordContext, record: WeighingVoided) -> Applied:
    """Take back a weighing whose truck is gone; never after its release. Somebody must look."""
    stop = context.stop_of(record, record.stop_id)
    if stop.weighing_event_id != str(record.weighing_id):
        raise RecordRefused("weighing_unknown")
    if stop.released_ms is not None:
        raise RecordRefused("void_after_release")
    voided = {"state": "voided", "reason": record.reason}
    is_gone = record.reason == _UNRELEASED
    kind = AlarmKind.LEFT_WITHOUT_RELEASE if is_gone else AlarmKind.WEIGHING_VOIDED
    detail = f"{stop.plate or stop.tag}, {stop.weight_kg} kg: {record.reason}"
    context.raise_alarm(record, kind, detail, stop.stop_id)
    return Applied(hints=(update_stop(context.connection, stop, voided),))


def on_fault(context: RecordContext, record: LaneFault) -> Applied:
    """Raise or resolve the alarm of a device."""
    if record.state == "raised":
        context.raise_alarm(record, AlarmKind.LANE_FAULT, record.reason, record.device)
    else:
        context.resolve_alarm(record, AlarmKind.LANE_FAULT, record.device)
    return Applied()


def _order_id(answer: object) -> str | None:
    return answer.order.order_id if isinstance(answer, AdmitTruck) else None


def _end_earlier_stops(context: RecordContext, record: TruckArrived) -> list[Hint]:
    """Give up what the lane never ended: it serves one truck at a time, so its journal was lost.

    Or this record is from the journal of a box that was replaced, and what is open is of the new.
    """
    earlier = stops_at(context.connection, record.yard, record.lane)
    return _give_up(context, [stop.stop_id for stop in earlier], GivenUp.LANE_MOVED_ON)


def begin_journal(context: RecordContext, record: Record) -> list[Hint]:
    """Give up what a lane has open when it begins a new journal: the box that knew it is gone."""
    if record.seq > 1:
        return []
    known = stops_at(context.connection, record.yard, record.lane)
    return _give_up(context, [stop.stop_id for stop in known], GivenUp.JOURNAL_REPLACED)


def _give_up(context: RecordContext, stop_ids: Iterable[str], why: GivenUp) -> list[Hint]:
    hints = (give_up(context.connection, stop_id, why) for stop_id in sorted(stop_ids))
    return [hint for hint in hints if hint is not None]


def _check_zero(
    context: RecordContext, record: TruckArrived | TruckLeft, zero_kg: int | None
) -> None:
    """Raise an alarm while the empty scale is off; a zero that is not known changes nothing."""
    if zero_kg is None:
        return
    e_kg = find_scale(context.connection, record.yard, record.lane).e_kg
    if abs(zero_kg) > context.rules.zero_limit_e * e_kg:
        detail = f"empty scale shows {zero_kg} kg, e is {e_kg} kg"
        context.raise_alarm(record, AlarmKind.ZERO_OFF, detail)
    else:
        context.resolve_alarm(record, AlarmKind.ZERO_OFF)
