"""How much of what a stranger sent is read. Each limit can be raised by an environment variable."""

import os
from dataclasses import dataclass, field

ENTRIES = "OVNTRACE_MAX_DUMP_ENTRIES"
FILE_BYTES = "OVNTRACE_MAX_DUMP_FILE_BYTES"
KEPT_BYTES = "OVNTRACE_MAX_DUMP_BYTES"
UNPACKED_BYTES = "OVNTRACE_MAX_DUMP_UNPACKED_BYTES"


def _limit(variable: str, usual: int) -> int:
    """The variable's number; the usual one if it has none."""
    said = os.environ.get(variable, "").strip()
    return int(said) if said.isdecimal() and 0 < len(said) < 20 else usual


@dataclass(frozen=True, slots=True)
class Limits:
    """`entries` of a folder or an archive; bytes of one file, of all files kept of an archive, and
    of all that is unpacked to find them."""

    entries: int = field(default_factory=lambda: _limit(ENTRIES, 200_000))
    file_bytes: int = field(default_factory=lambda: _limit(FILE_BYTES, 1 << 29))
    kept_bytes: int = field(default_factory=lambda: _limit(KEPT_BYTES, 4 << 30))
    unpacked_bytes: int = field(default_factory=lambda: _limit(UNPACKED_BYTES, 16 << 30))
