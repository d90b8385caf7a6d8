"""Tables of one database, kept as its server has them: all rows once, then each change (`monitor`
and `update` of RFC 7047, 4.1.5 and 4.1.6). A server that goes is met again."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from collectors.ovsdb.columns import wanted
from collectors.ovsdb.connection import Connection, RpcError
from collectors.ovsdb.remote import SCHEMAS, Remote, Source
from collectors.ovsdb.server import SERVER, STATUS, Selected, Servers, all_failures
from collectors.ovsdb.trouble import OvsdbTroubleError, trouble
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

# Where nothing comes for so long the server is asked whether it is there, and has as long again.
_SILENCE_S: Final = 5.0
# How long to wait before a server is tried again; twice as long each time.
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0

Rows = dict[str, dict[str, Any]]  # by uuid
_Updates = Mapping[str, Mapping[str, Any]]


class Monitored:
    """The rows as last told. `told` is called, in another thread, whenever rows have changed, and
    when the server has gone or is there again."""

    def __init__(
        self,
        servers: Servers,
        source: Source,
        tables: Sequence[str],
        told: Callable[[], None],
        *,
        timeout_s: float,
        silence_s: float = _SILENCE_S,
    ) -> None:
        """`timeout_s` is what a server has for the first rows; after `silence_s` seconds without a
        word it is asked whether it is there."""
        self._servers = servers
        self._source = source
        self._schema = SCHEMAS[source.database]
        self._tables = tuple(tables)
        self._told = told
        self._timeout_s = timeout_s
        self._silence_s = silence_s
        self._changed = threading.Condition()
        self._remote: Remote | None = None
        self._columns: dict[str, Sequence[str]] = {}
        self._rows: dict[str, Rows] = {}
        self._failure: Failure | None = None
        name = f"monitor {source.database} of {source}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def read(self, timeout_s: float) -> tuple[Remote, dict[str, Selected]]:
        """The tables that the server has, all as of one moment, and the server. Waits for the first
        rows; once there were some, those of a server that has gone are the last that it told.
        OvsdbTroubleError if there were never any."""
        with self._changed:
            self._changed.wait_for(lambda: self._remote or self._failure, timeout_s)
            if self._remote is None:
                if self._failure is None:
                    raise trouble(
                        Reason.TIMEOUT, "no answer within the time", "try a longer --timeout"
                    )
                raise OvsdbTroubleError(self._failure)
            found = {
                name: Selected(columns, list(self._rows[name].values()))
                for name, columns in self._columns.items()
            }
            return self._remote, found

    @property
    def lost(self) -> Failure | None:
        """Why its server tells nothing now; None while it does."""
        return self._failure

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._servers.is_closed:
            failures: list[tuple[Remote, Failure]] = []
            for remote in self._servers.in_order(self._source):
                began = time.monotonic()
                failures.append((remote, self._followed(remote)))
                if time.monotonic() - began > _LONGEST_PAUSE_S:
                    pause_s = _FIRST_PAUSE_S
                if self._remote is not None:
                    # Whoever looks sees it at once, however long the next one takes. Nobody is
                    # woken: of a cluster another one mostly goes on in a moment.
                    self._failure = all_failures(failures)
            with self._telling():
                self._failure = all_failures(failures)
            self._servers.pause(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _followed(self, remote: Remote) -> Failure:
        """Take what the server tells, to its end: why it has ended."""
        try:
            with self._servers.connected(remote, time.monotonic() + self._timeout_s) as connection:
                self._begin(connection, remote)
                self._listen(connection)
        except OvsdbTroubleError as error:
            return error.failure

    def _begin(self, connection: Connection, remote: Remote) -> None:
        """Ask for all rows and for every change from then on."""
        known = self._servers.greeted(connection, self._schema)
        asked = {name: wanted(name, known[name]) for name in self._tables if name in known}
        # A row's uuid is the key that it is told under.
        of_tables = {name: {"columns": list(columns[1:])} for name, columns in asked.items()}
        of_server = {"Database": {"columns": list(STATUS)}}
        state, rows = connection.call(
            ("monitor", [SERVER, SERVER, of_server]),
            ("monitor", [self._schema, self._schema, of_tables]),
        )
        if not isinstance(state, RpcError):
            self._check_state(_updates(state))
        if isinstance(rows, RpcError):
            raise trouble(Reason.UNPARSABLE, f"it refuses to tell changes: {rows}")
        fresh: dict[str, Rows] = {name: {} for name in asked}
        _apply(fresh, _updates(rows))
        self._servers.has_answered(self._source, remote)
        with self._telling():
            self._remote, self._columns, self._rows = remote, dict(asked), fresh
            self._failure = None

    def _listen(self, connection: Connection) -> NoReturn:
        """Take changes until the server goes: ends with OvsdbTroubleError only."""
        was_silent = False
        while True:
            message = connection.notice(self._silence_s)
            if message is None:
                if was_silent:
                    raise trouble(Reason.TIMEOUT, "it has fallen silent")
                connection.ping(self._silence_s)
            was_silent = message is None
            if message is None or message.get("method") != "update":
                continue
            params = message.get("params")
            if not isinstance(params, list) or len(params) != 2:
                raise trouble(Reason.UNPARSABLE, "it tells changes that are none")
            updates = _updates(params[1])
            if params[0] == SERVER:
                self._check_state(updates)
            elif params[0] == self._schema:
                with self._telling():
                    _apply(self._rows, updates)

    def _check_state(self, updates: _Updates) -> None:
        changes = updates.get("Database", {}).values()
        self._servers.check_state([one.get("new") for one in changes], self._schema)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Whoever reads sees nothing of what is changed in here before its end."""
        with self._changed:
            yield
            self._changed.notify_all()
        self._told()


def _updates(told: Any) -> _Updates:
    """Changes by table and uuid. OvsdbTroubleError for what is none (RFC 7047, 4.1.6)."""
    is_map = isinstance(told, dict) and all(
        isinstance(rows, dict) and all(isinstance(change, dict) for change in rows.values())
        for rows in told.values()
    )
    if not is_map:
        raise trouble(Reason.UNPARSABLE, "it tells changes that are none")
    found: _Updates = told
    return found


def _apply(rows: dict[str, Rows], updates: _Updates) -> None:
    """`new` is the whole row (of the columns that were asked for); a row without one has gone."""
    for table, changes in updates.items():
        own = rows.get(table)
        if own is None:
            continue
        for uuid, change in changes.items():
            new = change.get("new")
            if isinstance(new, dict):
                own[uuid] = {**new, "_uuid": ["uuid", uuid]}
            else:
                own.pop(uuid, None)
