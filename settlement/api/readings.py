"""What may be read about the money: the books and the audit export."""

import tempfile
from collections.abc import Iterator
from typing import IO, Final, Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, StreamingResponse

from settlement.api.dependencies import AUTHORISED, ServicesDep
from settlement.audit import export_lines
from settlement.ledger.books import Books, open_books
from settlement.services import Services
from taigan.problem import Kind, Problem

router = APIRouter(prefix="/api/v1", dependencies=[AUTHORISED])

_IN_MEMORY_BYTES: Final = 8 * 1024 * 1024
_PIECE_BYTES: Final = 65_536


@router.get("/books", operation_id="get_books")
def books(services: ServicesDep, check: Literal["new", "all"] = "new") -> Books:
    """Return balances, sums and checks of one consistent state.

    `new` checks what was posted since the history was last checked, `all` the whole of it.
    """
    return open_books(services.database, everything=check == "all")


@router.get("/audit/head", operation_id="make_head", response_class=PlainTextResponse)
def head(services: ServicesDep) -> str:
    """Sign everything up to now and return the head, a C2SP checkpoint: keep it elsewhere."""
    settings = services.settings.heads
    if settings is None:
        raise Problem(Kind.NOT_FOUND, "heads are not set up: the settings have no section [heads]")
    return services.keeper.head(settings).note


@router.get("/audit/export", operation_id="export_audit", response_class=StreamingResponse)
def export(services: ServicesDep) -> StreamingResponse:
    """Return everything that explains the payments, as NDJSON."""
    services.keeper.extend()
    return StreamingResponse(_pieces(_spool(services)), media_type="application/x-ndjson")


def _spool(services: Services) -> IO[bytes]:
    """Write the export aside first: a slow reader must not keep a transaction or a copy."""
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by _pieces
    with services.database.frozen() as connection:
        for line in export_lines(connection, services.database.now_ms(connection)):
            spool.write(line + b"\n")
    spool.seek(0)
    return spool


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while piece := spool.read(_PIECE_BYTES):
            yield piece
