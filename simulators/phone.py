"""A text message provider that delivers to phones in memory, or in a file that survives a crash.

POST /messages {"to", "text", "id"} with a bearer token delivers once per id; GET /messages lists.
"""

import sqlite3
import threading
import time
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from simulators.web import Request, Response, Routes, metrics

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY, recipient TEXT NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL
)
"""


class Message(BaseModel):
    """Body of POST /messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200)]
    to: Annotated[str, Field(pattern=r"^\+?[0-9]{5,15}$")]
    text: Annotated[str, Field(min_length=1, max_length=1000)]


class PhoneProvider:
    """Keeps the messages of all phones; an empty token accepts any bearer."""

    def __init__(self, path: str, token: str) -> None:
        self._token = token
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def routes(self) -> Routes:
        routes = Routes()
        routes.add("POST", "/messages", self.post_message)
        routes.add("GET", "/messages", self.get_messages)
        routes.add("GET", "/metrics", self.get_metrics)
        return routes

    def post_message(self, request: Request) -> Response:
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if scheme != "Bearer" or not token or (self._token and token != self._token):
            return Response(401, {"error": "Authorization: a valid bearer token is needed"})
        message = Message.model_validate(request.json())
        new = self._deliver(message)
        return Response(201 if new else 200, {"id": message.id, "status": "delivered"})

    def get_messages(self, request: Request) -> Response:
        del request
        with self._lock:
            rows = self._db.execute(
                "SELECT id, recipient, text, at_ms FROM messages ORDER BY rowid"
            ).fetchall()
        names = ("id", "to", "text", "at_ms")
        return Response(200, {"items": [dict(zip(names, row, strict=True)) for row in rows]})

    def get_metrics(self, request: Request) -> Response:
        del request
        with self._lock:
            (count,) = self._db.execute("SELECT COUNT(*) FROM messages").fetchone()
        return metrics({"phone_messages": count})

    def _deliver(self, message: Message) -> bool:
        row = (message.id, message.to, message.text, time.time_ns() // 1_000_000)
        with self._lock:
            inserted = self._db.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)", row)
        return inserted.rowcount == 1
