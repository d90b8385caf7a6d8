"""Rows with odd names for every table and column of a schema, for tests of the text forms."""

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

Json = Any

_SIGNS: Final = "\"'\\,={}[]():; -_.|\n\r\t\x01\x7f\x85\u2028éß中🦀aZ09"
_LIKE_OTHER: Final = (
    "",
    "true",
    "false",
    "12",
    "-1",
    "1.5",
    "[]",
    "{}",
    '""',
    "--",
    "_uuid               : 1",
    "name                : x",
    "a6a8ff10-58dc-4202-afed-4ee527cbabfd",
    "0a6a8ff1-58dc-4202-afed-4ee527cbabfd",
    '["uuid","a6a8ff10-58dc-4202-afed-4ee527cbabfd"]',
    "llm.demo.llm.demo.localnet.network_llm-demo_tinypod",
    "0a:58:c0:a8:4d:5b 192.168.77.91",
)
names: Final = st.one_of(
    st.sampled_from(_LIKE_OTHER),
    st.text(st.sampled_from(_SIGNS), max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


def rooted(schema: Path) -> Json:
    """The schema without what would refuse rows that are alike or that nothing refers to."""
    changed = copy.deepcopy(json.loads(schema.read_text()))
    for table in changed["tables"].values():
        table["isRoot"] = True
        table.pop("indexes", None)
        table.pop("maxRows", None)
    return changed


class OddRows:
    """Transactions that fill all tables of a schema; values are drawn from a list of words."""

    def __init__(self, schema: Json, words: Sequence[str], n_rows: int) -> None:
        self._tables: Mapping[str, Json] = schema["tables"]
        self._words = words or [""]
        self._n_rows = n_rows
        self._at = 0

    def operations(self) -> list[Json]:
        """Delete everything, then insert `n_rows` into each table."""
        found: list[Json] = [
            {"op": "delete", "table": table, "where": []} for table in self._tables
        ]
        for table, body in self._tables.items():
            for number in range(self._n_rows):
                row = {
                    name: self._value(column["type"], number)
                    for name, column in body["columns"].items()
                }
                name = f"{table}_{number}"
                found.append({"op": "insert", "table": table, "row": row, "uuid-name": name})
        return found

    def _next(self) -> int:
        self._at += 1
        return self._at

    def _value(self, kind: Json, number: int) -> Json:
        if isinstance(kind, str):
            kind = {"key": kind}
        least, most = kind.get("min", 1), kind.get("max", 1)
        # Empty, one and several, in turns.
        count = max(least, number % 3 if most == "unlimited" else min(most, number % 3))
        keys: list[Json] = []
        for _ in range(count * 3):
            key = self._atom(kind["key"])
            if key not in keys and len(keys) < count:
                keys.append(key)
        if "value" in kind:
            return ["map", [[key, self._atom(kind["value"])] for key in keys]]
        return ["set", keys]

    def _atom(self, base: Json) -> Json:
        if isinstance(base, str):
            base = {"type": base}
        number = self._next()
        if "enum" in base:
            words = base["enum"][1] if isinstance(base["enum"], list) else [base["enum"]]
            return words[number % len(words)]
        match base["type"]:
            case "uuid" if "refTable" in base:
                return ["named-uuid", f"{base['refTable']}_{number % self._n_rows}"]
            case "uuid":
                return ["uuid", f"00000000-0000-4000-8000-{number:012x}"]
            case "integer":
                least = base.get("minInteger", -(10**12))
                return max(least, min(number, base.get("maxInteger", number)))
            case "real":
                return (-1.5, 0.25, 3.0, 1e30, 0.1, 1e-7)[number % 6]
            case "boolean":
                return number % 2 == 0
        word = self._words[number % len(self._words)]
        return word.ljust(base.get("minLength", 0), "x")[: base.get("maxLength")]
