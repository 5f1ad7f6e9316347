"""Master data's fields: normalised or refused, never stored as typed."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.registry.fields import normal_plate
from gateway.registry.schemas import (
    CardIn,
    ContractIn,
    DriverChange,
    DriverIn,
    LaneIn,
    VehicleIn,
    mask_account,
)

KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
CONTRACT: dict[str, Any] = {
    "id": "C-1",
    "consignor": "a",
    "cargo": "coal",
    "origin_yard_id": "mine",
    "destination_yard_id": "plant",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2027-01-01T00:00:00Z",
    "terms": {
        "basis": "unload",
        "rate_per_tonne_minor": 4500,
        "loss_allowance": {"kind": "per_mille", "value": "3"},
        "loss_charged": "excess",
        "loss_price_per_tonne_minor": 60000,
        "rounding": "half_up",
    },
}


@pytest.mark.parametrize(
    "typed", ["蒙K12345", "蒙k·12345", " 蒙 \uff2b\uff11\uff12\uff13\uff14\uff15 ", "蒙-K.12345"]
)
def test_one_plate_has_one_spelling(typed: str) -> None:
    assert normal_plate(typed) == "蒙K12345"


@pytest.mark.parametrize(
    "typed",
    ["", "蒙K", "蒙\u041a12345", "蒙\u039112345", "蒙K12345'--", "蒙K123456789012", "蒙K12_45"],
)
def test_what_only_looks_like_a_plate_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="a plate has"):
        normal_plate(typed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gross_max_kg", 49000.0),
        ("gross_max_kg", True),
        ("gross_max_kg", "49000"),
        ("axles", 1),
        ("colour", "red"),
    ],
)
def test_numbers_are_integers_and_unknown_fields_are_errors(field: str, value: object) -> None:
    vehicle = {"plate": "蒙K12345", "axles": 6, "gross_max_kg": 49000, field: value}
    with pytest.raises(ValidationError, match=field):
        VehicleIn.model_validate(vehicle)


DRIVER: dict[str, Any] = {
    "name": "王小明",
    "phone": "13800000000",
    "account_name": "王小明",
    "account": "6222020000000000123",
    "bank_code": "ICBC0001",
}


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("name", "王\u3000小明", "王 小明"),
        ("account_name", " 王\u00a0小明\u3000", "王 小明"),
        ("account", "6222 0200 0000 0000 123", "6222020000000000123"),
        ("account", "\uff16\uff12\uff12\uff12-0200\u3000123", "62220200123"),
        ("phone", "138 0000-0000", "13800000000"),
        ("bank_code", "\uff29\uff23\uff22\uff230001", "ICBC0001"),
    ],
)
def test_what_is_pasted_from_a_form_is_normalised(field: str, typed: str, stored: str) -> None:
    """FM-61: full-width blanks, letters and digits, and numbers in groups."""
    assert getattr(DriverIn.model_validate(DRIVER | {field: typed}), field) == stored


@pytest.mark.parametrize("character", ["\u200b", "\n", "\x7f"])
def test_a_character_that_nobody_sees_is_named(character: str) -> None:
    with pytest.raises(ValidationError, match=rf"U\+{ord(character):04X} cannot be printed"):
        DriverIn.model_validate(DRIVER | {"name": f"王{character}小明"})


def test_a_tag_is_stored_in_upper_case() -> None:
    assert (
        CardIn.model_validate({"tag": " 0a1b ", "vehicle_id": "v", "driver_id": "d"}).tag == "0A1B"
    )
    with pytest.raises(ValidationError, match="tag"):
        CardIn.model_validate({"tag": 1234, "vehicle_id": "v", "driver_id": "d"})


@pytest.mark.parametrize("key", ["", "AAAA", "not base64", KEY[:-2] + "!="])
def test_a_lane_needs_a_real_key(key: str) -> None:
    lane = {"id": "in", "yard_id": "mine", "name": "n", "e_kg": 20, "max_kg": 100_000}
    assert LaneIn.model_validate({**lane, "public_key": KEY}).public_key == KEY
    with pytest.raises(ValidationError, match="public_key"):
        LaneIn.model_validate({**lane, "public_key": key})


def test_a_lanes_range_is_a_whole_number_of_intervals() -> None:
    lane = {"id": "in", "yard_id": "mine", "name": "n", "public_key": KEY, "e_kg": 30}
    with pytest.raises(ValidationError, match="multiple of e_kg"):
        LaneIn.model_validate({**lane, "max_kg": 100_000})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"destination_yard_id": "mine"}, "must differ"),
        ({"valid_to": "2026-01-01T00:00:00Z"}, "must be after"),
        ({"valid_from": "2026-01-01T00:00:00"}, "timezone"),
        ({"consignor": "a\x00b"}, "U\\+0000"),
    ],
)
def test_a_contract_leads_somewhere_for_some_time(changed: dict[str, Any], reason: str) -> None:
    assert ContractIn.model_validate(CONTRACT).terms.versioned("C-1", 2).version == 2
    with pytest.raises(ValidationError, match=reason):
        ContractIn.model_validate(CONTRACT | changed)


@pytest.mark.parametrize("change", [{}, {"phone": None}, {"account": "6222020200001234567"}])
def test_a_change_changes_something_and_never_an_account(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DriverChange.model_validate(change)


@pytest.mark.parametrize(
    ("account", "masked"),
    [("6222020200001234567", "***************4567"), ("1234", "1234"), ("", "")],
)
def test_an_account_shows_its_last_four_characters(account: str, masked: str) -> None:
    assert mask_account(account) == masked
