"""Passwords, roles, attempts."""

from itertools import pairwise

import pytest
from starlette.requests import HTTPConnection

from gateway.auth.guard import refuse_cross_site
from gateway.auth.passwords import hash_password, verify_password
from gateway.auth.roles import PERMISSIONS, Permission, Role
from gateway.auth.throttle import KEYS_MAX, Throttle
from taigan.problem import Kind, Problem


def test_a_password_is_kept_as_argon2id_and_recognised() -> None:
    kept = hash_password("correct horse")
    assert kept.startswith("$argon2id$")
    assert verify_password("correct horse", kept)
    assert not verify_password("correct house", kept)
    assert not verify_password("correct horse", "what is this")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_of_unusable_length_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="8 to 200"):
        hash_password(password)


def test_each_role_may_do_what_the_one_before_may_and_more() -> None:
    granted = [PERMISSIONS[role] for role in Role]
    assert all(less < more for less, more in pairwise(granted))
    assert granted[-1] == frozenset(Permission)


def test_only_finance_and_admin_see_accounts_and_touch_money() -> None:
    money = {Permission.SEE_ACCOUNTS, Permission.EDIT_MONEY, Permission.EXPORT}
    assert not money & PERMISSIONS[Role.DISPATCHER]


def test_attempts_are_limited_in_a_sliding_window() -> None:
    now = [0]
    throttle = Throttle(lambda: now[0], 3, 60_000)
    assert [throttle.attempt("eve") for _ in range(3)] == [0] * 3
    now[0] = 1000
    assert throttle.attempt("eve") == 59_000
    assert throttle.attempt("bob") == 0
    now[0] = 60_000
    assert throttle.attempt("eve") == 0


def test_an_attempt_can_be_taken_back_and_a_key_forgotten() -> None:
    throttle = Throttle(lambda: 0, 1, 60_000)
    assert [throttle.attempt("bob"), throttle.attempt("bob")] == [0, 60_000]
    throttle.take_back("bob")
    throttle.take_back("nobody")
    assert [throttle.attempt("bob"), throttle.attempt("bob")] == [0, 60_000]
    throttle.forget("bob")
    assert throttle.attempt("bob") == 0


def test_the_throttle_forgets_the_oldest_name_first() -> None:
    throttle = Throttle(lambda: 0, 1, 60_000)
    for number in range(KEYS_MAX + 1):
        throttle.attempt(str(number))
    assert len(throttle._attempts) == KEYS_MAX
    assert "0" not in throttle._attempts


def connection(**headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": [(b"host", b"gate:8080"), *raw]})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://gate:8080"},
        {"origin": "https://weigh.example"},
    ],
)
def test_our_own_pages_and_programs_may_write(headers: dict[str, str]) -> None:
    assert refuse_cross_site(connection(**headers), "https://weigh.example") is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://gate:8081"},
    ],
)
def test_other_sites_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        refuse_cross_site(connection(**headers), "https://weigh.example")
    assert refused.value.kind is Kind.CROSS_SITE
