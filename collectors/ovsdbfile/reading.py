"""Read a database file: whole, or a few tables of it."""

from collections.abc import Sequence

from collectors.ovsdbfile.contents import FileContents
from collectors.ovsdbfile.framing import CLUSTERED, magic_of
from collectors.ovsdbfile.packing import LIMIT, beginning, is_packed, unpacked
from collectors.ovsdbfile.replay import Stop, replay
from collectors.ovsdbfile.trouble import Trouble
from ovntrace.model.rows import Database

_ENOUGH = 64  # bytes that tell a file


def is_database_file(data: bytes) -> bool:
    """True if it begins as an OVSDB file does, packed by gzip or not; 64 KB of it are enough."""
    return magic_of(beginning(data, _ENOUGH)) is not None


def read_database_file(
    data: bytes,
    tables: Sequence[str] | None = None,
    *,
    limit: int = LIMIT,
    stop: Stop | None = None,
) -> FileContents:
    """The tables of a standalone or clustered file, packed by gzip or not. Never raises for what is
    in it: what is wrong is the contents' `trouble`.

    `tables` None: all. Others cost little: with a few small ones this is a peek. `limit` is in
    bytes, of the unpacked file. `stop` is asked of each transaction and ends the reading before it.
    """
    packing: Trouble | None = None
    if is_packed(data):
        data, packing = unpacked(data, limit)
    kind = {None: "", CLUSTERED: "clustered"}.get(magic_of(data), "standalone")
    wanted = None if tables is None else frozenset(tables)
    done = replay(data, wanted, stop=stop)
    trouble = done.trouble
    if packing is not None:
        trouble = _both(packing, trouble)
    if done.state is None:
        if trouble is None:
            trouble = Trouble("it holds no data: its server has not joined a cluster yet", False)
        database, name, version, columns = Database({}), "", "", {}
    else:
        schema = done.state.schema
        database, name, version = done.state.closed(), schema.name, schema.version
        columns = {key: table.headings for key, table in schema.tables.items()}
    return FileContents(
        database=database,
        kind=kind,
        schema_name=name,
        schema_version=version,
        columns=columns,
        date_ms=done.date_ms,
        records=done.records,
        trouble=None if trouble is None else trouble.text,
        truncated=trouble is not None and trouble.truncated,
    )


def _both(packing: Trouble, inner: Trouble | None) -> Trouble:
    """The file's own trouble follows from that of its packing, where that cut it."""
    if inner is None:
        return packing
    return Trouble(f"{packing.text}; {inner.text}", packing.truncated, inner.record, inner.offset)
