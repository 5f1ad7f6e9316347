"""A database's address in settings: one that can be read, of an engine that we know."""

from typing import Annotated, Final

from pydantic import AfterValidator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_KNOWN: Final = ("sqlite:///", "postgresql+psycopg://")


def _readable(url: str) -> str:
    """Return the address; ValueError, which never repeats its password."""
    if not url.startswith(_KNOWN):
        raise ValueError(f"must begin with {' or '.join(_KNOWN)}")
    try:
        make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError(
            "must be postgresql+psycopg://user:password@host:port/name;"
            " in a password write %40 for @, %3A for :, %2F for /"
        ) from error
    return url


DatabaseUrl = Annotated[str, AfterValidator(_readable)]
