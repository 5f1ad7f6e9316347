"""Hosts and ports in settings."""

from typing import Annotated

from pydantic import AfterValidator, Field


def check_host(text: str) -> str:
    """Return a name or address; ValueError if a resolver cannot be asked for it.

    For such a text the resolver does not fail as a network fails, but as a program does.
    """
    try:
        text.encode("idna")
    except UnicodeError as error:
        raise ValueError("is no name or address of a host") from error
    return text


Host = Annotated[str, Field(pattern=r"^[^\s/]+$"), AfterValidator(check_host)]
Port = Annotated[int, Field(ge=1, le=65535)]
