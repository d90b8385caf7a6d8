"""Rows written in one transaction over the OVSDB protocol (RFC 7047), without a client library."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.commands import LabError, run

Json = object


@dataclass(frozen=True, slots=True)
class Named:
    """A reference to a row that the same transaction inserts."""

    name: str


@dataclass(frozen=True, slots=True)
class Uuid:
    """A reference to a row that is there."""

    uuid: str


Atom = str | int | bool | Named | Uuid
Value = Atom | Mapping[str, str] | Sequence[Atom]


def _encode(value: Value) -> Json:
    match value:
        case Named(name):
            return ["named-uuid", name]
        case Uuid(uuid):
            return ["uuid", uuid]
        case str() | int():
            return value
        case Mapping():
            return ["map", [[key, word] for key, word in value.items()]]
    return ["set", [_encode(atom) for atom in value]]


@dataclass(slots=True)
class Transaction:
    """Operations that happen all or not at all."""

    database: str
    operations: list[Json] = field(default_factory=list)
    inserted: int = 0

    def insert(self, table: str, row: Mapping[str, Value]) -> Named:
        """Insert a row; the reference is for other rows of this transaction."""
        self.inserted += 1
        name = f"row{self.inserted}"
        columns = {column: _encode(value) for column, value in row.items()}
        self.operations.append({"op": "insert", "table": table, "row": columns, "uuid-name": name})
        return Named(name)

    def delete(self, table: str, name: str) -> None:
        """Delete the row of this name, if there is one."""
        where = [["name", "==", name]]
        self.operations.append({"op": "delete", "table": table, "where": where})

    def commit(self, socket: Path, env: Mapping[str, str]) -> list[Json]:
        """Commit through an ovsdb-server's socket; LabError when the server refuses."""
        request = json.dumps([self.database, *self.operations])
        argv = ["ovsdb-client", "--timeout=10", "transact", f"unix:{socket}", request]
        answers: list[Json] = json.loads(run(argv, env, timeout_s=12))
        for answer in answers:
            if isinstance(answer, dict) and "error" in answer:
                raise LabError(f"{self.database}: {json.dumps(answer)[:500]}")
        return answers


def uuids_by_name(
    database: str, table: str, socket: Path, env: Mapping[str, str]
) -> dict[str, Uuid]:
    """The rows of a table that has names."""
    columns = ["_uuid", "name"]
    select = {"op": "select", "table": table, "where": [], "columns": columns}
    request = json.dumps([database, select])
    argv = ["ovsdb-client", "--timeout=10", "transact", f"unix:{socket}", request]
    answer = json.loads(run(argv, env, timeout_s=12))
    return {row["name"]: Uuid(row["_uuid"][1]) for row in answer[0]["rows"]}
