"""Random transactions for any schema: inserts, updates, mutations and deletes, with references."""

import itertools
import uuid
from collections.abc import Sequence
from random import Random
from typing import Any

Json = Any

_WORDS = (
    "",
    "a",
    "b",
    "lsp",
    'quo"te',
    "back\\slash",
    "ümläut",
    "日本",
    "\U0001f980",
    "a,b={c}",
    "Z",
)
_MAX_DEPTH = 2


class Transactions:
    """Transactions of a database; `known` are uuids by table that references and wheres name."""

    def __init__(self, schema: Json, seed: int) -> None:
        self.schema = schema
        self.known: dict[str, list[str]] = {name: [] for name in schema["tables"]}
        self._random = Random(seed)
        self._names = itertools.count()
        self._operations: list[Json] = []

    def next(self) -> list[Json]:
        """The parameters of a `transact` request."""
        self._operations = []
        for _ in range(self._random.randint(1, 4)):
            self._operation()
        self._operations.append({"op": "comment", "comment": f"ümläut {next(self._names)}"})
        return [self.schema["name"], *self._operations]

    def _operation(self) -> None:
        table = self._random.choice(sorted(self.schema["tables"]))
        kind = self._random.random()
        if kind < 0.4 or not self.known[table]:
            self._insert(table, 0)
            return
        where = [["_uuid", "==", ["uuid", self._random.choice(self.known[table])]]]
        if kind < 0.5:
            self._operations.append({"op": "delete", "table": table, "where": where})
        elif kind < 0.7:
            row = self._row(table, _MAX_DEPTH, 0.3)
            self._operations.append({"op": "update", "table": table, "where": where, "row": row})
        else:
            self._mutate(table, where)

    def _insert(self, table: str, depth: int) -> str:
        name = f"row{next(self._names)}"
        row = self._row(table, depth, 0.7)
        self._operations.append({"op": "insert", "table": table, "row": row, "uuid-name": name})
        return name

    def _row(self, table: str, depth: int, share: float) -> dict[str, Json]:
        columns = self.schema["tables"][table]["columns"]
        return {
            name: self._value(column["type"], depth)
            for name, column in columns.items()
            if self._random.random() < share or _must(column["type"])
            if column.get("mutable", True) or depth < _MAX_DEPTH
        }

    def _mutate(self, table: str, where: Json) -> None:
        columns = self.schema["tables"][table]["columns"]
        many = [name for name, one in columns.items() if _is_composite(one["type"])]
        if not many:
            return
        name = self._random.choice(many)
        kind = columns[name]["type"]
        value = self._value(kind, _MAX_DEPTH)
        mutator = self._random.choice(("insert", "insert", "delete"))
        mutation = [[name, mutator, value]]
        self._operations.append(
            {"op": "mutate", "table": table, "where": where, "mutations": mutation}
        )

    def _value(self, kind: Json, depth: int) -> Json:
        if isinstance(kind, str):
            return self._atom(kind, depth)
        most = kind.get("max", 1)
        count = self._random.randint(kind.get("min", 1), 4 if most == "unlimited" else min(most, 4))
        keys = [self._atom(kind["key"], depth) for _ in range(count)]
        keys = [key for at, key in enumerate(keys) if key not in keys[:at]]
        if "value" in kind:
            return ["map", [[key, self._atom(kind["value"], depth)] for key in keys]]
        return keys[0] if len(keys) == 1 else ["set", keys]

    def _atom(self, base: Json, depth: int) -> Json:
        base = {"type": base} if isinstance(base, str) else base
        if "enum" in base:
            words = base["enum"]
            return self._random.choice(words[1]) if isinstance(words, list) else words
        kind = base["type"]
        if kind == "uuid":
            return self._reference(base.get("refTable"), depth)
        if kind == "integer":
            least = base.get("minInteger", -5)
            return self._random.randint(least, min(base.get("maxInteger", least + 9), least + 9))
        if kind == "real":
            return self._random.choice((-1.5, 0.25, 3.0, 1e30, 0.1))
        if kind == "boolean":
            return self._random.random() < 0.5
        word = self._random.choice(_WORDS) + self._random.choice(_WORDS)
        return word.ljust(base.get("minLength", 0), "x")[: base.get("maxLength", 1 << 30)]

    def _reference(self, table: str | None, depth: int) -> Json:
        if table is None:
            return ["uuid", str(uuid.UUID(int=self._random.getrandbits(128)))]
        known = self.known[table]
        if known and (depth >= _MAX_DEPTH or self._random.random() < 0.5):
            return ["uuid", self._random.choice(known)]
        return ["named-uuid", self._insert(table, depth + 1)]


def _must(kind: Json) -> bool:
    """True for a column whose default breaks its own constraint: an enum, a reference."""
    key = kind if isinstance(kind, str) else kind["key"]
    needed = isinstance(kind, str) or kind.get("min", 1) > 0
    return needed and isinstance(key, dict) and ("enum" in key or "refTable" in key)


def _is_composite(kind: Json) -> bool:
    return isinstance(kind, dict) and kind.get("max", 1) != 1


def of_all_types() -> Json:
    """A schema with sets and maps of every type, of at most one element and of any number.

    None that needs at least one: ovsdb-server 3.1 cannot always read what it wrote of those.
    """
    atoms = ("string", "integer", "real", "boolean", "uuid")
    columns: dict[str, Json] = {}
    for key in atoms:
        columns[f"one_{key}"] = {"type": key}
        columns[f"maybe_{key}"] = {"type": {"key": key, "min": 0, "max": 1}}
        columns[f"set_{key}"] = {"type": {"key": key, "min": 0, "max": "unlimited"}}
        for value in atoms:
            kind = {"key": key, "value": value, "min": 0, "max": "unlimited"}
            columns[f"map_{key}_{value}"] = {"type": kind}
        columns[f"pair_{key}"] = {"type": {"key": key, "value": "string", "min": 0, "max": 1}}
    for strength in ("strong", "weak"):
        to = {"type": "uuid", "refTable": "Other", "refType": strength}
        columns[strength] = {"type": {"key": to, "min": 0, "max": "unlimited"}}
        columns[f"{strength}_map"] = {
            "type": {"key": to, "value": to, "min": 0, "max": "unlimited"}
        }
    columns["passing"] = {"type": "integer", "ephemeral": True}
    other: Sequence[Json] = [{"name": {"type": "string"}}]
    return {
        "name": "Types",
        "version": "1.2.3",
        "tables": {
            "All": {"columns": columns, "isRoot": True},
            "Other": {"columns": other[0]},
            "Rooted": {
                "columns": {"name": {"type": "string"}, "weak": columns["weak"]},
                "isRoot": True,
            },
        },
    }
