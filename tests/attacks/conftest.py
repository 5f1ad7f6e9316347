"""The settlement on both engines, as its own tests have it."""

from tests.integration.settlement.conftest import database_url, desk, funded, program

__all__ = ["database_url", "desk", "funded", "program"]
