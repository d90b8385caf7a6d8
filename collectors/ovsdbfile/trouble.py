"""What is wrong with a file: said, never raised to who reads it."""

from typing import NamedTuple


class Trouble(NamedTuple):
    """Where the reading ended before the file's end, and why.

    `truncated`: the file simply ends in the middle of a record, which is what a copy that was cut
    or a server that lost its power leaves; else what stands there is not what was written.
    `record` counts from 1; `offset` is that of the record's header in the unpacked file.
    """

    text: str
    truncated: bool
    record: int | None = None
    offset: int | None = None


class BadRecordError(Exception):
    """What a record holds is not what its place asks for. It never leaves this package."""
