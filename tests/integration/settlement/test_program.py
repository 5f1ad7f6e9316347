"""The program as others meet it: over HTTP, with a real bank, gateway and phone provider."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import httpx2
from standardwebhooks import Webhook

from settlement.messages import SettlementUpdated
from taigan.check_server import check_port
from tests.fakes_bank import eventually
from tests.integration.settlement.program import GATEWAY_SECRET, Program
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64, terms, ticket


def test_a_delivered_load_is_paid_and_everyone_is_told(program: Program) -> None:
    program.deposit(100_000_000)
    answer = program.put(ticket())
    assert answer.status_code == 201
    eventually(lambda: program.payout(ticket())["state"] == "paid")
    assert program.bank.movements == [("622200000001", answer.json()["price"]["total_minor"])]
    eventually(lambda: bool(program.phone.taken) and "paid" in told(program))
    assert program.books()["balanced"]


def test_the_gateway_hears_signed_what_the_answer_to_its_put_did_not_say(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: "paid" in told(program))
    for headers, _ in program.gateway.taken:
        Webhook(GATEWAY_SECRET).verify(headers["raw"], headers)
    assert told(program) == ["paid"]


def told(program: Program) -> list[str]:
    """Return the payout's states that the gateway was told, in the order of their coming."""
    bodies = [SettlementUpdated.model_validate(body).data for _, body in program.gateway.taken]
    return [state.payout.state for state in bodies]


def test_the_driver_gets_one_message_with_his_receipt(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: len(program.phone.taken) == 1)
    headers, message = program.phone.taken[0]
    assert headers["authorization"] == "Bearer sms-token"
    assert message["to"] == ticket().payee.phone
    assert ticket().receipt_url in message["text"]


def test_money_moves_although_nobody_can_be_told_and_they_hear_later(program: Program) -> None:
    program.gateway.down = program.phone.down = True
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: program.payout(ticket())["state"] == "paid")
    program.gateway.down = program.phone.down = False
    eventually(lambda: len(program.phone.taken) == 1 and told(program) == ["paid"])


def test_a_repeat_answers_200_with_the_state_of_now(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: program.payout(ticket())["state"] == "paid")
    again = program.put(ticket())
    assert (again.status_code, again.json()["payout"]["state"]) == (200, "paid")
    assert len(program.bank.sends) == 1


def test_problems_are_documents_of_a_closed_catalogue(program: Program) -> None:
    program.put(ticket(1))
    cases = {
        "ticket_differs": program.put(ticket(1, plate="蒙K00000")),
        "terms_differ": program.put(ticket(2, contract=terms(rate_per_tonne_minor=1))),
        "total_below_zero": program.put(ticket(3, delivered_kg=10_000)),
        "not_found": program.client.get(f"/api/v1/settlements/{ticket(9).ticket_id}"),
        "key_missing": program.client.post("/api/v1/deposits", json={}),
        "method_not_allowed": program.client.delete("/api/v1/books"),
    }
    for slug, answer in cases.items():
        assert answer.json()["type"] == f"urn:taigan:problem:{slug}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_a_key_of_a_deposit_cannot_be_used_for_another(program: Program) -> None:
    assert program.deposit(500).status_code == 201
    assert program.deposit(500).status_code == 200
    assert program.deposit(501).json()["type"].endswith("key_reused")


def test_bad_input_is_refused_by_the_name_of_its_field(program: Program) -> None:
    body = ticket().model_dump_json()
    path = f"/api/v1/settlements/{ticket().ticket_id}"
    other_id = "00000000-0000-0000-0000-000000000009"
    for field, old, new in (
        ("contract.loss_allowance.value", '"value":"3"', '"value":0.003'),
        ("loading.gross_kg", '"gross_kg":64000', '"gross_kg":"64000"'),
        ("ticket_id", f'"ticket_id":"{ticket().ticket_id}"', f'"ticket_id":"{other_id}"'),
        ("", '{"kind"', "{kind"),
    ):
        answer = program.client.put(path, content=body.replace(old, new))
        assert (body.count(old) > 0, answer.status_code) == (True, 422)
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert program.books()["settled_minor"] == 0


def test_what_no_column_can_hold_is_bad_input_and_no_failure(program: Program) -> None:
    path = f"/api/v1/settlements/{ticket().ticket_id}"
    body = ticket().model_dump_json()
    for old, new in (
        ('"version":1', f'"version":{2**31}'),
        ('"version":1', f'"version":{2**63}'),
        ("蒙K", "\\u0000"),
        ('"rate_per_tonne_minor":12000', f'"rate_per_tonne_minor":{10**15}'),
    ):
        answer = program.client.put(path, content=body.replace(old, new))
        assert (body.count(old) > 0, answer.status_code < 500) == (True, True)
    assert program.client.get("/readyz").status_code == 200


def test_a_body_that_is_too_large_is_refused_unread(program: Program) -> None:
    path = f"/api/v1/settlements/{ticket().ticket_id}"
    answer = program.client.put(path, content=b" " * 3_000_000)
    assert answer.status_code == 413


def test_nobody_enters_without_the_token(program: Program) -> None:
    for path in ("/api/v1/books", "/api/v1/payouts", "/api/v1/audit/export"):
        for header in ("", "Bearer wrong", "Basic abc", "Bearer é"):
            answer = program.client.get(path, headers={b"Authorization": header.encode()})
            assert answer.status_code == 401


