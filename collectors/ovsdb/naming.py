"""Which nodes the databases are of that were given without a node's name.

The rules are those of database files that somebody copied: an interconnect zone's databases carry
its name, Open_vSwitch its hostname, and databases with several chassis serve all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.dump.reader import NAMELESS
from collectors.dump.readers.database_files import CLUSTER, told_by
from ovntrace.model.rows import Database

# By database: the tables that tell it, of which the first has the name.
NAME_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "nb": ("NB_Global",),
    "sb": ("SB_Global", "Chassis"),
    "ovs": ("Open_vSwitch",),
}


@dataclass(frozen=True, slots=True)
class Names:
    """`nodes` in order; `of_node` by database the one node whose it is: a database that is not in
    it serves them all."""

    nodes: tuple[str, ...]
    of_node: Mapping[str, str]


def names_of(told: Mapping[str, Database], given: Sequence[str], prefixed: Sequence[str]) -> Names:
    """The names, by what the databases tell. `given` are the databases that were named without a
    node (some of which may not have answered), `prefixed` the nodes that were named."""
    said: dict[str, str] = {}
    chassis: tuple[str, ...] = ()
    for database, rows in told.items():
        said[database], own = told_by(rows, NAME_TABLES[database][0])
        chassis = own or chassis
    host = said.pop("ovs", "")
    zones = [name for name in said.values() if name not in ("", CLUSTER)]
    known = [*zones, *chassis]
    if {"nb", "sb"} & set(given):
        is_silent = not known and not host and bool(prefixed)
        if CLUSTER in said.values() or len(chassis) > 1 or is_silent:
            return _of_all(chassis, host, given, prefixed)
    # A host that the zone's databases know is their node, whatever the zone is called.
    zone = host if host in known or not known else known[0]
    zone = zone or NAMELESS
    of_node = dict.fromkeys(given, zone) | ({"ovs": host or zone} if "ovs" in given else {})
    return Names(tuple(sorted({*of_node.values(), *prefixed})), of_node)


def _of_all(
    chassis: Sequence[str], host: str, given: Sequence[str], prefixed: Sequence[str]
) -> Names:
    """NB and SB serve every node; Open_vSwitch is one node's all the same."""
    of_node = {}
    if "ovs" in given:
        of_node = {"ovs": host or (chassis[0] if len(chassis) == 1 else NAMELESS)}
    nodes = {*chassis, *of_node.values(), *prefixed} or {NAMELESS}
    return Names(tuple(sorted(nodes)), of_node)
