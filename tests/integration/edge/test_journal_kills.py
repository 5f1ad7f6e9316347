"""kill -9 at any moment: what the journal said it has, it has, in one unbroken chain."""

import subprocess
import sys
from pathlib import Path
from random import Random

from edge.journal.file import check_chain, open_for_reading

KILLS = 12


def killed_writer(path: Path, epoch: str, lines: int) -> int:
    """Return the last number that the writer called durable before it was killed."""
    command = [sys.executable, "-m", "tests.integration.edge.journal_writer", str(path), epoch]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    return max(int(line) for line in said if line.endswith("\n"))


def test_no_record_is_lost_when_the_box_is_killed_again_and_again(tmp_path: Path) -> None:
    path, rng = tmp_path / "journal.db", Random(7)
    for number in range(KILLS):
        last = killed_writer(path, f"{number:016x}", rng.randint(1, 15))
        database = open_for_reading(path)
        count = check_chain(database)
        epoch = database.execute("SELECT epoch FROM meta").fetchone()[0]
        waiting = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        database.close()
        assert count in {last, last + 1}
        assert (epoch, waiting) == ("0" * 16, count)
    assert list(tmp_path.glob("*.damaged-*")) == []
