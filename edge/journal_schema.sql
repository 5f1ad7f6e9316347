-- The lane's journal. A record is inserted once; the triggers refuse everything else.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    yard TEXT NOT NULL,
    lane TEXT NOT NULL
);
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    stop_id TEXT,
    tag TEXT,
    body TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL,
    curve TEXT
);
CREATE INDEX records_by_stop ON records (stop_id) WHERE stop_id IS NOT NULL;
CREATE INDEX records_of_faults ON records (seq) WHERE kind LIKE 'lane_fault.v%';
CREATE TABLE outbox (seq INTEGER PRIMARY KEY REFERENCES records (seq));
CREATE TABLE receipts (seq INTEGER PRIMARY KEY REFERENCES records (seq), verdict TEXT NOT NULL);
-- What the gateway sent to keep, sealed as it came; the latest replaces the one before.
CREATE TABLE kept (name TEXT PRIMARY KEY, sealed TEXT NOT NULL);

CREATE TRIGGER records_never_change BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'a record never changes'); END;
CREATE TRIGGER records_never_go BEFORE DELETE ON records
BEGIN SELECT RAISE(ABORT, 'a record is never deleted'); END;
CREATE TRIGGER records_without_gaps BEFORE INSERT ON records
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM records)
BEGIN SELECT RAISE(ABORT, 'records are numbered without gaps'); END;
CREATE TRIGGER receipts_never_change BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END;
CREATE TRIGGER receipts_never_go BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'a receipt is never deleted'); END;
CREATE TRIGGER meta_never_changes BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'an epoch never changes'); END;
