"""What the gateway says, in one place: on the lane's display and in the console. Pure.

A display shows one short line; the driver reads it from the cab.
"""

from typing import Final, Literal

from edge.messages import Action

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

Text = dict[Language, str]


def _text(zh: str, en: str) -> Text:
    return {"zh": zh, "en": en}


ACTIONS: Final[dict[Action, Text]] = {
    Action.ADMIT: _text("请上磅", "Drive on"),
    Action.RELEASE: _text("请下磅", "Drive off"),
    Action.REFUSE: _text("请退出", "Please back out"),
    Action.HOLD: _text("请等候", "Please wait"),
}

REASONS: Final[dict[str, Text]] = {
    # The card, the truck and its order.
    "card_unknown": _text("卡未登记", "Card not registered"),
    "card_blocked": _text("卡已停用", "Card is blocked"),
    "vehicle_blocked": _text("车辆已停用", "Truck is blocked"),
    "driver_blocked": _text("司机已停用", "Driver is blocked"),
    "already_on_another_lane": _text("车辆在其他磅上", "Truck is on another lane"),
    "no_order": _text("没有派单", "No order for this truck"),
    "order_complete": _text("派单已完成", "Order is complete"),
    "wrong_yard": _text("场站不符", "Wrong yard"),
    "contract_suspended": _text("合同已暂停", "Contract is suspended"),
    "contract_not_yet_valid": _text("合同未生效", "Contract not yet valid"),
    "contract_expired": _text("合同已到期", "Contract has expired"),
    # The plate.
    "plate_missing": _text("未见车牌", "No plate was seen"),
    "plate_unread": _text("车牌无法识别", "Plate could not be read"),
    "plate_mismatch": _text("车牌与卡不符", "Plate is not the card's"),
    "held_by_dispatcher": _text("请等待调度", "Wait for the dispatcher"),
    "foreign_card": _text("出示过其他车的卡", "Another card was shown"),
    # The weight.
    "scale_range": _text("重量超出量程", "Outside the scale's range"),
    "weight_not_multiple_of_e": _text("重量与分度不符", "Weight not on the scale's steps"),
    "overweight": _text("超载,请卸货", "Overweight, unload some"),
    "tare_implausible": _text("皮重异常", "Empty weight is unusual"),
    "net_not_positive": _text("净重不足", "No load weighed"),
    "net_below_minimum": _text("净重过低", "Load is too small"),
    "load_wrong_way": _text("重量变化与装卸不符", "Load went the wrong way"),
    # A truck that has left, when records came later.
    "superseded": _text("已重新过磅", "Weighed again"),
    "set_aside": _text("不计入任何车次", "Set aside"),
    "after_settlement": _text("结算后才收到", "Came after settlement"),
    "awaiting_records": _text("等待过磅记录", "Awaiting records"),
    # What the lane reports.
    "zero_not_ready": _text("磅未归零", "Scale is not at zero"),
    "scale_silent": _text("仪表无数据", "Scale is silent"),
    "scale_overload": _text("仪表显示超载", "Scale shows overload"),
    "scale_underload": _text("仪表显示欠载", "Scale shows underload"),
    "scale_error": _text("仪表显示错误", "Scale shows an error, no weight"),
    "scale_frozen": _text("仪表读数不变", "Scale does not move"),
    "beam_blocked": _text("光电一直被挡", "Photocell stays blocked"),
    "decision_timeout": _text("系统无应答", "No answer from the gateway"),
    "offline_not_allowed": _text("离线不可过磅", "Not allowed while offline"),
    "lane_never_heard": _text("从未收到数据", "Was never heard"),
    "lane_not_heard": _text("收不到数据", "Is not heard"),
    "lane_full_disk": _text("存储已满", "Storage is full"),
    "plc_silent": _text("道闸控制器无应答", "Barrier control is silent"),
    "journal_fork": _text("记录本冲突", "Journal conflict"),
    "hold_timeout": _text("等待调度超时", "Nobody decided in time"),
    "other_card": _text("换了另一张卡", "Another card was shown"),
    "truck_gone": _text("车辆已离开", "Truck had left the entry"),
    "card_not_shown": _text("未再次刷卡", "Card was not shown again"),
    "drive_on_timeout": _text("超时未上磅", "Did not drive on in time"),
    "left_deck": _text("车辆自行离开", "Left the deck by itself"),
    "lane_restarted": _text("磅道设备重启", "The lane's box restarted"),
    "offline_orders_expired": _text("离线派单已过期", "Offline orders have expired"),
    "offline_cap_reached": _text("离线次数已用完", "Offline limit reached"),
    "pulse_refused": _text("道闸控制器不支持点动", "Relay board refuses pulses"),
    "barrier_raised": _text("道闸被手动抬起", "Barrier was raised by hand"),
    "barrier_stuck": _text("道闸不到位", "Barrier does not move"),
    "display_lost": _text("显示屏断开", "Display is lost"),
    "speaker_lost": _text("语音播报故障", "Loudspeaker is silent"),
    "printer_lost": _text("打印机故障", "Slip printer is not ready"),
    "reader_lost": _text("读卡器断开", "Card reader is lost"),
    "reader_unreadable": _text("读卡器数据无法识别", "Reader's cards cannot be read"),
    "camera_lost": _text("车牌相机断开", "Plate camera is lost"),
    "camera_clock": _text("车牌相机时间不准", "Plate camera's clock is wrong"),
    "pictures_not_kept": _text("照片无法保存", "Pictures cannot be stored"),
    "deck_taken": _text("磅台上有未放行车辆", "Deck taken by a truck not let on"),
    "deck_not_empty": _text("磅台不空", "Something stands on the deck"),
    "journal_damaged": _text("记录库损坏", "Journal was damaged"),
    "deck_empty_after_restart": _text("断电后磅台已空", "Gone after a power cut"),
    "other_weight_after_restart": _text("断电后重量不符", "Another weight after a power cut"),
    "weighing_timeout": _text("称重超时", "Weighing took too long"),
    # What became of a stop or of a record.
    "dispatcher": _text("调度决定", "Dispatcher's decision"),
    "lane_moved_on": _text("磅道已换车", "Lane went on without it"),
    "seen_elsewhere": _text("车辆已到其他磅道", "Came to another lane"),
    "journal_replaced": _text("磅道换了新记录本", "Lane began a new journal"),
    "ended_by_person": _text("已人工结束", "Ended by a person"),
    "left_without_release": _text("未放行离开", "Left without release"),
    "stop_unknown": _text("停车记录不存在", "Stop is unknown"),
    "stop_repeated": _text("停车记录重复", "Stop was begun twice"),
    "stop_over": _text("停车已结束", "Stop is over"),
    "stop_already_weighed": _text("已称过重", "Stop was weighed already"),
    "card_changed": _text("称重时卡已更换", "Another card was weighed"),
    "weighing_unknown": _text("称重记录不符", "Names another weighing"),
    "void_after_release": _text("放行后不可作废", "Voided after its release"),
    "chain_broken": _text("记录链中断", "Chain of records is broken"),
}


def reason_text(reason: str) -> Text:
    """Return what `reason` means; a lane of another version may send one that is unknown here."""
    return REASONS.get(reason) or _text(reason, reason.replace("_", " "))


def say(action: Action, reason: str | None) -> Text:
    """Return the one line that a lane shows with a command."""
    if reason is None or action in {Action.ADMIT, Action.RELEASE}:
        return ACTIONS[action]
    return reason_text(reason)
