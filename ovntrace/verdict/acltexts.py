"""All ACLs of a zone by what their texts say, read once for all of its switches.

No record is made and no match is parsed of an ACL that nobody asks for: of thousands a packet
concerns some dozens. Most ACLs of a port group end with the group or begin with it, and that is
told of thousands in a few milliseconds; only the others are looked at more closely.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Row
from ovntrace.verdict.guards import is_conjunction
from ovntrace.verdict.necessary import necessary_port

Key = tuple[str, str]
ANYWHERE: Key = ("", "")
FIELDS: Final = ("inport", "outport")
_NAME: Final = re.compile(r"[A-Za-z0-9_.]+")
_BEGINNING: Final = re.compile(r"(?:in|out)port == @([A-Za-z0-9_.]+) &&")


class AclTexts:
    """Rows of the table ACL."""

    def __init__(self, nb: Northbound) -> None:
        self._table = nb.db.table("ACL")
        groups = nb.db.table("Port_Group").texts("name")
        names = frozenset(name for name in groups if _NAME.fullmatch(name))
        self._by_group: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        for place, text in enumerate(self._table.texts("match")):
            _, term, name = text.rpartition("port == @")
            if name not in names and (beginning := _BEGINNING.match(text)):
                name = beginning[1]
            if term and name in names and is_conjunction(text):
                self._by_group[name].append(place)
            else:
                self._by_key[necessary_port(text) or ANYWHERE].append(place)

    def concerning(self, key: Key) -> Iterator[Row]:
        """ACLs that can't hold but for ("inport" or "outport", a port or group), as matches write
        it; those of ANYWHERE concern every port."""
        field, name = key
        yield from map(self._table.row, self._by_key.get(key, ()))
        for place in self._by_group.get(name.removeprefix("@"), ()):
            row = self._table.row(place)
            if f"{field} == {name}" in (row.text("match") or ""):
                yield row

    def with_action(self, action: str) -> Iterator[Row]:
        """ACLs that have an action."""
        return self._table.rows_with("action", action)


_KNOWN: WeakKeyDictionary[Northbound, AclTexts] = WeakKeyDictionary()


def acl_texts(nb: Northbound) -> AclTexts:
    """The texts of a zone's ACLs."""
    known = _KNOWN.get(nb)
    if known is None:
        known = _KNOWN[nb] = AclTexts(nb)
    return known
