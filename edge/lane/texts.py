"""What the lane's display says without the gateway, in both languages."""

from typing import Final

from edge.lane.effects import Texts

STATE_TEXTS: Final[dict[str, Texts]] = {
    "starting": {"zh": "系统启动中 请稍候", "en": "Starting, please wait"},
    "idle": {"zh": "请刷卡", "en": "Present your card"},
    "out_of_service": {"zh": "暂停服务", "en": "Out of service"},
    "arrived": {"zh": "正在核对 请稍候", "en": "Checking, please wait"},
    "card_asked": {"zh": "请重新刷卡", "en": "Present the card again"},
    "admitted": {"zh": "请上磅", "en": "Drive onto the scale"},
    "on_deck": {"zh": "停稳 正在称重", "en": "Stop, weighing"},
    "weighed": {"zh": "称重完成 请稍候", "en": "Weighed, please wait"},
    "released": {"zh": "请下磅", "en": "Drive off"},
    "backing_out": {"zh": "请倒车离开", "en": "Reverse off the scale"},
    "several_tags": {"zh": "检测到多张卡 请拉开距离", "en": "More than one tag, move away"},
    "leave": {"zh": "请尽快离开磅台", "en": "Please leave the scale"},
}

REASON_TEXTS: Final[dict[str, Texts]] = {
    "zero_not_ready": {"zh": "磅台未归零 请稍候", "en": "Scale is not at zero, please wait"},
    "scale_silent": {"zh": "仪表无数据 暂停服务", "en": "Scale is silent, out of service"},
    "scale_overload": {"zh": "超载 暂停服务", "en": "Out of range, out of service"},
    "scale_underload": {"zh": "超出量程 暂停服务", "en": "Out of range, out of service"},
    "scale_error": {"zh": "暂停服务", "en": "Out of service"},
    "weight_not_multiple_of_e": {"zh": "暂停服务", "en": "Out of service"},
    "plc_silent": {"zh": "道闸无响应 暂停服务", "en": "Barrier control lost, out of service"},
    "pulse_refused": {"zh": "道闸无响应 暂停服务", "en": "Barrier control lost, out of service"},
    "lane_full_disk": {"zh": "存储已满 暂停服务", "en": "Disk full, out of service"},
    "journal_fork": {"zh": "记录冲突 暂停服务", "en": "Journal conflict, out of service"},
    "decision_timeout": {"zh": "系统未答复 请离开", "en": "No answer, please leave"},
    "hold_timeout": {"zh": "等待超时 请离开", "en": "Waited too long, please leave"},
    "card_not_shown": {"zh": "等待超时 请离开", "en": "Waited too long, please leave"},
    "truck_gone": {"zh": "车辆已离开 请重新刷卡", "en": "Truck left, present the card again"},
    "deck_taken": {
        "zh": "请尽快离开磅台 请倒车离开",
        "en": "Please leave the scale, reverse off",
    },
    "drive_on_timeout": {"zh": "超时未上磅 请重新刷卡", "en": "Too late, present the card again"},
    "weighing_timeout": {"zh": "无法称稳 请倒车离开", "en": "No stable weight, reverse off"},
    "scale_range": {"zh": "超出量程 请倒车离开", "en": "Out of range, reverse off"},
    "left_deck": {"zh": "车辆已离开 请重新刷卡", "en": "Truck left, present the card again"},
    "lane_restarted": {"zh": "系统重启 请重新刷卡", "en": "Restarted, present the card again"},
    "offline_not_allowed": {"zh": "网络中断 请稍候", "en": "No connection, please wait"},
    "offline_orders_expired": {"zh": "网络中断 请稍候", "en": "No connection, please wait"},
    "offline_cap_reached": {
        "zh": "网络中断 请等待调度",
        "en": "No connection, wait for dispatcher",
    },
    "no_order": {"zh": "无派单 请联系调度", "en": "No order, call the dispatcher"},
    "plate_missing": {"zh": "未见车牌 请等待调度", "en": "No plate seen, wait for dispatcher"},
    "plate_unread": {"zh": "车牌无法识别 请等待调度", "en": "Plate not read, wait for dispatcher"},
    "plate_mismatch": {"zh": "车牌与卡不符 请等待调度", "en": "Not the card's plate, please wait"},
    "overweight": {"zh": "超重 请等待调度", "en": "Overweight, wait for the dispatcher"},
}


def state_text(name: str) -> Texts:
    """Return the display's line for a state."""
    return STATE_TEXTS[name]


def reason_text(reason: str) -> Texts:
    """Return the display's line for a reason of the lane's own."""
    return REASON_TEXTS[reason]
