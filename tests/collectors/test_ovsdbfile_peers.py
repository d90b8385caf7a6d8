"""Database files against ovsdb-server: every cell of every row, after random transactions."""

import json
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors.ovsdbfile import FileContents, read_database_file
from ovntrace.model.rows import Table
from tests.collectors.ovsdb import SCHEMAS, is_installed
from tests.collectors.random_transactions import Transactions, of_all_types
from tests.match.rpc import Rpc, RpcError

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not is_installed(), reason="ovsdb-server and its schemas are needed"),
]
Json = Any
_BATCH = 50
_ATTEMPTS = 3


def tool(*words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


class ServerAbortedError(Exception):
    """An assertion of ovsdb-server's own failed: that of 3.1.0 in ovsdb_txn_update_weak_refs
    (ovsdb/transaction.c, line 579) does so with random weak references."""


class Server:
    """An ovsdb-server with one database, and the schema that it has."""

    def __init__(self, folder: Path, file: Path, *options: str) -> None:
        self.file = file
        self.socket, self._control = folder / "db.sock", folder / "ctl"
        self._process = subprocess.Popen(
            [
                "ovsdb-server",
                f"--remote=punix:{self.socket}",
                f"--unixctl={self._control}",
                *options,
                file,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.rpc = Rpc(self.socket)

    def close(self) -> None:
        self.rpc.close()
        self._process.kill()
        self._process.wait()

    def schema(self, name: str) -> Json:
        return self.rpc.call("get_schema", [name])["result"]

    def compact(self) -> None:
        tool("ovs-appctl", "-t", self._control, "ovsdb-server/compact")

    def dump(self, name: str) -> dict[str, Json]:
        lines = tool("ovsdb-client", "dump", "--format=json", f"unix:{self.socket}", name)
        tables = [json.loads(line) for line in lines.splitlines()]
        return {table["caption"].removesuffix(" table"): table for table in tables}

    def apply(self, transactions: Transactions, count: int) -> int:
        """How many of them the server took; others break a constraint."""
        try:
            return self._apply(transactions, count)
        except RpcError as error:
            if self._process.wait(5) == -signal.SIGABRT:
                raise ServerAbortedError("ovsdb-server has aborted") from error
            raise

    def _apply(self, transactions: Transactions, count: int) -> int:
        good = 0
        for _ in range(count // _BATCH):
            requests = [transactions.next() for _ in range(_BATCH)]
            for answer in (self.rpc.call("transact", one) for one in requests):
                assert answer["error"] is None, answer
                good += all("error" not in (one or {}) for one in answer["result"])
            tables = sorted(transactions.known)
            selects = [
                {"op": "select", "table": table, "where": [], "columns": ["_uuid"]}
                for table in tables
            ]
            answer = self.rpc.call("transact", [transactions.schema["name"], *selects])
            for table, found in zip(tables, answer["result"], strict=True):
                transactions.known[table] = [row["_uuid"][1] for row in found["rows"]]
        return good


@contextmanager
def serving(folder: Path, schema: Path, *options: str, clustered: bool = False) -> Iterator[Server]:
    file = folder / "scratch.db"
    if clustered:
        tool("ovsdb-tool", "create-cluster", file, schema, f"unix:{folder}/raft")
    else:
        tool("ovsdb-tool", "create", file, schema)
    server = Server(folder, file, *options)
    try:
        if clustered:
            tool("ovsdb-client", "wait", f"unix:{server.socket}", _name(schema), "connected")
        yield server
    finally:
        server.close()


def dump_of(data: bytes, name: str, folder: Path) -> dict[str, Json]:
    """What an ovsdb-server says that starts on this very file."""
    place = folder / "again"
    place.mkdir()
    (place / "scratch.db").write_bytes(data)
    server = Server(place, place / "scratch.db")
    try:
        tool("ovsdb-client", "wait", f"unix:{server.socket}", name, "connected")
        return server.dump(name)
    finally:
        server.close()
        shutil.rmtree(place)


def _name(schema: Path) -> str:
    return str(json.loads(schema.read_text())["name"])


def cells(table: Table) -> list[list[Any]]:
    names = list(table.columns)
    return [[row._cell(name) for name in names] for row in table]


def assert_equal(contents: FileContents, schema: Json, dumped: dict[str, Json]) -> int:
    """How many cells were compared."""
    assert contents.trouble is None
    assert (contents.schema_name, contents.schema_version) == (schema["name"], schema["version"])
    compared = 0
    for name, table in schema["tables"].items():
        kept = [c for c, one in table["columns"].items() if not one.get("ephemeral")]
        headings = ["_uuid", *sorted(kept)]
        ours = contents.database.table(name)
        assert contents.database.has(name)
        assert list(ours.columns) == headings
        assert contents.columns[name] == tuple(headings)
        got = cells(ours)
        columns = table["columns"]
        targets = [_weak_target(columns[h]["type"]) if h in columns else "" for h in headings]
        assert got == _without_dangling(rows_of(dumped[name], headings), targets, dumped)
        compared += sum(len(row) for row in got)
    return compared


def _weak_target(kind: Json) -> str:
    """The table of a set of weak references; empty for other types."""
    key = kind.get("key") if isinstance(kind, dict) and "value" not in kind else None
    if not isinstance(key, dict) or key.get("refType") != "weak":
        return ""
    return str(key["refTable"])


def _without_dangling(
    rows: list[list[Any]], targets: list[str], dumped: dict[str, Json]
) -> list[list[Any]]:
    """A weak reference goes with its row (RFC 7047, 3.2, refType). ovsdb-server 3.1.0 forgets some
    when it reads a file: then it tells of rows that it does not have."""
    there = {name: {row[0][1] for row in rows_of(dumped[name], ["_uuid"])} for name in dumped}
    return [
        [
            _only(cell, there[target]) if target else cell
            for cell, target in zip(row, targets, strict=True)
        ]
        for row in rows
    ]


def _only(cell: Json, uuids: set[str]) -> Json:
    """A set of references (RFC 7047, 5.1) without those to other rows."""
    members = cell[1] if cell[0] == "set" else [cell]
    kept = [member for member in members if member[1] in uuids]
    return kept[0] if len(kept) == 1 else ["set", kept]


def rows_of(table: Json, headings: list[str]) -> list[list[Any]]:
    at = [table["headings"].index(heading) for heading in headings]
    return sorted(([row[index] for index in at] for row in table["data"]), key=lambda row: row[0])


def schema_file(name: str, folder: Path) -> Path:
    if name in SCHEMAS:
        return SCHEMAS[name]
    file = folder / "types.ovsschema"
    file.write_text(json.dumps(of_all_types()))
    return file


@pytest.mark.parametrize("clustered", [False, True], ids=["standalone", "clustered"])
@pytest.mark.parametrize(("name", "count"), [("types", 900), ("nb", 900), ("sb", 900)])
def test_every_cell_is_what_the_server_has(
    name: str, count: int, clustered: bool, tmp_path: Path
) -> None:
    """The server gives the rows their uuids, so that each run is another one. One in ten of all
    types ends with an ovsdb-server that aborts, and is made anew."""
    for attempt in range(_ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        try:
            return _has_every_cell(name, count, clustered, folder)
        except ServerAbortedError as error:
            warnings.warn(f"made anew: {error}", stacklevel=1)
    raise AssertionError(f"ovsdb-server aborted in {_ATTEMPTS} runs")


def _has_every_cell(name: str, count: int, clustered: bool, tmp_path: Path) -> None:
    path = schema_file(name, tmp_path)
    with serving(tmp_path, path, clustered=clustered) as server:
        schema = server.schema(_name(path))
        transactions = Transactions(schema, seed=count + clustered)
        compared = good = 0
        for part in range(3):
            if part == 1:
                server.compact()
            good += server.apply(transactions, count // 3)
            data = server.file.read_bytes()
            contents = read_database_file(data)
            # Not what the first server has in mind: it is the file that is read.
            dumped = dump_of(data, schema["name"], tmp_path)
            compared += assert_equal(contents, schema, dumped)
            assert contents.kind == ("clustered" if clustered else "standalone")
    assert good > count // 10, f"only {good} of {count} transactions were taken"
    assert compared > 1000


def test_a_log_without_diffs(tmp_path: Path) -> None:
    """As ovsdb-server before 2.15 wrote it."""
    path = schema_file("types", tmp_path)
    with serving(tmp_path, path, "--disable-file-column-diff") as server:
        schema = server.schema("Types")
        server.apply(Transactions(schema, seed=3), 300)
        data = server.file.read_bytes()
        assert b"_is_diff" not in data
        dumped = dump_of(data, "Types", tmp_path)
        assert assert_equal(read_database_file(data), schema, dumped) > 1000


def test_files_that_ovsdb_tool_makes(tmp_path: Path) -> None:
    """Compacted offline, as a cluster's snapshot, and a cluster's log as a standalone file."""
    with serving(tmp_path, SCHEMAS["nb"]) as server:
        schema = server.schema("OVN_Northbound")
        server.apply(Transactions(schema, seed=4), 300)
        dumped = dump_of(server.file.read_bytes(), "OVN_Northbound", tmp_path)
    compacted, cluster = tmp_path / "compacted.db", tmp_path / "cluster.db"
    tool("ovsdb-tool", "compact", server.file, compacted)
    tool("ovsdb-tool", "create-cluster", cluster, server.file, f"unix:{tmp_path}/raft2")
    alone = tmp_path / "alone.db"
    tool("ovsdb-tool", "cluster-to-standalone", alone, cluster)
    for file in (compacted, cluster, alone):
        contents = read_database_file(file.read_bytes())
        # A cluster keeps what is ephemeral elsewhere.
        if file is not compacted:
            schema = json.loads(
                json.dumps(schema).replace('"ephemeral": true', '"ephemeral": false')
            )
        assert assert_equal(contents, schema, dumped) > 1000


def test_a_clusters_log_as_a_standalone_file(tmp_path: Path) -> None:
    with serving(tmp_path, SCHEMAS["nb"], clustered=True) as server:
        schema = server.schema("OVN_Northbound")
        server.apply(Transactions(schema, seed=5), 200)
        data = server.file.read_bytes()
    copy, alone = tmp_path / "copy.db", tmp_path / "alone.db"
    copy.write_bytes(data)
    tool("ovsdb-tool", "cluster-to-standalone", alone, copy)
    ours, theirs = read_database_file(data), read_database_file(alone.read_bytes())
    assert (ours.kind, theirs.kind) == ("clustered", "standalone")
    for table in schema["tables"]:
        assert cells(ours.database.table(table)) == cells(theirs.database.table(table))
    assert sum(len(ours.database.table(table)) for table in schema["tables"]) > 50
