"""What staff read."""

from typing import Any

import pytest

from gateway.notify.messages import ITEMS_MAX, AlarmNotice
from gateway.notify.messages import notice_of as notice_of_rows
from gateway.records.alarm_kinds import AlarmKind
from gateway.registry.places import Place

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

MINE_IN = Place(yard_id="mine", lane_id="mine-in", yard_name="北山煤矿", lane_name="进场磅")
MINE_NEW = Place(yard_id="mine", lane_id="mine-new", yard_name="北山煤矿")
HILL_1 = Place(yard_id="hill", lane_id="hill-1", yard_name="hill", lane_name="hill-1")
NAMED = {(one.yard_id, one.lane_id): one for one in (MINE_IN, MINE_NEW, HILL_1)}


def notice_of(changed: list[Any], now_ms: int) -> AlarmNotice:
    return notice_of_rows(changed, NAMED, now_ms)


def row(kind: AlarmKind = AlarmKind.LANE_FAULT, **changed: Any) -> Any:
    return ROW | {"kind": kind.value} | changed


def test_it_says_in_both_languages_what_is_wrong_where_and_what_to_do() -> None:
    notice = notice_of([("opened", row())], AT_MS + 1)
    assert AlarmNotice.model_validate_json(notice.model_dump_json()) == notice
    assert notice.data.text == {
        "zh": f"新报警:\n[重要] 设备故障 {MINE_IN.words} 仪表无数据 \u00d73",
        "en": f"New:\n[major] A device has failed {MINE_IN.words} Scale is silent \u00d73",
    }
    assert MINE_IN.words == "北山煤矿 进场磅 (mine/mine-in)"
    (told,) = notice.data.alarms
    assert (told.severity, told.actor, told.blocks) == ("major", "technician", None)
    assert all(words.todo for words in told.words.values())


def test_a_lane_that_is_not_registered_is_named_as_far_as_it_is_known() -> None:
    unknown = {"yard_id": None, "lane_id": None, "subject": "mine/mine-new", "detail": "x"}
    notice = notice_of([("opened", row(AlarmKind.LANE_UNKNOWN, count=1, **unknown))], 1)
    assert notice.data.alarms[0].place == MINE_NEW
    assert notice.data.text["zh"].endswith(" 北山煤矿 mine-new (mine/mine-new) x")


def test_a_lane_that_nobody_has_named_is_told_once() -> None:
    nameless = row(yard_id="hill", lane_id="hill-1", count=1)
    assert " hill/hill-1 " in notice_of([("opened", nameless)], 1).data.text["en"]


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
