"""All ACLs of a zone by what their texts say, read once for all of its switches.

No record is made and no match is parsed of an ACL that nobody asks for: of thousands a packet
concerns some dozens. Most ACLs of a port group end with the group or begin with it, and that is
told of thousands in a few milliseconds; only the others are looked at more closely.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

from ovntrace.acls.conjunctions import are_conjunctions, is_conjunction
from ovntrace.acls.necessary import necessary_port
from ovntrace.acls.stages import stage_by
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Row, map_of

Key = tuple[str, str]
ANYWHERE: Key = ("", "")
FIELDS: Final = ("inport", "outport")
_NAME: Final = re.compile(r"[A-Za-z0-9_.]+")
# Texts that are looked at together, and how many when one of them is not plain, and then again.
_AT_ONCE: Final = (256, 64, 16)
_BEGINNING: Final = re.compile(r"(?:in|out)port == @([A-Za-z0-9_.]+) &&")
_BEGINNINGS: Final = re.compile(f"^{_BEGINNING.pattern}", re.MULTILINE)
_ENDS: Final = re.compile(r"port == @([A-Za-z0-9_.]+)$", re.MULTILINE)


class AclTexts:
    """Rows of the table ACL."""

    def __init__(self, nb: Northbound) -> None:
        self._table = nb.db.table("ACL")
        self._matches = self._table.texts("match")
        groups = nb.db.table("Port_Group").texts("name")
        self._by_group: dict[str, list[int]] = {
            name: [] for name in groups if _NAME.fullmatch(name)
        }
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        self._file(self._matches, 0, _AT_ONCE)

    def _file(self, texts: Sequence[str], first: int, sizes: Sequence[int]) -> None:
        """File some texts, the first of which is at a place of the table: together, a size of them
        at once, and where that can't be done one by one."""
        if not sizes:
            for place, text in enumerate(texts, first):
                self._file_one(text, place)
            return
        size = sizes[0]
        for at in range(0, len(texts), size):
            some = texts[at : at + size]
            names = _groups_of(some)
            if names is not None and self._by_group.keys() >= set(names):
                for place, name in enumerate(names, first + at):
                    self._by_group[name].append(place)
            else:
                self._file(some, first + at, sizes[1:])

    def _file_one(self, text: str, place: int) -> None:
        _, term, name = text.rpartition("port == @")
        if name not in self._by_group and (beginning := _BEGINNING.match(text)):
            name = beginning[1]
        if term and name in self._by_group and is_conjunction(text):
            self._by_group[name].append(place)
        else:
            self._by_key[necessary_port(text) or ANYWHERE].append(place)

    def concerning(self, key: Key) -> Iterator[int]:
        """Places in the table of ACLs that can't hold but for ("inport" or "outport", a port or
        group), as matches write it; those of ANYWHERE concern every port."""
        field, name = key
        yield from self._by_key.get(key, ())
        term = f"{field} == {name}"
        for place in self._by_group.get(name.removeprefix("@"), ()):
            if term in self._matches[place]:
                yield place

    def match(self, place: int) -> str:
        """The match of the ACL at a place."""
        return self._matches[place]

    def stage(self, place: int) -> str:
        """The one of STAGES that the ACL at a place is in."""
        return stage_by(self._directions[place], map_of(self._options[place]))

    @cached_property
    def _directions(self) -> Sequence[str]:
        return self._table.texts("direction")

    @cached_property
    def _options(self) -> Sequence[Any]:
        return self._table.cells("options")

    def with_action(self, action: str) -> Iterator[Row]:
        """ACLs that have an action."""
        return self._table.rows_with("action", action)


def _groups_of(texts: Sequence[str]) -> list[str] | None:
    """The groups that matches end with or begin with, if that is plain to see of all of them."""
    joined = "\n".join(texts)
    if not are_conjunctions(joined) or joined.count("\n") != len(texts) - 1:
        return None
    # Each line has one end and one beginning, so that as many of them are one of each.
    found: list[str] = _ENDS.findall(joined) or _BEGINNINGS.findall(joined)
    return found if len(found) == len(texts) else None


_KNOWN: WeakKeyDictionary[Northbound, AclTexts] = WeakKeyDictionary()


def acl_texts(nb: Northbound) -> AclTexts:
    """The texts of a zone's ACLs."""
    known = _KNOWN.get(nb)
    if known is None:
        known = _KNOWN[nb] = AclTexts(nb)
    return known
