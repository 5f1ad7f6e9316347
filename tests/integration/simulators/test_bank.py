"""The sandbox bank over HTTP: the rail's promises, and each fault."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx2
import pytest

from simulators.bank.bank import BANK_ZONE
from simulators.bank.book import BankBook
from simulators.bank.faults import Faults, fate
from simulators.bank.forms import TransferOrder


def an_order(transfer_id: str = "TG1", **changes: object) -> dict[str, Any]:
    payee = {"name": "王伟", "account": "6222020000001", "bank_code": "102100099996"}
    order = {"id": transfer_id, "amount_minor": 273_703, "currency": "CNY", "payee": payee}
    return order | {"reference": "freight O-1"} | changes


def send(bank: httpx2.Client, order: dict[str, Any]) -> httpx2.Response:
    return bank.post("/transfers", json=order, headers={"Idempotency-Key": str(order["id"])})


def moved(bank: httpx2.Client) -> list[int]:
    return [movement["amount_minor"] for movement in bank.get("/book").json()["movements"]]


def test_a_transfer_is_paid_and_can_be_asked_about(bank: httpx2.Client) -> None:
    answer = send(bank, an_order())
    assert (answer.status_code, answer.json()) == (201, {"id": "TG1", "status": "paid"})
    assert bank.get("/transfers/TG1").json() == answer.json()


def test_a_repeated_transfer_moves_money_once(bank: httpx2.Client) -> None:
    statuses = [send(bank, an_order()).status_code for _ in range(3)]
    assert statuses == [201, 200, 200]
    assert moved(bank) == [-273_703]


def test_the_same_id_with_other_content_is_a_conflict(bank: httpx2.Client) -> None:
    send(bank, an_order())
    assert send(bank, an_order(amount_minor=1)).status_code == 409
    assert moved(bank) == [-273_703]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_minor", 0),
        ("amount_minor", 10.5),
        ("amount_minor", "100"),
        ("amount_minor", True),
        ("currency", "USD"),
        ("payee", {"name": "", "account": "62220200", "bank_code": "1021"}),
        ("payee", None),
        ("reference", 7),
        ("note", "unknown key"),
        ("id", "no/slash"),
    ],
)
def test_bad_input_is_refused_with_the_fields_name(
    bank: httpx2.Client, field: str, value: object
) -> None:
    answer = send(bank, an_order() | {field: value})
    assert answer.status_code == 400
    assert field in answer.json()["error"]
    assert moved(bank) == []


def test_the_idempotency_key_must_be_the_id(bank: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "other"}
    answer = bank.post("/transfers", json=an_order(), headers=headers)
    assert answer.status_code == 400
    assert bank.post("/transfers", json=an_order()).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_no_order_is_refused(bank: httpx2.Client, body: bytes) -> None:
    assert bank.post("/transfers", content=body).status_code == 400


def test_an_unknown_transfer_is_not_found(bank: httpx2.Client) -> None:
    assert bank.get("/transfers/TG9").status_code == 404


def test_paths_and_methods_that_are_not_there(bank: httpx2.Client) -> None:
    assert bank.get("/nothing").status_code == 404
    assert bank.put("/transfers", json={}).status_code == 405
    assert bank.get("/healthz").status_code == bank.get("/readyz").status_code == 200
    assert "bank_movements 0" in bank.get("/metrics").text


def test_a_body_that_is_too_long_is_not_read(bank: httpx2.Client) -> None:
    assert bank.post("/transfers", content=b"x" * 70_000).status_code == 413


def test_a_lost_answer_still_moved_the_money(bank: httpx2.Client) -> None:
    bank.put("/faults", json={"lost_answer": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        send(bank, an_order())
    assert bank.get("/transfers/TG1").json()["status"] == "paid"
    assert moved(bank) == [-273_703]


def test_an_error_after_the_move_still_moved_the_money(bank: httpx2.Client) -> None:
    bank.put("/faults", json={"error_after_move": 1})
    assert send(bank, an_order()).status_code == 502
    assert moved(bank) == [-273_703]


def test_a_slow_bank_commits_before_it_answers(bank: httpx2.Client, book: BankBook) -> None:
    bank.put("/faults", json={"slow": 1, "slow_s": 30})
    with pytest.raises(httpx2.ReadTimeout):
        bank.post("/transfers", json=an_order(), headers={"Idempotency-Key": "TG1"}, timeout=0.5)
    assert len(book.movements()) == 1


def test_a_rejected_transfer_fails_with_its_reason_and_moves_nothing(bank: httpx2.Client) -> None:
    bank.put("/faults", json={"reject": 1, "reject_reason": "name_mismatch"})
    failed = {"id": "TG1", "status": "failed", "reason": "name_mismatch"}
    assert send(bank, an_order()).json() == failed
    assert moved(bank) == []


def test_a_transfer_may_stay_unfindable_for_a_while(bank: httpx2.Client) -> None:
    bank.put("/faults", json={"not_found_yet": 1, "not_found_s": 3600})
    assert send(bank, an_order()).status_code == 201
    assert bank.get("/transfers/TG1").status_code == 404
    assert moved(bank) == [-273_703]


def test_an_accepted_transfer_is_paid_when_its_time_comes(
    bank: httpx2.Client, book: BankBook
) -> None:
    bank.put("/faults", json={"accepted_first": 1, "accepted_s": 3600})
    assert send(bank, an_order()).json()["status"] == "accepted"
    in_two_hours = (time.time() + 7200) * 1000
    assert book.pay_due(round(in_two_hours)) == 1
    assert bank.get("/transfers/TG1").json()["status"] == "paid"


def test_faults_are_replaced_as_a_whole(bank: httpx2.Client) -> None:
    bank.put("/faults", json={"slow": 1})
    bank.put("/faults", json={"reject": 0.5})
    faults = bank.get("/faults").json()
    assert (faults["slow"], faults["reject"]) == (0, 0.5)
    assert bank.put("/faults", json={"slow": 3}).status_code == 400


def test_the_statement_of_today_lists_what_moved(bank: httpx2.Client) -> None:
    bank.post("/deposits", json={"id": "D1", "amount_minor": 500_000, "reference": "C-1"})
    send(bank, an_order())
    today = datetime.fromtimestamp(time.time(), tz=BANK_ZONE).date()
    root = fromstring(bank.get(f"/statements/{today}").text)  # noqa: S314  our own bank
    amounts = [amount.text for amount in root.iter() if amount.tag.endswith("}Amt")]
    assert amounts == ["0.00", "2262.97", "5000.00", "2737.03"]
    yesterday = bank.get(f"/statements/{today - timedelta(days=1)}").text
    assert "<Ntry>" not in yesterday


def test_a_statement_of_no_day_is_refused(bank: httpx2.Client) -> None:
    assert bank.get("/statements/2026-13-01").status_code == 400


def test_a_deposit_is_booked_once(bank: httpx2.Client) -> None:
    body = {"id": "D1", "amount_minor": 500, "reference": "C-1"}
    assert [bank.post("/deposits", json=body).status_code for _ in range(2)] == [201, 200]
    assert moved(bank) == [500]


def test_a_payment_may_come_back_once(bank: httpx2.Client) -> None:
    send(bank, an_order())
    reason = {"reason": "account_closed"}
    answers = [bank.post("/transfers/TG1/return", json=reason).status_code for _ in range(2)]
    assert answers == [201, 409]
    assert bank.get("/book").json()["balance_minor"] == 0
    assert bank.get("/transfers/TG1").json() == {"id": "TG1", "status": "failed", **reason}


def test_what_was_never_paid_cannot_come_back(bank: httpx2.Client) -> None:
    answer = bank.post("/transfers/TG1/return", json={"reason": "account_closed"})
    assert answer.status_code == 409


def test_many_at_once_move_money_once(bank: httpx2.Client) -> None:
    threads = [threading.Thread(target=send, args=(bank, an_order())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert moved(bank) == [-273_703]


def test_the_book_survives_its_bank(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    order = TransferOrder.model_validate(an_order())
    faults = Faults()
    now_ms = round(datetime(2026, 11, 21, tzinfo=UTC).timestamp() * 1000)
    first = BankBook(path)
    first.take(order, fate(faults, 1, "TG1"), faults, now_ms)
    second = BankBook(path)
    assert second.take(order, fate(faults, 1, "TG1"), faults, now_ms).attempt == 2
    assert second.balance_minor() == -273_703
    first.close()
    second.close()
