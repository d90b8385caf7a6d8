"""The server of a database: which of a cluster's is to be asked, what its schema has, its rows.

Only list_dbs, get_schema and transactions of selects are ever sent; where changes are followed,
`monitor` too (see `monitored`).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from collectors.ovsdb.columns import wanted
from collectors.ovsdb.connection import Connection, RpcError
from collectors.ovsdb.remote import SCHEMAS, Remote, Source
from collectors.ovsdb.trouble import OvsdbTroubleError, trouble
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import ssl

Rows = Sequence[Mapping[str, Any]]
Columns = Mapping[str, Mapping[str, object]]

SERVER: Final = "_Server"  # of every ovsdb-server since OVS 2.9 (ovsdb-server(5))
STATUS: Final = ("name", "model", "connected", "leader")
SELECT_STATUS: Final = {"op": "select", "table": "Database", "where": [], "columns": list(STATUS)}
_ORDER: Final = (
    Reason.DENIED,
    Reason.UNPARSABLE,
    Reason.TRUNCATED,
    Reason.TIMEOUT,
    Reason.UNREACHABLE,
)


class Servers:
    """Reads databases, each over a connection of its own. Safe to use from several threads."""

    def __init__(self, context: "Callable[[], ssl.SSLContext]", *, leader_only: bool) -> None:
        self._context = context
        self._leader_only = leader_only
        self._lock = threading.Lock()
        self._open: set[Connection] = set()
        self._answered: dict[Source, Remote] = {}
        self._closed = threading.Event()

    def read(
        self, source: Source, tables: Sequence[str], timeout_s: float
    ) -> tuple[Remote, dict[str, "Selected"]]:
        """The rows of those tables that the server's schema has, as they were at one moment, and
        the server that told them. OvsdbTroubleError if none of the source's servers tells them."""
        deadline = time.monotonic() + timeout_s
        failures: list[tuple[Remote, Failure]] = []
        remotes = self.in_order(source)
        for at, remote in enumerate(remotes):
            now = time.monotonic()
            # One that does not answer leaves the others their part of the time.
            until = now + (deadline - now) / (len(remotes) - at)
            try:
                with self.connected(remote, until) as connection:
                    schema = SCHEMAS[source.database]
                    found = self.select(connection, schema, tables, deadline)
            except OvsdbTroubleError as error:
                failures.append((remote, error.failure))
            else:
                self.has_answered(source, remote)
                return remote, found
        raise OvsdbTroubleError(all_failures(failures))

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            self._closed.set()
            connections = tuple(self._open)
        for connection in connections:
            connection.hang_up()

    @property
    def is_closed(self) -> bool:
        """True once `close` was called."""
        return self._closed.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until `close` is called."""
        self._closed.wait(seconds)

    def in_order(self, source: Source) -> list[Remote]:
        """First the one that answered before: the leader is found once."""
        first = self._answered.get(source)
        return sorted(source.remotes, key=lambda remote: remote != first)

    def has_answered(self, source: Source, remote: Remote) -> None:
        """It is asked first from now on."""
        self._answered[source] = remote

    @contextmanager
    def connected(self, remote: Remote, until: float) -> Iterator[Connection]:
        """A connection that is open, which has time until `until`. OvsdbTroubleError."""
        connection = Connection(remote, until)
        with self._lock:
            if self._closed.is_set():
                raise trouble(Reason.UNREACHABLE, "stopped")
            self._open.add(connection)
        try:
            connection.open(self._context)
            yield connection
        finally:
            connection.close()
            with self._lock:
                self._open.discard(connection)

    def select(
        self, connection: Connection, schema: str, tables: Sequence[str], deadline: float
    ) -> dict[str, "Selected"]:
        """Over a connection that is open. The rows have time until `deadline`."""
        columns = self.greeted(connection, schema)
        connection.deadline = deadline
        return _select(connection, schema, tables, columns)

    def greeted(self, connection: Connection, schema: str) -> Columns:
        """The schema's columns by table, of a server that has the database and may be asked."""
        names, state, found = connection.call(
            ("list_dbs", []), ("transact", [SERVER, SELECT_STATUS]), ("get_schema", [schema])
        )
        _check_name(names, schema)
        # A server that has no _Server, or hides it, has no clusters.
        self.check_state(first_rows(state), schema)
        return _columns(found)

    def check_state(self, rows: Iterable[Any], schema: str) -> None:
        """By rows of _Server's Database: of a clustered database a follower may lag behind, and who
        has lost the others does not even know it. OvsdbTroubleError where that is so."""
        for row in rows:
            if not isinstance(row, dict) or row.get("name") != schema:
                continue
            if row.get("connected") is False:
                raise trouble(
                    Reason.UNREACHABLE,
                    f"it has lost the others of its {row.get('model') or 'cluster'}",
                    "--no-leader-only does not help there: is there a majority of servers?",
                )
            if self._leader_only and row.get("model") == "clustered" and not row.get("leader"):
                hint = "name all servers of the cluster, with commas, or give --no-leader-only"
                raise trouble(Reason.UNREACHABLE, "a follower, not the cluster's leader", hint)


