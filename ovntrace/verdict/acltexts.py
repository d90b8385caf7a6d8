"""All ACLs of a zone by what their texts say, read once for all of its switches.

No record is made and no match is parsed of an ACL that nobody asks for: of thousands a packet
concerns some dozens.
"""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Row
from ovntrace.verdict.necessary import necessary_port

Key = tuple[str, str]
ANYWHERE: Key = ("", "")


class AclTexts:
    """Rows of the table ACL."""

    def __init__(self, nb: Northbound) -> None:
        self._by_key: dict[Key, list[Row]] = {}
        self._related: list[Row] = []
        self._stateless: list[Row] = []
        for row in nb.db.table("ACL"):
            key = necessary_port(row.text("match") or "") or ANYWHERE
            self._by_key.setdefault(key, []).append(row)
            action = row.text("action")
            if action == "allow-related":
                self._related.append(row)
            elif action == "allow-stateless":
                self._stateless.append(row)

    def concerning(self, key: Key) -> Iterator[str]:
        """Uuids of ACLs that can't hold but for ("inport" or "outport", a port or group); those of
        ANYWHERE concern every port."""
        return (row.uuid for row in self._by_key.get(key, ()))

    def related(self) -> Iterator[str]:
        """Uuids of allow-related ACLs."""
        return (row.uuid for row in self._related)

    def stateless(self) -> Iterator[str]:
        """Uuids of allow-stateless ACLs."""
        return (row.uuid for row in self._stateless)


_KNOWN: WeakKeyDictionary[Northbound, AclTexts] = WeakKeyDictionary()


def acl_texts(nb: Northbound) -> AclTexts:
    """The texts of a zone's ACLs."""
    known = _KNOWN.get(nb)
    if known is None:
        known = _KNOWN[nb] = AclTexts(nb)
    return known
