"""The matches that real OVN wrote: of all logical flows and ACLs of the captures.

`logical_flows.json.gz` has, for each capture and node, the southbound address sets and port
groups, the different matches of Logical_Flow with the tunnel key of a datapath that has them, the
matches of the ACLs, and some microflows that were put to ovn-trace there. The captures themselves
are described in tests/captures/README.md.
"""

import functools
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ovntrace.match import Addresses, Missing, Ports, SymbolTable, symbols_of, version_of
from ovntrace.match.members import MISSING
from tests.match.oracle import World

_FILE = Path(__file__).with_name("logical_flows.json.gz")


@dataclass(frozen=True, slots=True)
class Node:
    """One node's southbound database."""

    capture: str
    name: str
    release: str
    sets: Mapping[str, Sequence[str]]
    groups: Mapping[str, Sequence[str]]
    flows: Sequence[tuple[int, str]]
    acls: Sequence[str]
    microflows: Sequence[str]

    @property
    def table(self) -> SymbolTable:
        """The language of the OVN that wrote it."""
        return symbols_of(version_of(self.release))

    def groups_of(self, key: int) -> dict[str, Sequence[str]]:
        """Port groups with ports on a datapath, by their name in a match."""
        prefix = f"{key}_"
        return {
            name.removeprefix(prefix): ports
            for name, ports in self.groups.items()
            if name.startswith(prefix)
        }

    def world(self, key: int, inports: Iterable[str]) -> World:
        """What an expression of this datapath may name; all ports stand on it."""
        groups = self.groups_of(key)
        ports = {port for members in groups.values() for port in members}
        return World(sorted(ports.union(inports)), self.sets, groups)


class NodeNames:
    """Names as ovn-controller of a node resolves them on a datapath."""

    def __init__(self, node: Node, key: int) -> None:
        self._sets = node.sets
        self._groups = node.groups_of(key)

    def address_set(self, name: str) -> Addresses | Missing:
        """The set of this name."""
        return Addresses(self._sets[name]) if name in self._sets else MISSING

    def port_group(self, name: str) -> Ports | Missing:
        """The group's ports on the datapath."""
        return Ports(self._groups[name]) if name in self._groups else MISSING


@functools.cache
def nodes() -> tuple[Node, ...]:
    """All nodes of all captures."""
    return tuple(_nodes())


def _nodes() -> Iterator[Node]:
    for capture, found in json.loads(gzip.decompress(_FILE.read_bytes())).items():
        for name, node in found["nodes"].items():
            flows = [(key, match) for key, match in node["flows"]]
            yield Node(
                capture, name, found["release"], node["sets"], node["groups"], flows,
                node["acls"], node["microflows"],
            )  # fmt: skip
