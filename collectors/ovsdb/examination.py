"""One OVSDB server looked at: its databases, its part in a cluster, its schema, its version."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from collectors.ovsdb.connection import Connection, RpcError
from collectors.ovsdb.remote import SCHEMAS, Remote
from collectors.ovsdb.server import SELECT_STATUS, SERVER, first_rows
from collectors.ovsdb.trouble import OvsdbTroubleError, trouble
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import ssl

# By database: the table and the column in which the version of what writes it stands.
_VERSIONS: Final = {
    "nb": ("NB_Global", "options"),
    "sb": ("SB_Global", "options"),
    "ovs": ("Open_vSwitch", "ovs_version"),
}


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """`databases` are the names of all that it has; the rest is of the one that was asked for.

    `schema` is its schema as the server tells it (RFC 7047, 3.2); None if it has no such database.
    `model` is standalone, clustered or relay, empty if the server does not say; `leader` and
    `connected` are None then. `version` is that of ovn-northd or ovs-vswitchd, None if not told.
    """

    databases: tuple[str, ...]
    schema: Mapping[str, Any] | None
    model: str
    leader: bool | None
    connected: bool | None
    version: str | None


def examine(
    remote: Remote, database: str, context: "Callable[[], ssl.SSLContext]", timeout_s: float
) -> ServerSeen | Failure:
    """Connect and ask, within `timeout_s` seconds, whatever the network does."""
    found: list[ServerSeen | Failure] = []
    connection = Connection(remote, time.monotonic() + timeout_s)

    def ask() -> None:
        try:
            connection.open(context)
            found.append(_ask(connection, database))
        except OvsdbTroubleError as error:
            found.append(error.failure)
        except Exception as error:  # a thread that dies silently would say nothing
            found.append(Failure(Reason.UNREACHABLE, f"{type(error).__name__}: {error}"[:300]))
        finally:
            connection.close()

    # Finding a host's address knows no time limit.
    thread = threading.Thread(target=ask, name=f"examine {remote}", daemon=True)
    thread.start()
    thread.join(timeout_s + 0.5)
    if found:
        return found[0]
    connection.hang_up()
    return Failure(Reason.TIMEOUT, f"no answer within {timeout_s:g} s", "try a longer --timeout")


def _ask(connection: Connection, database: str) -> ServerSeen:
    name = SCHEMAS[database]
    names, status = connection.call(("list_dbs", []), ("transact", [SERVER, SELECT_STATUS]))
    if isinstance(names, RpcError) or not isinstance(names, list):
        raise trouble(Reason.UNPARSABLE, "it does not tell its databases")
    databases = tuple(one for one in names if isinstance(one, str) and one != SERVER)
    own = next((row for row in first_rows(status) if row.get("name") == name), {})
    schema, version = None, None
    if name in databases:
        table, column = _VERSIONS[database]
        select = {"op": "select", "table": table, "where": [], "columns": [column]}
        schema, rows = connection.call(("get_schema", [name]), ("transact", [name, select]))
        version = next((_version(row.get(column)) for row in first_rows(rows)), None)
    return ServerSeen(
        databases,
        schema if isinstance(schema, dict) else None,
        _text(own.get("model")),
        _flag(own.get("leader")),
        _flag(own.get("connected")),
        version,
    )


def _version(cell: Any) -> str | None:
    """A text, or northd_internal_version of a map (RFC 7047, 5.1)."""
    if isinstance(cell, str):
        return cell or None
    pairs = cell[1] if isinstance(cell, list) and len(cell) == 2 and cell[0] == "map" else ()
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == "northd_internal_version":
            return pair[1].partition("-")[0] if isinstance(pair[1], str) else None
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
