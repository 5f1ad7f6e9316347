"""What guards every route: the bearer token, a body of limited size, the services behind them."""

import hmac
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from settlement.services import Services
from taigan.problem import Kind, Problem

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
"""Four signed records of at most 256 KiB each, as JSON text inside JSON, and the ticket."""


def _services(request: Request) -> Services:
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the app was built without its services")
    return services


ServicesDep = Annotated[Services, Depends(_services)]


def _authorised(services: ServicesDep, authorization: Annotated[str, Header()] = "") -> None:
    """Compare in constant time, so that the token cannot be guessed letter by letter."""
    expected = f"Bearer {services.settings.api.token.get_secret_value()}"
    if not hmac.compare_digest(authorization.encode(), expected.encode()):
        raise Problem(
            Kind.UNAUTHENTICATED,
            "send Authorization: Bearer <token>",
            headers={"WWW-Authenticate": "Bearer"},
        )


AUTHORISED: Final = Depends(_authorised)


async def _body(request: Request) -> bytes:
    """Read the exact bytes; the only async code here, because reading a body has no other form."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise Problem(Kind.TOO_LARGE, f"a body has at most {BODY_BYTES_MAX} bytes")
    return bytes(body)


Body = Annotated[bytes, Depends(_body)]
