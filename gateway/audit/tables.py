"""The list of facts that heads sign; triggers note what is to be added."""

from typing import Final

from gateway.db import metadata
from taigan.heads.tables import HeadTables, add_head_tables

head_tables: Final[HeadTables] = add_head_tables(metadata)
