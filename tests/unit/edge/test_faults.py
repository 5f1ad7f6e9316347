"""Device faults are on record once when they come and once when they are over."""

from collections.abc import Mapping
from typing import Any

from edge.lane.faults import CLEAR_AFTER_MS, FaultBook
from tests.unit.edge.lanes import STOP_ID

SILENT = {"scale": "scale_silent"}


def update(book: FaultBook, wrong: Mapping[str, str], now_ms: int) -> list[tuple[Any, ...]]:
    writes = book.update(wrong, now_ms, lambda: STOP_ID)
    for write in writes:
        device, reason = str(write.content["device"]), str(write.content["reason"])
        book.note(device, reason, now_ms, raised=write.content["state"] == "raised")
    return [tuple(write.content.values()) for write in writes]


def test_a_fault_that_lasts_is_written_once() -> None:
    book = FaultBook()
    assert update(book, SILENT, 0) == [("scale", "raised", "scale_silent")]
    assert update(book, SILENT, 60_000) == []


def test_a_fault_is_over_when_the_device_stayed_well() -> None:
    book = FaultBook()
    update(book, SILENT, 0)
    assert update(book, {}, 1_000) == []
    assert update(book, SILENT, 2_000) == []
    assert update(book, {}, 3_000) == []
    assert update(book, {}, 3_000 + CLEAR_AFTER_MS) == [("scale", "cleared", "scale_silent")]
    assert update(book, {}, 90_000) == []


def test_another_reason_ends_the_first_and_is_raised_next() -> None:
    book = FaultBook()
    update(book, SILENT, 0)
    other = {"scale": "zero_not_ready"}
    assert update(book, other, CLEAR_AFTER_MS) == [("scale", "cleared", "scale_silent")]
    assert update(book, other, CLEAR_AFTER_MS + 1) == [("scale", "raised", "zero_not_ready")]


def test_a_reason_that_changes_to_and_fro_is_one_fault() -> None:
    book = FaultBook()
    update(book, SILENT, 0)
    for now_ms in range(2_000, 600_000, 2_000):
        assert update(book, {"scale": "zero_not_ready"} if now_ms % 4_000 else SILENT, now_ms) == []


def test_a_device_that_comes_and_goes_has_to_stay_well_for_ever_longer() -> None:
    """A loose cable must not fill the journal, nor people's screens."""
    book = FaultBook()
    written = [
        update(book, SILENT if now_ms % 30_000 < 15_000 else {}, now_ms)
        for now_ms in range(0, 86_400_000, 1_000)
    ]
    assert sum(map(len, written)) < 8
    assert update(book, {}, 87_000_000) == [("scale", "cleared", "scale_silent")]
    assert update(book, SILENT, 88_000_000) == [("scale", "raised", "scale_silent")]
    update(book, {}, 88_001_000)
    assert len(update(book, {}, 88_001_000 + CLEAR_AFTER_MS)) == 1


def test_a_fault_that_was_not_written_comes_up_again() -> None:
    book = FaultBook()
    assert len(book.update(SILENT, 0, lambda: STOP_ID)) == 1
    assert len(book.update(SILENT, 1, lambda: STOP_ID)) == 1


def test_after_a_restart_a_fault_on_record_is_still_open() -> None:
    book = FaultBook(SILENT)
    assert update(book, SILENT, 0) == []
    update(book, {}, 1)
    assert update(book, {}, 9_999) == [("scale", "cleared", "scale_silent")]
