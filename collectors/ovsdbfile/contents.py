"""What is in a database file: its tables, and what is wrong with it."""

from collections.abc import Mapping
from typing import NamedTuple

from ovntrace.model.rows import Database


class FileContents(NamedTuple):
    """A file as far as it could be read.

    `database` holds the tables that were asked for and that the schema has. `columns` are the
    headings of every table of the schema: `_uuid` and all columns that files hold, which leaves out
    ephemeral ones. `date_ms` is the time of the last transaction, in milliseconds since the epoch.
    `records` counts the records that were read. `trouble` says why there may be more, naming the
    record and its offset; `truncated` if the file only ends too early. `readable` is False if not
    even a schema was found: then nothing is known.
    """

    database: Database
    kind: str  # standalone | clustered; empty if it is no OVSDB file
    schema_name: str
    schema_version: str
    columns: Mapping[str, tuple[str, ...]]
    date_ms: int | None
    records: int
    trouble: str | None
    truncated: bool

    @property
    def readable(self) -> bool:
        """True if a schema was found."""
        return bool(self.schema_name)
