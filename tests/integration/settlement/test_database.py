"""What the database promises to readers and writers at the same time, on both engines."""

from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from settlement.audit import export_lines
from settlement.tables import settlements
from tests.integration.settlement.conftest import Desk
from tests.unit.settlement.tickets import ticket

COUNT = select(func.count()).select_from(settlements)


def test_a_long_export_reads_one_state_while_tickets_go_on_being_settled(
    desk: Desk, tmp_path: Path
) -> None:
    desk.settle(ticket(1))
    with desk.database.frozen() as connection:
        assert connection.execute(COUNT).scalar_one() == 1
        settling = Thread(target=desk.settle, args=(ticket(2),), daemon=True)
        settling.start()
        settling.join(10)
        assert not settling.is_alive()
        lines = list(export_lines(connection, 0))
    assert sum(b'"type":"settlement"' in line for line in lines) == 1
    with desk.database.snapshot() as connection:
        assert connection.execute(COUNT).scalar_one() == 2
    assert not list(tmp_path.glob("taigan-copy-*"))
