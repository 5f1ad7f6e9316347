"""Names of hosts in settings: whatever a resolver can be asked for.

For anything else it does not fail as a network fails, but as a program does.
"""

from typing import Annotated

from pydantic import AfterValidator, Field


def check_host(text: str) -> str:
    """Return a name or address; ValueError if it cannot be one."""
    try:
        text.encode("idna")
    except UnicodeError as error:
        raise ValueError("is no name or address of a host") from error
    return text


Host = Annotated[str, Field(pattern=r"^[^\s/]+$"), AfterValidator(check_host)]
