"""By which name, and from where, this server may be reached.

A page of another site whose name was pointed at this server would be of this server's origin to a
browser; so a name must be ours. An address is no name, and cannot be pointed anywhere. What watches
the server asks from its own machine, or at a port of its own.
"""

from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from taigan.problem import MEDIA_TYPE, Kind, Problem

WATCHED: Final = frozenset({"/readyz", "/metrics"})
_NAMELESS: Final = (*WATCHED, "/healthz", "/api/v1/callbacks/")
"""Reached by programs, under whatever name: nothing to steal, or signed."""


class Reached:
    """Stands before the routes."""

    def __init__(self, app: ASGIApp, names: Collection[str], watch_port: int | None) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names) | {"localhost"}
        self._watch_port = watch_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        problem = self._refused(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        body = problem.document(scope["path"])
        answer = JSONResponse(body, problem.kind.status, media_type=MEDIA_TYPE)
        await answer(scope, receive, send)

    def _refused(self, scope: Scope) -> Problem | None:
        path = scope["path"]
        if path in WATCHED and not self._may_watch(scope):
            why = "ask from this machine, or at http.watch_port"
            return Problem(Kind.NOT_FOUND, why)
        if path not in (*WATCHED, "/healthz") and self._is_at_watch_port(scope):
            return Problem(Kind.NOT_FOUND, "only /healthz, /readyz and /metrics are here")
        name = _host_of(scope)
        if path.startswith(_NAMELESS) or _is_address(name) or name in self._names:
            return None
        return Problem(Kind.WRONG_HOST, f"{name[:80]} is not in http.allowed_hosts")

    def _may_watch(self, scope: Scope) -> bool:
        if self._watch_port is not None:
            return self._is_at_watch_port(scope)
        client = scope.get("client")
        return client is None or not _is_address(client[0]) or ip_address(client[0]).is_loopback

    def _is_at_watch_port(self, scope: Scope) -> bool:
        server = scope.get("server")
        return self._watch_port is not None and server is not None and server[1] == self._watch_port


def _host_of(scope: Scope) -> str:
    """Return the name in the Host header, without its port."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    text = str(host.decode("latin-1")).lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
