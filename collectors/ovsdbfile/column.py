"""A column of a schema: its type, its default, and how its cells are read and changed.

Cells are in the notation of RFC 7047 section 5.1, as the tools print them: sets and maps in
OVSDB's order, a set of one as its element alone. While a log is replayed, a set or a map that was
changed is a dict (its elements as keys; a set's values are None), since rebuilding a list for
every change would take quadratic time.
"""

import re
from typing import Any, Final, NamedTuple

from collectors.ovsdbfile.trouble import BadRecordError

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
is_uuid: Final = _UUID.fullmatch
UUID_LENGTH: Final = 36  # of a uuid; whether a reference is one shows where it leads
_INTEGERS: Final = range(-(1 << 63), 1 << 63)
DEFAULTS: Final[dict[str, Any]] = {
    "string": "",
    "integer": 0,
    "real": 0,
    "boolean": False,
    "uuid": ["uuid", "00000000-0000-0000-0000-000000000000"],
}


class Column(NamedTuple):
    """A column as the schema declares it. `value` is None unless it is a map.

    `at` is its place in a row; 0 for a column that is ephemeral, which files do not hold.
    `key_table` and `value_table` are those that it refers to; a reference that is weak goes with
    the row that it leads to. `direct` is the Python type of cells that need no more than to be of
    it, if there is one.
    """

    name: str
    at: int
    key: str
    value: str | None
    least: int
    most: int | None
    key_table: str | None
    value_table: str | None
    weak_key: bool
    weak_value: bool
    direct: type | None

    @property
    def is_map(self) -> bool:
        """True for a map."""
        return self.value is not None

    @property
    def is_composite(self) -> bool:
        """True if a diff of it holds what changed in it, and not the new value."""
        return self.most is None or self.most > 1

    @property
    def is_set(self) -> bool:
        """True for what can have several elements and is no map."""
        return self.value is None and self.is_composite

    def default(self) -> Any:
        """The cell of a row that does not name the column."""
        atom = DEFAULTS[self.key]
        if self.value is not None:
            return ["map", [[atom, DEFAULTS[self.value]]] if self.least else []]
        return atom if self.least else ["set", []]

    def cell(self, value: Any) -> Any:
        """A value of a file, checked and in the order that OVSDB has."""
        if self.value is not None:
            return self.closed(self.pairs(value))
        if type(value) is list and len(value) == 2 and value[0] == "set":
            return self._set(value)
        return self.atom(value, self.key)

    def _set(self, cell: Any) -> Any:
        members = self.members(cell)
        if not self.is_composite and not self.least <= len(members) <= 1:
            raise BadRecordError(f"column {self.name}: {len(members)} values where one is to be")
        members.sort()
        if self.key == "uuid":
            members = [["uuid", member] for member in members]
        return members[0] if len(members) == 1 else ["set", members]

    def atom(self, value: Any, kind: str) -> Any:
        """A single value, if it is of that kind."""
        if kind == "string":
            good = type(value) is str
        elif kind == "integer":
            good = type(value) is int and value in _INTEGERS
        elif kind == "boolean":
            good = type(value) is bool
        elif kind == "real":
            good = type(value) in (int, float) and abs(value) < float("inf")
        else:
            good = is_reference(value)
        if not good:
            raise BadRecordError(f"column {self.name}: not of type {kind}")
        return value

    # --- what changes ---------------------------------------------------------------------------

    def members(self, cell: Any) -> list[Any]:
        """The elements of a set's cell, references as their uuid alone; each stands there once."""
        if type(cell) is dict:
            return list(cell)
        if type(cell) is not list:
            return [self.atom(cell, self.key)]
        if len(cell) != 2 or cell[0] != "set":
            return [self.atom(cell, self.key)[1]]
        kind, atoms = self.key, cell[1]
        if type(atoms) is not list:
            raise BadRecordError(f"column {self.name}: not a set")
        if kind == "uuid":
            found = _uuids(atoms)
            if len(found) < len(atoms):
                found = [self.atom(atom, kind)[1] for atom in atoms]
        else:
            found = [self.atom(atom, kind) for atom in atoms]
        if len(set(found)) != len(found):
            raise BadRecordError(f"column {self.name}: an element stands there twice")
        return found

    def pairs(self, cell: Any) -> dict[Any, Any]:
        """The pairs of a map's cell; keys that are references are their uuid alone."""
        if type(cell) is dict:
            return cell
        if type(cell) is not list or len(cell) != 2 or cell[0] != "map":
            raise BadRecordError(f"column {self.name}: not a map")
        assert self.value is not None
        found: dict[Any, Any] = {}
        for pair in cell[1] if type(cell[1]) is list else (None,):
            if type(pair) is not list or len(pair) != 2:
                raise BadRecordError(f"column {self.name}: not a map")
            key = self.atom(pair[0], self.key)
            found[key[1] if self.key == "uuid" else key] = self.atom(pair[1], self.value)
        if len(found) != len(cell[1]):
            raise BadRecordError(f"column {self.name}: a key stands there twice")
        return found

    def opened(self, cell: Any) -> dict[Any, Any]:
        """The cell of a set or map as a dict that may be changed."""
        if type(cell) is dict:
            return cell
        return self.pairs(cell) if self.is_map else dict.fromkeys(self.members(cell))

    def change(self, opened: dict[Any, Any], diff: Any) -> None:
        """Apply a diff to an opened cell: elements that are there go, others come; a pair that is
        there goes, another value takes the key's place."""
        if type(diff) is dict:
            raise BadRecordError(f"column {self.name}: an object is no cell")
        if self.value is not None:
            for key, value in self.pairs(diff).items():
                if key in opened and opened[key] == value:
                    del opened[key]
                else:
                    opened[key] = value
            return
        # Nearly every diff of a set is one reference that comes or goes.
        is_one = self.key == "uuid" and is_reference(diff)
        for member in (diff[1],) if is_one else self.members(diff):
            if member in opened:
                del opened[member]
            else:
                opened[member] = None

    def closed(self, cell: Any) -> Any:
        """The cell in its notation again."""
        if type(cell) is not dict:
            return cell
        if not self.is_map:
            keys = sorted(cell)
            members = [["uuid", key] for key in keys] if self.key == "uuid" else keys
            return members[0] if len(members) == 1 else ["set", members]
        ordered = sorted(cell.items(), key=_first)
        if self.key == "uuid":
            return ["map", [[["uuid", key], value] for key, value in ordered]]
        return ["map", [[key, value] for key, value in ordered]]


def is_reference(value: Any) -> bool:
    """True for a row's uuid in its notation."""
    return (
        type(value) is list
        and len(value) == 2
        and value[0] == "uuid"
        and type(value[1]) is str
        and len(value[1]) == UUID_LENGTH
    )


def _uuids(atoms: list[Any]) -> list[str]:
    """Those of references, without a call for each."""
    return [
        atom[1]
        for atom in atoms
        if type(atom) is list
        and len(atom) == 2
        and atom[0] == "uuid"
        and type(atom[1]) is str
        and len(atom[1]) == UUID_LENGTH
    ]


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]
