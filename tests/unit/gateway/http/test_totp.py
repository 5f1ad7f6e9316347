"""Codes of an authenticator app, by the vectors of RFC 6238."""

import base64
import re

import pytest

from gateway.auth.totp import BASE32_32, STEP_MS, app_address, code_at, new_secret, step_of

RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(at_s: int, code: str) -> None:
    assert code_at(RFC, at_s * 1000 // STEP_MS) == code
    assert step_of(RFC, code, at_s * 1000) == at_s // 30


def test_a_phone_may_be_off_by_one_step_and_no_more() -> None:
    now_ms = 1_234_567_890_000
    step = now_ms // STEP_MS
    found = [step_of(RFC, code_at(RFC, step + off), now_ms) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, step - 1, step, step + 1, None]
    for wrong in ("", "x", "12345", "ä23456", "0" * 100):
        assert step_of(RFC, wrong, now_ms) is None


def test_a_secret_is_new_and_an_app_can_read_it() -> None:
    secret = new_secret()
    assert re.fullmatch(BASE32_32, secret)
    assert secret != new_secret()
    address = app_address(secret, "li.wei")
    assert address == f"otpauth://totp/Taigan:li.wei?secret={secret}&issuer=Taigan"
