"""The settlement on both engines, as its own tests have it."""

from tests.integration.settlement.conftest import (
    database_url,
    desk,
    funded,
    migrated_database,
    migrated_file,
    program,
)

__all__ = ["database_url", "desk", "funded", "migrated_database", "migrated_file", "program"]
