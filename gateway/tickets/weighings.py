"""Weights: decided when recorded, booked when the truck is released with them."""

from dataclasses import replace
from typing import Any

from edge.messages import Action, ClockQuality, TruckReleased, WeighingCompleted
from gateway.records.service import Applied
from gateway.tickets.book import hold_released, leave_out, rebook
from gateway.tickets.facts import find_carrier, registered_cards
from gateway.tickets.judging import judge_weighing, objection_of
from gateway.tickets.matching import match_cards, match_late_plate
from gateway.tickets.reasons import Reason
from gateway.tickets.record_context import RecordContext, RecordRefused, outcome_of
from gateway.tickets.stops import Stop, update_stop


def on_weighed(context: RecordContext, record: WeighingCompleted) -> Applied:
    """Keep the weight with its stop and say whether the truck may leave with it."""
    stop = context.stop_of(record, record.stop_id)
    _check_weighable(stop, record)
    weighing: dict[str, Any] = {
        "weighing_event_id": str(record.event_id),
        "weighing_seq": record.seq,
        "weight_kg": record.weight_kg,
        "weighed_ms": context.happened_ms(record, stop),
        "is_synced": record.clock is ClockQuality.SYNCED,
        "objection": stop.objection or _objection_to_sights(context, stop, record),
    }
    weighed = replace(stop, weighing_epoch=record.epoch, told_ms=context.now_ms, **weighing)
    judged = judge_weighing(context.connection, weighed, context.view())
    action, reason = outcome_of(judged.answer)
    values = {
        "weighing_action": action.value,
        "reason": reason,
        "order_id": judged.order.order_id if judged.order else stop.order_id,
        "state": "held" if action is Action.HOLD else "weighed",
        "plate_read": stop.plate_read or _read_later(stop, record),
    }
    hint = update_stop(context.connection, stop, weighing | values)
    command = context.command(record, record.stop_id, action, reason)
    return Applied(commands=(command,), hints=(hint,))


def _objection_to_sights(
    context: RecordContext, stop: Stop, record: WeighingCompleted
) -> Reason | None:
    """Return what speaks against its being this card's truck that is on the deck."""
    seen = record.cards_seen or ()
    registered = registered_cards(context.connection, (card.tag for card in seen))
    held = match_cards(stop.tag, seen, registered)
    if held is None and stop.plate is not None and not stop.plate_read:
        policy = context.rules.plates.of(stop.yard_id, stop.lane_id)
        held = match_late_plate(stop.plate, _plates_at_entry(record), policy)
    return None if held is None else held.reason


def _plates_at_entry(record: WeighingCompleted) -> tuple[str, ...]:
    return tuple(seen.text for seen in record.plates_seen or () if seen.text)


def _read_later(stop: Stop, record: WeighingCompleted) -> str | None:
    """Return the plate that was missed at the card, if a camera read it later.

    Rather the right one. On the deck, where a trailer's is read as well, only the right one counts.
    """
    at_entry = _plates_at_entry(record)
    on_deck = {picture.plate for picture in record.pictures}
    if stop.plate in {*at_entry, *on_deck}:
        return stop.plate
    return next(iter(at_entry), stop.plate_read)


def _check_weighable(stop: Stop, record: WeighingCompleted) -> None:
    if stop.is_over:
        raise RecordRefused("stop_over")
    if stop.weighing_event_id is not None:
        raise RecordRefused("stop_already_weighed")
    if stop.tag != record.tag:
        raise RecordRefused("card_changed")


def on_released(context: RecordContext, record: TruckReleased) -> Applied:
    """Book the weighing, with whatever else is known of the truck's trip."""
    stop = context.stop_of(record, record.stop_id)
    if stop.weighing_event_id != str(record.weighing_id):
        raise RecordRefused("weighing_unknown")
    if stop.is_over:
        raise RecordRefused("stop_over")
    values: dict[str, Any] = {
        "released_ms": context.happened_ms(record, stop),
        "released_by": record.decided_by,
        "heard_ms": context.now_ms,
        "state": "released",
    }
    hint = update_stop(context.connection, stop, values)
    booked = book_released(context, replace(stop, released_ms=values["released_ms"]))
    return replace(booked, hints=(hint, *booked.hints))


def book_released(context: RecordContext, stop: Stop) -> Applied:
    """Judge the weight that a truck left with, and book all that its vehicle has weighed."""
    carrier = find_carrier(context.connection, stop.tag)
    vehicle_id = stop.vehicle_id or (carrier.vehicle_id if carrier else None)
    objection = objection_of(context.connection, stop, context.rules.limits)
    found = {"vehicle_id": vehicle_id, "objection": objection}
    hint = update_stop(context.connection, stop, found)
    if vehicle_id is None and stop.is_set_aside:
        return Applied(hints=(hint, leave_out(context, stop)))
    if vehicle_id is None:
        return Applied(hints=(hint, hold_released(context, stop, Reason.CARD_UNKNOWN)))
    return rebook(context, vehicle_id, told=stop.stop_id)