def test_a_callback_makes_the_bank_be_asked_at_once(program: Program) -> None:
    program.bank.first_status = "accepted"
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: len(program.bank.asks) >= 3)
    number = program.payout(ticket())["provider_no"]
    program.bank.decide(number, "paid")
    assert program.call_back(number).status_code == 204
    eventually(lambda: program.payout(ticket())["state"] == "paid", 0.5)
    assert len(program.bank.movements) == 1


def test_a_callback_after_payment_brings_a_return_to_light(program: Program) -> None:
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: program.payout(ticket())["state"] == "paid")
    number = program.payout(ticket())["provider_no"]
    program.bank.decide(number, "failed", "account_frozen")
    program.call_back(number)
    eventually(lambda: program.payout(ticket())["state"] == "returned")
    assert program.books()["balanced"]


def test_a_callback_is_never_believed_about_the_outcome(program: Program) -> None:
    program.bank.first_status = "accepted"
    program.deposit(100_000_000)
    program.put(ticket())
    eventually(lambda: len(program.bank.asks) >= 1)
    number = program.payout(ticket())["provider_no"]
    assert program.call_back(number).status_code == 204
    asked = len(program.bank.asks)
    eventually(lambda: len(program.bank.asks) > asked)
    assert program.payout(ticket())["state"] == "accepted"


def test_a_repeated_callback_is_answered_and_kept_once(program: Program) -> None:
    assert [program.call_back("P1", "evt").status_code for _ in range(3)] == [204] * 3
    exported = program.client.get("/api/v1/audit/export").text
    assert exported.count('"type":"callback"') == 1


def test_the_export_carries_no_drivers_link(program: Program) -> None:
    program.put(ticket())
    address, _, secret = ticket().receipt_url.partition("?")
    exported = program.client.get("/api/v1/audit/export").text
    assert str(ticket().ticket_id) in exported
    assert address not in exported
    assert secret not in exported


def test_a_forged_or_malformed_callback_is_401_and_has_no_effect(program: Program) -> None:
    for header, value in (
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "nonsense"),
        ("webhook-signature", "v1,%%%,x"),
        ("webhook-signature", ""),
        ("webhook-timestamp", "yesterday"),
        ("webhook-timestamp", "1e400"),
        ("webhook-timestamp", "nan"),
        ("webhook-timestamp", "1"),
        ("webhook-id", ""),
        ("webhook-id", "another"),
    ):
        assert program.call_back("P1", **{header: value}).status_code == 401
    assert '"type":"callback"' not in program.client.get("/api/v1/audit/export").text


def test_payouts_are_paged_by_key_without_gap_or_repeat(program: Program) -> None:
    for number in range(1, 8):
        program.put(ticket(number))
    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 3, "state": "held"}
    while True:
        page = program.client.get("/api/v1/payouts", params=query).json()
        seen += [item["payout_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 7
    endless = base64.urlsafe_b64encode(f"{10**30}/{ticket().ticket_id}".encode()).decode()
    for cursor, status in (("x", 422), (endless, 200)):
        answer = program.client.get("/api/v1/payouts", params={"cursor": cursor})
        assert answer.status_code == status


def test_health_readiness_and_metrics_answer_without_a_token(program: Program) -> None:
    program.put(ticket())
    with httpx2.Client(base_url=program.client.base_url) as bare:
        assert bare.get("/healthz").json() == {"status": "ok", "program": "taigan-settlement"}
        assert bare.get("/readyz").json() == {"status": "ready", "reasons": {}, "attention": {}}
        held = 'taigan_payouts{reason="funds",state="held"} 1.0'
        assert held in bare.get("/metrics").text
        assert bare.get("/docs").status_code == 404


def test_the_export_of_a_day_satisfies_the_offline_verifier(
    program: Program, tmp_path: Path
) -> None:
    program.bank.refuse["622200000002"] = "account_closed"
    program.deposit(100_000_000)
    for number in (1, 2, 3):
        program.put(ticket(number))
    eventually(lambda: program.books()["in_transit_minor"] == 0)
    export, keys = tmp_path / "export.ndjson", tmp_path / "keys.json"
    export.write_bytes(program.client.get("/api/v1/audit/export").content)
    keys.write_text(json.dumps({lane: b64(key) for lane, key in PRIVATE_KEYS.items()}))
    done = subprocess.run(
        [Path(sys.executable).with_name("taigan-verify"), export, "--keys", keys],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("genuine: yes\ncomplete: unproven: ")


def test_a_deposit_on_a_contract_that_nobody_has_heard_of_is_refused(program: Program) -> None:
    body = {"contract_id": "COAL-l", "amount_minor": 5}
    headers = {"Idempotency-Key": "typo"}
    refused = program.client.post("/api/v1/deposits", json=body, headers=headers)
    assert (refused.status_code, "new contract" in refused.text) == (422, True)
    first = {**body, "contract_id": "COAL-1", "new_contract": True}
    assert program.client.post("/api/v1/deposits", json=first, headers=headers).status_code == 201
    more = {**body, "contract_id": "COAL-1"}
    again = program.client.post("/api/v1/deposits", json=more, headers={"Idempotency-Key": "k2"})
    assert (again.status_code, again.json()["free_minor"]) == (201, 10)


def test_the_doctor_knows_the_running_program_from_others(program: Program) -> None:
    port = program.client.base_url.port
    assert port is not None
    found = [check_port("127.0.0.1", port, f"taigan-{name}") for name in ("settlement", "gateway")]
    assert [one.level for one in found] == ["ok", "fail"]
