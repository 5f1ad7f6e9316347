"""Plate and card must agree: what each policy does with each plate, on both databases."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action, Picture, PlateRead, SeenCard, SeenPlate, Verdict
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import Decision, book_held_stop, command_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import START_MS, TAG, add_truck, record_in

PLATE, OTHER = "蒙K00001", "蒙K00007"
AT = datetime.fromtimestamp(START_MS / 1000, UTC)
HOLD, ADMIT = Action.HOLD, Action.ADMIT


def seen(text: str | None) -> PlateRead:
    return PlateRead(text=text, camera="front", camera_at=AT, age_ms=500)


def gateway_with(engine: Engine, policy: str) -> Gateway:
    return Gateway(engine, plates={"policy": policy})


def arrive(gateway: Gateway, plate: PlateRead | None, lane: str = "mine-in") -> Any:
    return gateway.decision(gateway.lane(lane).arrived(uuid4(), plate=plate))


@pytest.mark.parametrize(
    ("policy", "plate", "decision"),
    [
        ("required", seen(PLATE), (ADMIT, None)),
        ("required", seen(OTHER), (HOLD, "plate_mismatch")),
        ("required", seen(None), (HOLD, "plate_unread")),
        ("required", None, (HOLD, "plate_missing")),
        ("preferred", seen(PLATE), (ADMIT, None)),
        ("preferred", seen(OTHER), (HOLD, "plate_mismatch")),
        ("preferred", seen(None), (ADMIT, None)),
        ("preferred", None, (ADMIT, None)),
        ("off", seen(OTHER), (ADMIT, None)),
        ("off", None, (ADMIT, None)),
    ],
)
def test_each_policy_answers_each_plate(
    engine: Engine, policy: str, plate: PlateRead | None, decision: tuple[Action, str | None]
) -> None:
    gateway = gateway_with(engine, policy)
    assert arrive(gateway, plate) == decision
    stop = gateway.row(stops)
    assert stop["plate"] == PLATE
    assert stop["plate_read"] == (None if plate is None else plate.text or "")
    assert stop["state"] == ("held" if decision[0] is HOLD else "arrived")


def test_a_lane_may_have_a_policy_of_its_own(engine: Engine) -> None:
    at = {"mine": "required", "mine/mine-out": "off"}
    gateway = Gateway(engine, plates={"policy": "preferred", "at": at})
    assert arrive(gateway, None, "mine-out") == (ADMIT, None)
    assert arrive(gateway, None, "mine-in")[0] is Action.REFUSE  # it has a stop at mine-out
    policies = [gateway.settings.plates.of(*lane) for lane in (("mine", "x"), ("plant", "x"))]
    assert policies == ["required", "preferred"]


def test_a_truck_that_is_turned_away_anyway_is_not_held_for_its_plate(engine: Engine) -> None:
    gateway = gateway_with(engine, "required")
    unknown = gateway.lane("mine-in").arrived(uuid4(), "FFFF", plate=seen(OTHER))
    assert gateway.decision(unknown) == (Action.REFUSE, "card_unknown")


@pytest.mark.parametrize(
    ("plate", "alarm"), [(None, "plate_missing"), (seen(None), "plate_unread")]
)
def test_a_camera_that_reads_nothing_is_an_alarm_until_it_reads(
    engine: Engine, plate: PlateRead | None, alarm: str
) -> None:
    gateway = gateway_with(engine, "preferred")
    arrive(gateway, plate)
    assert gateway.alarms() == [alarm]
    arrive(gateway, plate)
    assert gateway.alarms() == [alarm]
    arrive(gateway, seen(PLATE))
    assert gateway.alarms() == []


def test_without_a_policy_nothing_is_alarmed(engine: Engine) -> None:
    gateway = gateway_with(engine, "off")
    arrive(gateway, None)
    assert gateway.alarms() == []


def test_a_dispatcher_lets_a_held_truck_in_and_its_weight_counts(engine: Engine) -> None:
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    arrived = lane.arrived(stop_id, plate=seen(None))
    assert gateway.decision(arrived) == (HOLD, "plate_unread")
    assert gateway.decision(arrived) == (HOLD, "plate_unread")
    with engine.begin() as connection:
        decision = Decision(stop_id, ADMIT, "seen_on_site", "li")
        command_stop(connection, decision, Times(START_MS, 30_000))
    assert gateway.row(stops)["state"] == "arrived"
    weighed = lane.weighed(stop_id, 16_000)
    assert gateway.decision(weighed) == (Action.RELEASE, None)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id))
    assert gateway.row(tickets)["first_kg"] == 16_000


def test_a_truck_that_was_held_and_left_all_the_same_is_not_booked(engine: Engine) -> None:
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(OTHER)))
    weighed = lane.weighed(stop_id, 16_000)
    assert gateway.decision(weighed) == (HOLD, "plate_mismatch")
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    stop = gateway.row(stops)
    assert (stop["state"], stop["reason"]) == ("held", "plate_mismatch")
    assert gateway.rows(tickets) == []
    assert gateway.alarms() == ["released_unmatched"]


def test_a_person_may_book_it_after_looking_at_the_pictures(engine: Engine) -> None:
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(OTHER)))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    with engine.begin() as connection:
        book_held_stop(connection, stop_id, "li", TicketRules.of(gateway.settings), START_MS)
    assert gateway.row(tickets)["first_kg"] == 16_000
    assert gateway.alarms() == []


def test_a_refused_truck_leaves_the_list_of_held_ones(engine: Engine) -> None:
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=None))
    assert gateway.verdict(lane.refused(stop_id, "hold_timeout")) is Verdict.ACCEPTED
    assert gateway.row(stops)["state"] == "refused"


def test_a_plate_that_is_read_on_the_deck_is_shown_with_the_stop(engine: Engine) -> None:
    gateway = gateway_with(engine, "preferred")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(None)))
    trailer, rear = (
        Picture(camera="rear", at=AT, sha256="ab" * 32, plate=text) for text in ("蒙K777挂", PLATE)
    )
    gateway.receive(lane.weighed(stop_id, 16_000, pictures=(trailer, rear)))
    assert gateway.row(stops)["plate_read"] == PLATE


def test_another_plate_behind_the_deck_is_only_evidence(engine: Engine) -> None:
    """A semi-trailer has a plate of its own."""
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(PLATE)))
    trailer = Picture(camera="rear", at=AT, sha256=None, plate="蒙K777挂")
    weighed = lane.weighed(stop_id, 16_000, pictures=(trailer,))
    assert gateway.decision(weighed) == (Action.RELEASE, None)
    assert gateway.row(stops)["plate_read"] == PLATE


@pytest.mark.parametrize("action", [HOLD, Action.REFUSE])
def test_a_dispatcher_who_does_not_let_it_in_does_not_lift_the_doubt(
    engine: Engine, action: Action
) -> None:
    """The lane was out of reach by then, and let it in by an older list of orders."""
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(OTHER)))
    with engine.begin() as connection:
        decision = Decision(stop_id, action, "dispatcher", "li")
        command_stop(connection, decision, Times(START_MS, 30_000))
    weighed = lane.weighed(stop_id, 16_000)
    assert gateway.decision(weighed) == (HOLD, "held_by_dispatcher")
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert gateway.rows(tickets) == []
    assert gateway.alarms() == ["released_unmatched"]


def test_another_plate_at_the_entry_stays_with_the_stop_even_if_the_right_one_is_read_later(
    engine: Engine,
) -> None:
    gateway = gateway_with(engine, "required")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=seen(OTHER)))
    both = tuple(Picture(camera="front", at=AT, sha256=None, plate=one) for one in (PLATE, OTHER))
    gateway.receive(lane.weighed(stop_id, 16_000, pictures=both))
    assert gateway.row(stops)["plate_read"] == OTHER


def late(text: str) -> dict[str, Any]:
    read = SeenPlate(text=text, confidence=90, camera="front", camera_at=AT, since_arrival_ms=4000)
    return {"plates_seen": (read,)}


@pytest.mark.parametrize("arrival", [None, seen(None)])
def test_a_plate_that_comes_after_the_card_is_judged(
    engine: Engine, arrival: PlateRead | None
) -> None:
    gateway = gateway_with(engine, "preferred")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=arrival))
    weighed = lane.weighed(stop_id, 16_000, **late(OTHER))
    assert gateway.decision(weighed) == (HOLD, "plate_mismatch")
    assert gateway.row(stops)["plate_read"] == OTHER
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert (gateway.row(stops)["state"], gateway.rows(tickets)) == ("held", [])


def test_the_right_plate_may_come_after_the_card(engine: Engine) -> None:
    gateway = gateway_with(engine, "preferred")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, plate=None))
    assert gateway.decision(lane.weighed(stop_id, 16_000, **late(PLATE))) == (Action.RELEASE, None)
    assert gateway.row(stops)["plate_read"] == PLATE


def test_a_truck_before_which_another_card_was_shown_is_not_booked(engine: Engine) -> None:
    gateway = gateway_with(engine, "off")
    with engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    cards = tuple(
        SeenCard(tag=tag, reader="gate", is_shown=True, reads=1, first_ms=0, last_ms=1)
        for tag in (TAG, "BBBBBBBB")
    )
    weighed = lane.weighed(stop_id, 16_000, cards_seen=cards)
    assert gateway.decision(weighed) == (HOLD, "foreign_card")
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert (gateway.row(stops)["reason"], gateway.rows(tickets)) == ("foreign_card", [])
    with engine.begin() as connection:
        book_held_stop(connection, stop_id, "li", TicketRules.of(gateway.settings), START_MS)
    assert gateway.row(tickets)["first_kg"] == 16_000
