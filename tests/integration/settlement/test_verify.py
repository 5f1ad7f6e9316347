"""The offline verifier finds and names every kind of change in an export."""

import ast
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from settlement.audit import export_lines
from settlement.migrations import upgrade
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import claim_due, record
from settlement.payouts.states import RailOutcome
from settlement.verify import reading
from settlement.verify.report import check_all
from taigan.transactions import Database
from tests.integration.settlement.conftest import Desk
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64, signed, ticket, weighing_body

Lines = list[dict[str, Any]]
Change = Callable[[Lines], None]
KEYS = {lane: b64(key) for lane, key in PRIVATE_KEYS.items()}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return the lines of a day: a payout paid, one failed, two held for funds, one with a loss."""
    desk = Desk(Database(f"sqlite:///{tmp_path_factory.mktemp('verify') / 's.db'}"))
    desk.database.now_ms = desk.clock
    upgrade(desk.database)
    desk.deposit(2 * 574_800)
    for number, outcome in ((1, RailOutcome.PAID), (2, RailOutcome.FAILED), (3, None)):
        desk.settle(ticket(number))
        if outcome is not None:
            pay(desk, RailAnswer(outcome=outcome, evidence="test"))
    desk.settle(ticket(4, loaded_kg=60_000, delivered_kg=59_000))
    with desk.database.snapshot() as connection:
        lines = list(export_lines(connection, 1))
    desk.database.close()
    return lines


def pay(desk: Desk, answer: RailAnswer) -> None:
    (call,) = desk.database.run(lambda c: claim_due(desk.transaction(c), 1)).calls
    desk.database.run(lambda c: record(desk.transaction(c), call, answer))


def defects(lines: list[bytes], tmp_path: Path, *, end: bytes = b"\n") -> list[str]:
    """Return what the verifier says about these lines."""
    path = tmp_path / "export.ndjson"
    path.write_bytes(b"\n".join(lines) + end)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEYS))
    read, broken = reading.read_export(path)
    found = broken + list(check_all(read, reading.read_keys(keys)))
    return [f"{where.rpartition(':')[2]}: {what}" for where, what, _ in found]


def rechained(lines: Lines) -> list[bytes]:
    """Chain changed lines again, as a forger with access to everything would."""
    previous, encoded = reading.ZEROS, []
    for line in lines:
        text = json.dumps(line | {"previous_sha256": previous}, separators=(",", ":"))
        encoded.append(text.encode())
        previous = hashlib.sha256(encoded[-1]).hexdigest()
    return encoded


def of_type(lines: Lines, kind: str) -> dict[str, Any]:
    return next(line for line in lines if line["type"] == kind)


def test_an_honest_export_has_no_defects(exported: list[bytes], tmp_path: Path) -> None:
    assert defects(exported, tmp_path) == []


def test_a_weighing_of_an_earlier_version_is_verified_too(
    exported: list[bytes], tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in exported]
    record_ = of_type(lines, "settlement")["ticket"]["loading"]["gross_record"]
    before = record_["body"].replace("weighing_completed.v2", "weighing_completed.v1")
    record_ |= signed("mine/mine-in", before).model_dump()
    found = defects(rechained(lines), tmp_path)
    assert before.count("weighing_completed.v1") == 1
    assert not [one for one in found if "is not a weighing" in one]


def test_every_single_changed_line_is_named(exported: list[bytes], tmp_path: Path) -> None:
    for number, line in enumerate(exported[:-1], start=1):
        changed = [*exported]
        changed[number - 1] = line.replace(b'"type":"', b'"type": "', 1)
        assert any(found.startswith(f"{number}: changed") for found in defects(changed, tmp_path))


def test_every_missing_line_is_noticed_at_its_place(exported: list[bytes], tmp_path: Path) -> None:
    for number in range(2, len(exported)):
        shorter = exported[: number - 1] + exported[number:]
        assert any(found.startswith(f"{number - 1}: ") for found in defects(shorter, tmp_path))


def test_a_cut_export_is_noticed(exported: list[bytes], tmp_path: Path) -> None:
    for shorter in (exported[:-1], exported[:3], []):
        assert any("cut off" in found for found in defects(shorter, tmp_path))
    assert any("cut off" in found for found in defects(exported, tmp_path, end=b""))


def test_rubbish_is_a_defect_and_not_a_crash(exported: list[bytes], tmp_path: Path) -> None:
    for rubbish in (b"", b"{", b"[]", b'{"type":"settlement"}', b'{"type":"end","type":"end"}'):
        assert defects([*exported[:2], rubbish, *exported[3:]], tmp_path)


def _forge_weight(lines: Lines) -> None:
    record_ = of_type(lines, "settlement")["ticket"]["loading"]["gross_record"]
    record_["body"] = record_["body"].replace("64000", "74000")


def _claim_weight(lines: Lines) -> None:
    of_type(lines, "settlement")["ticket"]["loading"]["gross_kg"] += 20


def _use_weighing_twice(lines: Lines) -> None:
    first, second = [line for line in lines if line["type"] == "settlement"][:2]
    second["ticket"]["loading"] = first["ticket"]["loading"]


def _swap_lane(lines: Lines) -> None:
    body = weighing_body(1, "mine/mine-in", 64_000)
    other = signed("plant/plant-in", body).model_dump()
    of_type(lines, "settlement")["ticket"]["loading"]["gross_record"] = other


def _raise_total(lines: Lines) -> None:
    of_type(lines, "settlement")["total_minor"] += 1


def _shift_fen(lines: Lines) -> None:
    """Move fen from one line to another, so that the total stays."""
    for place in lines:
        if len(place.get("price", {}).get("lines", ())) == 2:
            place["price"]["lines"][0]["amount_minor"] += 7
            place["price"]["lines"][1]["amount_minor"] -= 7


def _rename_line(lines: Lines) -> None:
    of_type(lines, "settlement")["price"]["lines"][0]["code"] = "gift"


def _add_term(lines: Lines) -> None:
    for terms in (
        of_type(lines, "contract")["terms"],
        of_type(lines, "settlement")["ticket"]["contract"],
    ):
        terms["gift_minor"] = 7


def _raise_rate(lines: Lines) -> None:
    of_type(lines, "contract")["terms"]["rate_per_tonne_minor"] += 1


def _raise_payout(lines: Lines) -> None:
    of_type(lines, "payout")["amount_minor"] += 1


def _redirect(lines: Lines) -> None:
    payout = of_type(lines, "payout")
    payout["request_body"] = payout["request_body"].replace("6222", "9999")


def _redirect_currency(lines: Lines) -> None:
    payout = of_type(lines, "payout")
    payout["request_body"] = payout["request_body"].replace("CNY", "USD")


def _garble_request(lines: Lines) -> None:
    of_type(lines, "payout")["request_body"] = "{}"


def _unknown_rail(lines: Lines) -> None:
    of_type(lines, "payout")["rail"] = "meridian"


def _claim_paid(lines: Lines) -> None:
    next(line for line in lines if line.get("state") == "held")["state"] = "paid"


def _second_payout(lines: Lines) -> None:
    lines.insert(-1, of_type(lines, "payout"))
    lines[-1]["lines"] += 1


def _no_payout(lines: Lines) -> None:
    lines.remove(of_type(lines, "payout"))
    lines[-1]["lines"] -= 1


def _unbalance(lines: Lines) -> None:
    of_type(lines, "journal")["entries"][0]["amount_minor"] += 1


def _shift_balance(lines: Lines) -> None:
    of_type(lines, "account")["balance_minor"] += 1


def _drop_account(lines: Lines) -> None:
    lines.remove(of_type(lines, "account"))
    lines[-1]["lines"] -= 1


def _drop_journal(lines: Lines) -> None:
    lines.remove(of_type(lines, "journal"))
    lines[-1]["lines"] -= 1


def _repeat_journal(lines: Lines) -> None:
    lines.insert(-1, of_type(lines, "journal"))
    lines[-1]["lines"] += 1


@pytest.mark.parametrize(
    ("forgery", "named"),
    [
        (_forge_weight, "no given key has signed"),
        (_claim_weight, "gross_kg is not the weight that was signed"),
        (_use_weighing_twice, "also stands in the settlement at"),
        (_swap_lane, "signed by plant/plant-in, but says mine/mine-in"),
        (_raise_total, "total_minor is 574801 fen, recomputed 574800 fen"),
        (_rename_line, "the line freight is 0 fen, recomputed 574800 fen"),
        (_shift_fen, "the line freight is"),
        (_add_term, "the terms add an unknown gift_minor"),
        (_raise_rate, "other terms than the contract's"),
        (_raise_payout, "for a settlement of"),
        (_redirect, "the bank was told something else"),
        (_redirect_currency, "the bank was told something else"),
        (_garble_request, "cannot be read: id is not a JSON str"),
        (_unknown_rail, "goes by the rail meridian, which this verifier does not know"),
        (_claim_paid, "is paid, but 0 fen"),
        (_second_payout, "a second payout"),
        (_no_payout, "has no payout"),
        (_unbalance, "does not balance"),
        (_shift_balance, "another balance than its entries"),
        (_drop_account, "is missing from the export"),
        (_drop_journal, "does not continue"),
        (_repeat_journal, "stands here twice"),
    ],
)
def test_a_forgery_with_a_new_chain_is_still_named(
    exported: list[bytes], tmp_path: Path, forgery: Change, named: str
) -> None:
    lines: Lines = [json.loads(line) for line in exported]
    forgery(lines)
    assert any(named in found for found in defects(rechained(lines), tmp_path))


def test_terms_pinned_before_a_term_existed_mean_its_default(
    exported: list[bytes], tmp_path: Path
) -> None:
    lines: Lines = [json.loads(line) for line in exported]
    del of_type(lines, "contract")["terms"]["currency"]
    assert defects(rechained(lines), tmp_path) == []


def journal_of(lane: str, count: int) -> Lines:
    """Return the lines of a gateway's export about one lane's first records."""
    previous, lines = reading.ZEROS, []
    for seq in range(1, count + 1):
        body = weighing_body(seq, lane, 20_000, seq=seq, previous_hash=previous)
        record_ = signed(lane, body)
        fields = {key: json.loads(body)[key] for key in ("yard", "lane", "epoch", "seq")}
        lines.append({"type": "record", **fields, **record_.model_dump()})
        previous = hashlib.sha256(body.encode()).hexdigest()
    return [*lines, {"type": "end", "lines": count}]


def test_a_lanes_journal_without_gap_and_fork_has_no_defects(tmp_path: Path) -> None:
    assert defects(rechained(journal_of("mine/mine-in", 4)), tmp_path) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda lines: lines.pop(1), "record 3 follows where 2 must stand"),
        (lambda lines: lines.pop(0), "record 2 follows where 1 must stand"),
        (lambda lines: lines.insert(2, lines[1]), "record 2 follows where 3 must stand"),
        (lambda lines: lines[1].update(seq=9), "seq is not what was signed"),
        (lambda lines: lines[1].update(lane="other"), "lane is not what was signed"),
    ],
)
def test_a_gap_or_fork_in_a_lanes_journal_is_named(
    tmp_path: Path, change: Change, named: str
) -> None:
    lines = journal_of("mine/mine-in", 4)
    change(lines)
    lines[-1]["lines"] = len(lines) - 1
    assert any(named in found for found in defects(rechained(lines), tmp_path))


def test_a_record_that_follows_another_history_is_named(tmp_path: Path) -> None:
    lines = journal_of("mine/mine-in", 2)
    stray = weighing_body(2, "mine/mine-in", 40_000, seq=2, previous_hash="1" * 64)
    lines[1] |= signed("mine/mine-in", stray).model_dump()
    assert any("does not follow" in found for found in defects(rechained(lines), tmp_path))


def test_a_settlement_that_no_lane_remembers_is_named(
    exported: list[bytes], tmp_path: Path
) -> None:
    lines: Lines = [json.loads(line) for line in exported]
    lines = [*lines[:-1], *journal_of("mine/mine-in", 1)[:-1], lines[-1]]
    lines[-1]["lines"] += 1
    assert any("in no lane's journal" in found for found in defects(rechained(lines), tmp_path))


def test_the_verifier_imports_nothing_but_itself_and_cryptography() -> None:
    modules = list(Path(reading.__file__).parent.glob("*.py"))
    assert len(modules) > 5
    names = {name for path in modules for name in imported(path)}
    foreign = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    others = {name for name in foreign if not name.startswith("settlement.verify.")}
    assert {name.partition(".")[0] for name in others} == {"cryptography"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or "."
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
