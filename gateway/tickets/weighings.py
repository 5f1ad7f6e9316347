"""Weights: decided when recorded, booked when the truck is released with them."""

from collections.abc import Mapping
from uuid import UUID

from edge.messages import Action, TruckReleased, WeighingCompleted
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.hints import Hint
from gateway.records.service import Applied
from gateway.tickets.book import Crossing, write_step
from gateway.tickets.judging import JudgedWeighing, Weighed, judge_weighing
from gateway.tickets.matching import CloseTicket, OrderFacts, ReleaseTruck
from gateway.tickets.record_context import RecordContext, RecordRefused, outcome_of
from gateway.tickets.settling import Queued, queue_settlement
from gateway.tickets.stops import Stop, update_stop


def on_weighed(context: RecordContext, record: WeighingCompleted) -> Applied:
    """Keep the weight with its stop and say whether the truck may leave with it."""
    stop = context.stop_of(record, record.stop_id)
    _check_weighable(stop, record)
    weighed = Weighed(stop, record.weight_kg, context.now_ms)
    judged = judge_weighing(context.connection, weighed, context.rules.limits)
    action, reason = outcome_of(judged.answer)
    values = {
        "weighing_event_id": str(record.event_id),
        "weight_kg": record.weight_kg,
        "weighed_ms": context.happened_ms(record),
        "weighing_action": action.value,
        "reason": reason,
        "order_id": judged.order.order_id if judged.order else stop.order_id,
        "state": "held" if action is Action.HOLD else "weighed",
    }
    if not stop.plate_read and stop.plate in {one.plate for one in record.pictures if one.plate}:
        values["plate_read"] = stop.plate  # what was missed at the entry was read on the deck
    hint = update_stop(context.connection, stop, values)
    command = context.command(record, record.stop_id, action, reason)
    return Applied(commands=(command,), hints=(hint,))


def _check_weighable(stop: Stop, record: WeighingCompleted) -> None:
    if stop.is_over:
        raise RecordRefused("stop_over")
    if stop.weighing_event_id is not None:
        raise RecordRefused("stop_already_weighed")
    if stop.tag != record.tag:
        raise RecordRefused("card_changed")


def on_released(context: RecordContext, record: TruckReleased) -> Applied:
    """Book the weighing; a release that no decision covers is judged now, and held if it fails."""
    stop = context.stop_of(record, record.stop_id)
    if stop.weighing_event_id != str(record.weighing_id):
        raise RecordRefused("weighing_unknown")
    if stop.is_over:
        raise RecordRefused("stop_over")
    released = {"released_ms": context.happened_ms(record), "released_by": record.decided_by}
    judged = judge_released(context, stop, overruled=stop.may_be_released)
    if isinstance(judged.answer, ReleaseTruck) and judged.order is not None:
        return book(context, stop, (judged.order, judged.answer), released | {"state": "released"})
    _, reason = outcome_of(judged.answer)
    held = update_stop(context.connection, stop, released | {"state": "held", "reason": reason})
    detail = f"{stop.plate or stop.tag} left with {stop.weight_kg} kg: {reason}"
    context.raise_alarm(record, AlarmKind.RELEASED_UNMATCHED, detail, stop.stop_id)
    return Applied(hints=(held,))


def judge_released(context: RecordContext, stop: Stop, *, overruled: bool) -> JudgedWeighing:
    """Judge the weight that a truck left with. What was decided then is not asked again."""
    if stop.weight_kg is None:
        raise ValueError(f"stop {stop.stop_id} was released but has no weight")
    weighed = Weighed(stop, stop.weight_kg, context.now_ms, overruled=overruled)
    return judge_weighing(context.connection, weighed, context.rules.limits)


def book(
    context: RecordContext,
    stop: Stop,
    matched: tuple[OrderFacts, ReleaseTruck],
    values: Mapping[str, object],
) -> Applied:
    """Write the ticket's step and, when the trip is over, queue it for settlement."""
    order, release = matched
    crossing = _crossing(stop)
    ticket_id, ticket = write_step(
        context.connection, order, release.step, crossing, context.now_ms
    )
    booked = {"ticket_id": str(ticket_id), "order_id": order.order_id, "reason": None}
    hint = update_stop(context.connection, stop, {**values, **booked})
    queued = _settle(context, release, ticket_id)
    hints: tuple[Hint, ...] = (hint, ticket, *queued.hints)
    return Applied(hints=hints, queued=queued.is_queued)


def _crossing(stop: Stop) -> Crossing:
    if stop.weighing_event_id is None or stop.weight_kg is None or stop.weighed_ms is None:
        raise ValueError(f"stop {stop.stop_id} has no weighing to book")
    event_id = UUID(stop.weighing_event_id)
    return Crossing(stop.yard_id, event_id, stop.weight_kg, stop.weighed_ms)


def _settle(context: RecordContext, release: ReleaseTruck, ticket_id: UUID) -> Queued:
    step = release.step
    if not isinstance(step, CloseTicket) or step.purpose == "loading":
        return Queued(is_queued=False)
    return queue_settlement(context.connection, ticket_id, context.rules.links, context.now_ms)
