"""Rows of selects in the form in which the tools print tables: see `parse.tables`."""

import gc
import json
from collections.abc import Mapping, Sequence

from collectors.ovsdb.server import Selected
from collectors.ovsdb.trouble import trouble
from ovntrace.model.capture import Reason


def table_lines(names: Sequence[str], found: Mapping[str, Selected]) -> bytes:
    """A JSON document a line, in the order of `names`; `null` for a table that the server's schema
    does not have. OvsdbTroubleError for cells that are nested without end."""
    lines = []
    for name in names:
        selected = found.get(name)
        if selected is None:
            lines.append(b"null\n")
            continue
        columns = selected.columns
        data = [[row.get(column) for column in columns] for row in selected.rows]
        table = {"headings": columns, "data": data}
        try:
            lines.append(json.dumps(table, separators=(",", ":")).encode() + b"\n")
        except RecursionError:
            raise trouble(Reason.UNPARSABLE, f"{name}: cells in cells without end") from None
    return b"".join(lines)


class Uncollected:
    """Python's collector of cyclic garbage is off meanwhile: it would look at all rows again and
    again while they are made."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()
