"""Where the snapshot stands in a clustered file's large first record.

The record is an object whose `prev_data` is `[schema, transaction]`. As with tables and rows (see
`transaction`), a key can't follow a quote within a string; and no cell of a database is an object,
so that `}]` outside a string is the end of the pair.
"""

import re
from typing import Final

_BEGINS: Final = b'"prev_data":['
_SCHEMA_ENDS: Final = re.compile(rb'\}(?=,\{"[A-Za-z_][A-Za-z0-9_]*":)')
_ENDS: Final = re.compile(rb'\}\](?=,"[A-Za-z_][A-Za-z0-9_]*":)')


def snapshot_bounds(data: bytes, start: int, end: int) -> tuple[int, int, int, int] | None:
    """Offsets of the pair, of the schema, of the comma behind it, and of what follows the pair;
    None if the record is not written as ovsdb-server does."""
    begin = data.find(_BEGINS, start, end)
    if begin < 0:
        return None
    pair = begin + len(_BEGINS) - 1
    # A comma between two objects occurs once in the pair: elsewhere an object follows a key.
    schema = _SCHEMA_ENDS.search(data, pair + 1, end)
    if schema is None or data[pair + 1 : pair + 2] != b"{":
        return None
    closing = _ENDS.search(data, schema.end(), end)
    if closing is not None:
        return pair, pair + 1, schema.end(), closing.end()
    last = data.rfind(b"}]}", schema.end(), end)
    return None if last < 0 else (pair, pair + 1, schema.end(), last + 2)
