"""What staff read."""

from typing import Any

import pytest

from gateway.notify.messages import ITEMS_MAX, AlarmNotice, notice_of
from gateway.records.alarm_kinds import AlarmKind

AT_MS = 1_760_000_000_000
ROW = {
    "id": "a",
    "kind": "lane_fault",
    "yard_id": "mine",
    "lane_id": "mine-in",
    "subject": "scale",
    "detail": "scale_silent",
    "count": 3,
    "first_ms": AT_MS,
    "resolved_ms": None,
    "resolved_by": None,
    "resolved_reason": None,
}


def row(kind: AlarmKind = AlarmKind.LANE_FAULT, **changed: Any) -> Any:
    return ROW | {"kind": kind.value} | changed


def test_it_says_in_both_languages_what_is_wrong_where_and_what_to_do() -> None:
    notice = notice_of([("opened", row())], AT_MS + 1)
    assert AlarmNotice.model_validate_json(notice.model_dump_json()) == notice
    assert notice.data.text == {
        "zh": "新报警:\n[重要] 设备故障 mine/mine-in 仪表无数据 \u00d73",
        "en": "New:\n[major] A device has failed mine/mine-in Scale is silent \u00d73",
    }
    (told,) = notice.data.alarms
    assert (told.severity, told.actor, told.blocks) == ("major", "technician", None)
    assert all(words.todo for words in told.words.values())


def test_the_worst_comes_first_and_what_is_over_last() -> None:
    changed: list[Any] = [
        ("closed", row(AlarmKind.PAYOUT_MANUAL, detail="N1", resolved_ms=AT_MS)),
        ("opened", row(AlarmKind.PLATE_MISSING)),
        ("still_open", row(AlarmKind.ZERO_OFF)),
        ("opened", row(AlarmKind.OUTBOX_STUCK)),
    ]
    kinds = [told.kind for told in notice_of(changed, 1).data.alarms]
    assert kinds == ["outbox_stuck", "plate_missing", "zero_off", "payout_manual"]


def test_a_flood_is_cut_and_says_so() -> None:
    notice = notice_of([("opened", row()) for _ in range(ITEMS_MAX + 7)], 1)
    assert (len(notice.data.alarms), notice.data.more) == (ITEMS_MAX, 7)
    assert notice.data.text["en"].endswith("and 7 more")
    assert notice.data.text["zh"].endswith("另有 7 条")


@pytest.mark.parametrize("detail", ["N1 蒙K00001 张三 ¥1.00: failed", "after 3, before 5"])
def test_a_detail_that_is_no_reason_is_told_as_it_is(detail: str) -> None:
    assert detail in notice_of([("opened", row(detail=detail))], 1).data.text["zh"]