class Selected:
    """What one select brought: the columns that were asked for, and rows."""

    __slots__ = ("columns", "rows")

    def __init__(self, columns: Sequence[str], rows: Rows) -> None:
        self.columns = columns
        self.rows = rows


def first_rows(answer: Any) -> list[dict[str, Any]]:
    """The rows of a transaction of one select; none where it was refused."""
    first = answer[0] if isinstance(answer, list) and answer else None
    rows = first.get("rows") if isinstance(first, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _select(
    connection: Connection, schema: str, tables: Sequence[str], columns: Columns
) -> dict[str, Selected]:
    """All rows of those tables that there are, in one transaction."""
    asked = {name: wanted(name, columns[name]) for name in tables if name in columns}
    operations = [
        {"op": "select", "table": name, "where": [], "columns": list(asked[name])} for name in asked
    ]
    if not operations:
        return {}
    [answer] = connection.call(("transact", [schema, *operations]))
    return _selected(answer, asked)


def _check_name(names: Any, schema: str) -> None:
    if isinstance(names, RpcError) or not isinstance(names, list):
        why = f": {names}" if isinstance(names, RpcError) else ""
        raise trouble(Reason.UNPARSABLE, f"it does not tell its databases{why}")
    if schema in names:
        return
    others = [name for name in names if isinstance(name, str) and name != SERVER][:4]
    detail = f"no {schema} there: it has {', '.join(others) or 'no database'}"
    meant = [f"{key}=" for key, name in SCHEMAS.items() if name in others]
    hint = f"was {' or '.join(meant)} meant?" if meant else ""
    raise trouble(Reason.UNREACHABLE, detail[:200], hint)


def _columns(schema: Any) -> Columns:
    """Columns by table of a schema (RFC 7047, 3.2)."""
    tables = schema.get("tables") if isinstance(schema, dict) else None
    if not isinstance(tables, dict):
        why = f": {schema}" if isinstance(schema, RpcError) else ""
        raise trouble(Reason.UNPARSABLE, f"it does not tell the schema{why}")
    found = {}
    for name, table in tables.items():
        columns = table.get("columns") if isinstance(table, dict) else None
        if isinstance(columns, dict):
            found[name] = columns
    return found


def _selected(answer: Any, asked: Mapping[str, Sequence[str]]) -> dict[str, Selected]:
    """The rows by table. A server answers each operation, or says which one failed."""
    if isinstance(answer, RpcError):
        raise trouble(Reason.UNPARSABLE, f"it refuses to read: {answer}")
    results = answer if isinstance(answer, list) else []
    found: dict[str, Selected] = {}
    for (name, columns), result in zip(asked.items(), results, strict=False):
        result = result if isinstance(result, dict) else {}
        rows = result.get("rows")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            words = [str(result[key]) for key in ("error", "details") if result.get(key)]
            why = f": {': '.join(words)[:200]}" if words else ""
            raise trouble(Reason.UNPARSABLE, f"{name} can't be read{why}")
        found[name] = Selected(columns, rows)
    if len(found) < len(asked):
        raise trouble(Reason.UNPARSABLE, "it answers with fewer tables than were asked for")
    return found


def all_failures(failures: Sequence[tuple[Remote, Failure]]) -> Failure:
    """One failure for all servers of a source: each by name, and the hint of the weightiest."""
    if len(failures) == 1:
        remote, failure = failures[0]
        return Failure(failure.reason, f"{remote}: {failure.detail}", failure.hint)
    reason = min((failure.reason for _, failure in failures), key=_ORDER.index)
    hints = [failure.hint for _, failure in failures if failure.hint]
    details = "; ".join(f"{remote}: {failure.detail}" for remote, failure in failures)
    return Failure(
        reason, f"none of {len(failures)} servers: {details}", hints[-1] if hints else ""
    )
