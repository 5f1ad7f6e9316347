"""The journal on a real disk: signed, gapless, chained, unchangeable, and honest about damage."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from edge.journal.file import (
    JournalDamaged,
    JournalInUse,
    WrongJournal,
    check_chain,
    open_for_reading,
    open_journal,
)
from edge.journal.journal import Identity, Journal, JournalBroken, JournalFull
from edge.lane.effects import Write
from edge.messages import (
    GENESIS_HASH,
    RECORD,
    LaneFault,
    TruckArrived,
    TruckRefused,
    Verdict,
    WeighingCompleted,
    sha256_hex,
)
from tests.integration.edge.identities import IDENTITY, LANE_KEY
from tests.unit.edge.lanes import STOP_ID, TAG, instant

ARRIVAL = {"stop_id": STOP_ID, "tag": TAG, "zero_before_kg": 0}
FAULT = {"device": "scale", "state": "raised", "reason": "scale_silent"}
WEIGHING = {
    **ARRIVAL,
    "weight_kg": 48_000,
    "e_kg": 20,
    "frames": 9,
    "stable_ms": 900,
    "protocol": "yaohua-continuous",
    "curve_sha256": sha256_hex("[]"),
    "cards_seen": (),
    "plates_seen": (),
}


def arrival(number: int, **others: Any) -> Write:
    return Write(TruckArrived, UUID(int=number), {**ARRIVAL, **others})


def weighing(number: int, **others: Any) -> Write:
    return Write(WeighingCompleted, UUID(int=number), {**WEIGHING, **others})


def fill(journal: Journal, count: int) -> None:
    for number in range(1, count + 1):
        journal.append([arrival(number)], instant(number))


def bodies(journal: Journal) -> list[Any]:
    return [RECORD.validate_json(journal.sealed(n).body) for n in range(1, journal.seq + 1)]


def test_records_are_signed_numbered_and_chained(journal: Journal) -> None:
    fill(journal, 3)
    head = GENESIS_HASH
    for seq in (1, 2, 3):
        body = journal.sealed(seq).verify(LANE_KEY.public_key())
        record = RECORD.validate_json(body)
        assert (record.seq, record.previous_hash, record.epoch) == (seq, head, "a" * 16)
        head = sha256_hex(body)


def test_records_of_one_step_are_one_commit(journal: Journal) -> None:
    bad = Write(TruckRefused, UUID(int=2), {"stop_id": STOP_ID, "reason": "NOT A SLUG"})
    with pytest.raises(ValueError, match="reason"):
        journal.append([arrival(1), bad], instant())
    assert (journal.seq, journal.depth, journal.unacknowledged(9)) == (0, 0, [])
    stored = journal.append([arrival(1), arrival(2)], instant())
    assert [one.seq for one in stored] == [1, 2]


def test_a_curve_is_kept_with_its_record(journal: Journal) -> None:
    [stored] = journal.append(
        [Write(TruckArrived, UUID(int=1), ARRIVAL, curve="[[0,0]]")], instant()
    )
    assert journal.sealed(1) == stored.sealed
    assert stored.sealed.curve == "[[0,0]]"


def test_the_same_event_is_never_stored_twice(journal: Journal) -> None:
    fill(journal, 1)
    with pytest.raises(sqlite3.IntegrityError):
        journal.append([arrival(1)], instant())
    assert journal.append([arrival(2)], instant())[0].seq == 2


def test_a_record_stays_in_the_outbox_until_its_receipt(journal: Journal) -> None:
    fill(journal, 3)
    entries = [
        (journal.epoch, 1, Verdict.ACCEPTED),
        (journal.epoch, 2, Verdict.FORK),
        ("b" * 16, 3, Verdict.ACCEPTED),
        (journal.epoch, 77, Verdict.ACCEPTED),
    ]
    assert journal.acknowledge(entries) == [1]
    assert journal.acknowledge(entries) == []
    assert (journal.unacknowledged(9), journal.depth) == ([2, 3], 2)
    assert journal.unacknowledged(1) == [2]


def test_a_journal_goes_on_where_it_ended(journal: Journal, journal_path: Path) -> None:
    fill(journal, 2)
    journal.acknowledge([(journal.epoch, 1, Verdict.REFUSED)])
    journal.keep("orders", "old")
    journal.keep("orders", "new")
    journal.close()
    again = open_journal(journal_path, IDENTITY, "c" * 16)
    assert (again.epoch, again.seq, again.depth, again.moved_aside) == ("a" * 16, 2, 1, None)
    assert (again.kept("orders"), again.kept("other")) == ("new", None)
    assert again.append([arrival(3)], instant())[0].seq == 3
    assert check_chain(open_for_reading(journal_path)) == 3
    again.close()


def test_a_journal_answers_from_its_records(journal: Journal) -> None:
    journal.append([arrival(1, tag="AAAA")], instant())
    journal.append([Write(LaneFault, UUID(int=2), FAULT)], instant())
    journal.append([arrival(3), arrival(4, tag="AAAA", stop_id=UUID(int=9))], instant())
    assert journal.number_of(UUID(int=3)) == 3
    assert journal.number_of(UUID(int=99)) is None
    assert [one.event_id for one in journal.last_stop()] == [UUID(int=4)]
    assert journal.open_faults() == {"scale": "scale_silent"}
    assert journal.free_mb() > 0
    with pytest.raises(KeyError):
        journal.sealed(99)


def test_the_weighings_of_a_card_are_counted_until_their_receipts(
    journal: Journal, journal_path: Path
) -> None:
    writes = [weighing(1, tag="AAAA"), weighing(2), weighing(3, tag="AAAA"), arrival(4)]
    journal.append(writes, instant())
    journal.append([Write(LaneFault, UUID(int=5), FAULT)], instant())
    assert (journal.unconfirmed["AAAA"], journal.unconfirmed[TAG]) == (2, 1)
    receipts = [(journal.epoch, seq, Verdict.ACCEPTED) for seq in (2, 3, 3, 4, 5)]
    journal.acknowledge(receipts)
    assert (journal.unconfirmed["AAAA"], journal.unconfirmed[TAG]) == (1, 0)
    journal.close()
    again = open_journal(journal_path, IDENTITY, "c" * 16)
    assert again.unconfirmed == {"AAAA": 1}
    again.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET body = '{}'",
        "DELETE FROM records",
        "UPDATE meta SET epoch = 'b'",
        "UPDATE receipts SET verdict = 'x'",
        "DELETE FROM receipts",
        "INSERT INTO records VALUES (9, 'x', 'k', NULL, NULL, 'b', 'h', 'k', 's', NULL)",
    ],
)
def test_nothing_is_edited(journal: Journal, journal_path: Path, statement: str) -> None:
    fill(journal, 1)
    journal.acknowledge([(journal.epoch, 1, Verdict.ACCEPTED)])
    stranger = sqlite3.connect(journal_path)
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    stranger.close()


# --- damage


def overwrite(path: Path, statement: str) -> None:
    stranger = sqlite3.connect(path)
    stranger.executescript("DROP TRIGGER records_never_change; DROP TRIGGER records_never_go;")
    stranger.execute(statement)
    stranger.commit()
    stranger.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET body = replace(body, '_kg\":0', '_kg\":9') WHERE seq = 2",
        "UPDATE records SET body = '{}' WHERE seq = 2",
        "DELETE FROM records WHERE seq = 2",
    ],
)
def test_a_chain_that_does_not_hold_is_moved_aside_and_a_new_epoch_begins(
    journal: Journal, journal_path: Path, statement: str
) -> None:
    fill(journal, 3)
    journal.close()
    overwrite(journal_path, statement)
    again = open_journal(journal_path, IDENTITY, "b" * 16)
    assert again.moved_aside == journal_path.with_name("journal.db.damaged-1")
    assert (again.epoch, again.seq) == ("b" * 16, 0)
    damaged = sqlite3.connect(again.moved_aside)
    with pytest.raises(JournalDamaged, match=r"record [23]"):
        check_chain(damaged)
    damaged.close()
    again.close()


def test_every_damaged_file_is_kept_under_a_name_of_its_own(journal_path: Path) -> None:
    for number in (1, 2):
        journal_path.write_bytes(b"rubbish" * 1_000)
        again = open_journal(journal_path, IDENTITY, f"{number:016x}")
        assert again.moved_aside == journal_path.with_name(f"journal.db.damaged-{number}")
        again.close()


def test_a_page_that_was_overwritten_is_found(journal: Journal, journal_path: Path) -> None:
    fill(journal, 60)
    journal.close()
    raw = bytearray(journal_path.read_bytes())
    raw[3 * 4096 : 8 * 4096] = b"\xa5" * 5 * 4096
    journal_path.write_bytes(raw)
    again = open_journal(journal_path, IDENTITY, "b" * 16)
    assert again.moved_aside is not None
    again.close()


def test_another_lanes_journal_is_left_alone(journal: Journal, journal_path: Path) -> None:
    journal.close()
    other = Identity(yard="mine", lane="out", key=LANE_KEY, boot_id="b")
    with pytest.raises(WrongJournal, match="belongs to"):
        open_journal(journal_path, other, "b" * 16)
    assert not journal_path.with_name("journal.db.damaged-1").exists()


def test_a_journal_of_a_later_version_is_left_alone(journal: Journal, journal_path: Path) -> None:
    journal.close()
    newer = sqlite3.connect(journal_path)
    newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(WrongJournal, match="form 9"):
        open_journal(journal_path, IDENTITY, "b" * 16)


def write_as_another_version(path: Path, kind: str, after: int) -> None:
    """Continue the chain, soundly, with a record that this program cannot read."""
    database = sqlite3.connect(path)
    previous, head = database.execute(
        "SELECT body, body_sha256 FROM records WHERE seq = ?", (after,)
    ).fetchone()
    new = {"kind": kind, "seq": after + 1, "previous_hash": head, "event_id": str(UUID(int=99))}
    body = json.dumps(json.loads(previous) | new | {"a_later_field": 1})
    database.execute(
        "INSERT INTO records SELECT ?, ?, ?, stop_id, tag, ?, ?, key_id, signature, NULL"
        " FROM records WHERE seq = ?",
        (after + 1, new["event_id"], kind, body, sha256_hex(body), after),
    )
    database.execute("INSERT INTO outbox VALUES (?)", (after + 1,))
    database.commit()
    database.close()


@pytest.mark.parametrize("kind", ["truck_arrived.v999", "truck_arrived.v1"])
def test_a_sound_journal_with_a_record_of_another_version_is_left_alone(
    journal: Journal, journal_path: Path, kind: str
) -> None:
    fill(journal, 3)
    journal.close()
    write_as_another_version(journal_path, kind, after=3)
    before = journal_path.read_bytes()
    with pytest.raises(WrongJournal, match="record 4 is of another version"):
        open_journal(journal_path, IDENTITY, "b" * 16)
    assert journal_path.read_bytes() == before
    assert not journal_path.with_name("journal.db.damaged-1").exists()


def test_a_fault_of_another_version_is_found_before_the_records_checked_at_start(
    journal: Journal, journal_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(journal, 3)
    write_as_another_version(journal_path, "lane_fault.v999", after=3)
    journal.close()
    monkeypatch.setattr("edge.journal.file.CHAIN_CHECKED_AT_START", 0)
    with pytest.raises(WrongJournal, match="record 4 is of another version"):
        open_journal(journal_path, IDENTITY, "b" * 16)


def test_two_boxes_cannot_share_a_journal(journal: Journal, journal_path: Path) -> None:
    with pytest.raises(JournalInUse):
        open_journal(journal_path, IDENTITY, "b" * 16)
    assert journal.append([arrival(1)], instant())[0].seq == 1


# --- a disk without room, and a disk that fails


def fill_up(journal: Journal) -> None:
    fill(journal, 999)


def limit_pages(journal: Journal, more: int) -> None:
    pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
    journal._db.execute(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_disk_is_an_error_and_loses_nothing(journal: Journal) -> None:
    limit_pages(journal, 2)
    with pytest.raises(JournalFull):
        fill_up(journal)
    kept = journal.seq
    assert kept > 1
    limit_pages(journal, 99)
    assert journal.append([arrival(9_999)], instant())[0].seq == kept + 1
    assert [one.seq for one in bodies(journal)] == list(range(1, kept + 2))


def test_a_full_disk_does_not_replace_what_was_kept(journal: Journal) -> None:
    journal.keep("orders", "old")
    limit_pages(journal, 0)
    with pytest.raises(JournalFull):
        journal.keep("orders", "new" * 9_000)
    assert journal.kept("orders") == "old"


def test_a_disk_that_fails_stops_the_box(journal: Journal) -> None:
    journal._db.execute("DROP TABLE outbox")
    with pytest.raises(JournalBroken):
        journal.append([arrival(1)], instant())
    assert journal.seq == 0


def test_a_journal_on_a_read_only_disk_cannot_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "journal.db"
    folder.mkdir()
    with pytest.raises(JournalBroken):
        open_journal(folder, IDENTITY, "b" * 16)
