"""Weights: decided when recorded, booked when the truck is released with them."""

from collections.abc import Mapping
from uuid import UUID

from edge.messages import Action, TruckReleased, WeighingCompleted
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.changes import Change
from gateway.records.service import Applied
from gateway.tickets.book import Crossing, write_step
from gateway.tickets.judging import JudgedWeighing, Weighed, judge_weighing
from gateway.tickets.matching import CloseTicket, Order, Release
from gateway.tickets.settling import Queued, queue_settlement
from gateway.tickets.stops import Stop, update_stop
from gateway.tickets.work import Unfit, Work, outcome_of


def on_weighed(work: Work, record: WeighingCompleted) -> Applied:
    """Keep the weight with its stop and say whether the truck may leave with it."""
    stop = work.stop_of(record, record.stop_id)
    _check_weighable(stop, record)
    weighed = Weighed(stop, record.weight_kg, work.now_ms)
    judged = judge_weighing(work.connection, weighed, work.rules.limits)
    action, reason = outcome_of(judged.answer)
    values = {
        "weighing_event_id": str(record.event_id),
        "weight_kg": record.weight_kg,
        "weighed_ms": work.happened_ms(record),
        "weighing_action": action.value,
        "reason": reason,
        "order_id": judged.order.order_id if judged.order else stop.order_id,
        "state": "held" if action is Action.HOLD else "weighed",
    }
    if not stop.plate_read and stop.plate in {one.plate for one in record.pictures if one.plate}:
        values["plate_read"] = stop.plate  # what was missed at the entry was read on the deck
    change = update_stop(work.connection, stop, values)
    command = work.command(record, record.stop_id, action, reason)
    return Applied(commands=(command,), changes=(change,))


def _check_weighable(stop: Stop, record: WeighingCompleted) -> None:
    if stop.is_over:
        raise Unfit("stop_over")
    if stop.weighing_event_id is not None:
        raise Unfit("stop_already_weighed")
    if stop.tag != record.tag:
        raise Unfit("card_changed")


def on_released(work: Work, record: TruckReleased) -> Applied:
    """Book the weighing; a release that no decision covers is judged now, and held if it fails."""
    stop = work.stop_of(record, record.stop_id)
    if stop.weighing_event_id != str(record.weighing_id):
        raise Unfit("weighing_unknown")
    if stop.is_over:
        raise Unfit("stop_over")
    released = {"released_ms": work.happened_ms(record), "released_by": record.decided_by}
    judged = judge_released(work, stop, overruled=stop.may_be_released)
    if isinstance(judged.answer, Release) and judged.order is not None:
        return book(work, stop, (judged.order, judged.answer), released | {"state": "released"})
    _, reason = outcome_of(judged.answer)
    held = update_stop(work.connection, stop, released | {"state": "held", "reason": reason})
    detail = f"{stop.plate or stop.tag} left with {stop.weight_kg} kg: {reason}"
    alarm = work.alarm(record, AlarmKind.RELEASED_UNMATCHED, detail, stop.stop_id)
    return Applied(changes=(held, alarm))


def judge_released(work: Work, stop: Stop, *, overruled: bool) -> JudgedWeighing:
    """Judge the weight that a truck left with. What was decided then is not asked again."""
    if stop.weight_kg is None:
        raise ValueError(f"stop {stop.stop_id} was released but has no weight")
    weighed = Weighed(stop, stop.weight_kg, work.now_ms, overruled=overruled)
    return judge_weighing(work.connection, weighed, work.rules.limits)


def book(
    work: Work, stop: Stop, matched: tuple[Order, Release], values: Mapping[str, object]
) -> Applied:
    """Write the ticket's step and, when the trip is over, queue it for settlement."""
    order, release = matched
    crossing = _crossing(stop)
    ticket_id, ticket = write_step(work.connection, order, release.step, crossing, work.now_ms)
    booked = {"ticket_id": str(ticket_id), "order_id": order.order_id, "reason": None}
    change = update_stop(work.connection, stop, {**values, **booked})
    queued = _settle(work, release, ticket_id)
    changes: tuple[Change, ...] = (change, ticket, *queued.changes)
    return Applied(changes=changes, queued=queued.is_queued)


def _crossing(stop: Stop) -> Crossing:
    if stop.weighing_event_id is None or stop.weight_kg is None or stop.weighed_ms is None:
        raise ValueError(f"stop {stop.stop_id} has no weighing to book")
    event_id = UUID(stop.weighing_event_id)
    return Crossing(stop.yard_id, event_id, stop.weight_kg, stop.weighed_ms)


def _settle(work: Work, release: Release, ticket_id: UUID) -> Queued:
    step = release.step
    if not isinstance(step, CloseTicket) or step.purpose == "loading":
        return Queued(is_queued=False)
    return queue_settlement(work.connection, ticket_id, work.rules.links, work.now_ms)
