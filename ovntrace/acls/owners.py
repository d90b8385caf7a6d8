"""Whose an ACL of a switch is: the switch's own, or that of a port group with a port on it.

A large switch has hundreds of groups, and a packet meets the ACLs of a few: a group is opened when
an ACL that names it is asked for, and all of them only where that tells nothing.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Final
from weakref import WeakKeyDictionary

from ovntrace.model.northbound import LogicalSwitch, Northbound
from ovntrace.model.rows import Row

# The group that a match names is nearly always the one that has the ACL.
_NAMED: Final = re.compile(r"port == @([A-Za-z0-9_.]+)")
_NONE: Final = frozenset[str]()
# Rows that are looked up by the names in their matches before all groups are opened.
_BY_NAME: Final = 32


_KNOWN: Final[WeakKeyDictionary[Northbound, dict[str, "Owners"]]] = WeakKeyDictionary()


def owners_of(nb: Northbound, switch: LogicalSwitch) -> "Owners":
    """The owners of the ACLs of a zone's switch, made once."""
    known = _KNOWN.setdefault(nb, {})
    if switch.uuid not in known:
        known[switch.uuid] = Owners(nb, switch)
    return known[switch.uuid]


class Owners:
    """The ACLs of one switch, by uuid."""

    def __init__(self, nb: Northbound, switch: LogicalSwitch) -> None:
        # No reference to the zone, which would keep itself alive by what is remembered of it.
        self._port_groups = nb.db.table("Port_Group")
        self._switch = switch
        self._own = frozenset(switch.acls)
        self._opened: dict[str, frozenset[str]] = {}

    @cached_property
    def has_acls(self) -> bool:
        """True if there is any ACL, in force or not."""
        return bool(self._own) or any(row.refs("acls") for row in self._groups.values())

    @property
    def uuids(self) -> Iterable[str]:
        """All of them, each once."""
        return {**dict.fromkeys(self._switch.acls), **self._all}

    def owner(self, acl: Row) -> tuple[bool, Row | None]:
        """Whether the ACL is of this switch, and the row of the group that has it (None: the switch
        itself).

        Of several groups that have it it is one that its match names, else the first by name.
        """
        uuid = acl.uuid
        if uuid in self._own:
            return True, None
        found = self._named(acl, uuid)
        if found is None:
            found = self._all.get(uuid)
        return found is not None, found

    def has_any(self, acls: Iterable[Row]) -> bool:
        """True if one of them is."""
        rest = iter(acls)
        for acl in islice(rest, _BY_NAME):
            uuid = acl.uuid
            if uuid in self._own or self._named(acl, uuid) is not None or uuid in self._all:
                return True
        return any(acl.uuid in self._own or acl.uuid in self._all for acl in rest)

    def _named(self, acl: Row, uuid: str) -> Row | None:
        for name in _NAMED.findall(acl.text("match") or ""):
            if uuid in self._acls_of(name):
                return self._groups[name]
        return None

    def _acls_of(self, name: str) -> frozenset[str]:
        known = self._opened.get(name)
        if known is None:
            row = self._groups.get(name)
            known = self._opened[name] = _NONE if row is None else frozenset(row.refs("acls"))
        return known

    @cached_property
    def _groups(self) -> dict[str, Row]:
        """Rows of the groups by name, in that order."""
        rows = self._port_groups.by_any_ref("ports", self._switch.ports)
        named = ((row.text("name") or "", row) for row in rows)
        return dict(sorted(named, key=itemgetter(0)))

    @cached_property
    def _all(self) -> dict[str, Row]:
        """The group's row by its ACLs' uuids."""
        found: dict[str, Row] = {}
        for row in self._groups.values():
            own = dict.fromkeys(row.refs("acls"), row)
            if found.keys().isdisjoint(own):
                found.update(own)
            else:
                for uuid in own:
                    found.setdefault(uuid, row)
        return found
