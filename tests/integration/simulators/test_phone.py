"""The text message provider over HTTP."""

import httpx2
import pytest

BEARER = {"Authorization": "Bearer secret"}
NOTICE = {"to": "+8613900001234", "text": "已到账 2737.03 元", "id": "n-1"}


def test_a_message_arrives_once(phone: httpx2.Client) -> None:
    answers = [phone.post("/messages", json=NOTICE, headers=BEARER) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    (message,) = phone.get("/messages").json()["items"]
    assert {name: message[name] for name in NOTICE} == NOTICE


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic"}])
def test_strangers_cannot_send(phone: httpx2.Client, headers: dict[str, str]) -> None:
    assert phone.post("/messages", json=NOTICE, headers=headers).status_code == 401
    assert phone.get("/messages").json() == {"items": []}


@pytest.mark.parametrize("change", [{"to": "nobody"}, {"text": ""}, {"id": ""}, {"extra": 1}])
def test_a_message_that_makes_no_sense_is_refused(
    phone: httpx2.Client, change: dict[str, object]
) -> None:
    answer = phone.post("/messages", json=NOTICE | change, headers=BEARER)
    assert answer.status_code == 400
    assert next(iter(change)) in answer.json()["error"]
