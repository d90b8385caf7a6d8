"""Real OVN as the judge of matches: a scratch southbound database and ovn-trace as a daemon.

No root, no OVS, no northd: logical flows are written straight into the database, one expression a
table, each above a flow that matches everything; a trace then tells for each table whether the
expression matched. What a microflow is refused with tells the parser's error, or, since an
ambiguous one is printed, how OVN prints the annotated expression. The daemon reads the database
once, so there is one for each batch; it starts in 15 ms, and a trace takes some 0.1 ms over one
connection.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.lab.commands import LabError
from tests.match.databases import SOUTHBOUND, Databases
from tests.match.rpc import RpcError

TABLES: Final = 24
"""Expressions in one load: ovn-trace follows a few tables more, how many depends on its version."""

CRASHED: Final = "ovn-trace crashed"
"""The answer to a microflow on which it did."""

_SWITCH: Final = "sw0"
_MEMORY: Final = 1 << 30
_PREFIX: Final = "error parsing flow: "
_STEP: Final = re.compile(r"^ *(\d+)\. .*?, priority (\d+), uuid [0-9a-f]{8}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class World:
    """The names that expressions may use."""

    ports: Sequence[str] = ()
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Oracle(Databases):
    """A southbound database and, after `load`, an ovn-trace daemon."""

    contents = (SOUTHBOUND,)

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.crashes: list[str] = []
        """Microflows on which ovn-trace died."""

    # --- loading -------------------------------------------------------------------------------

    def load(self, world: World, expressions: Sequence[str] = ()) -> None:
        """Replace what is in the database, and start a daemon that reads it.

        Expressions that OVN refuses are flows that are not there: they never match.
        """
        if len(expressions) > TABLES:
            raise ValueError(f"{len(expressions)} expressions, {TABLES} fit")
        tables = ("Logical_Flow", "Port_Binding", "Datapath_Binding", "Address_Set", "Port_Group")
        operations = [{"op": "delete", "table": table, "where": []} for table in tables]
        operations += _names(world)
        operations += _datapath(world.ports, expressions)
        self.call(SOUTHBOUND, operations)
        # A microflow with too many choices must not take all of the machine's memory.
        self.start_trace(memory=_MEMORY)

    # --- asking --------------------------------------------------------------------------------

    def refusals(self, microflows: Sequence[str]) -> list[str | None]:
        """What each microflow is refused with, without prefix; None where it is accepted."""
        return [_refusal(answer) for answer in self._trace(microflows)]

    def matches(self, microflows: Sequence[str]) -> list[list[bool]]:
        """For each microflow, which has to name an inport, the expressions that match it."""
        return [_matched(answer) for answer in self._trace(microflows)]

    def _trace(self, microflows: Sequence[str]) -> list[str]:
        assert self._daemon is not None, "load first"
        try:
            answers = self._daemon.calls("trace", [[_SWITCH, text] for text in microflows])
        except RpcError:
            # It died or hangs: find out on which one.
            self.start_trace(memory=_MEMORY)
            if len(microflows) == 1:
                self.crashes.append(microflows[0])
                return [CRASHED]
            middle = len(microflows) // 2
            return [*self._trace(microflows[:middle]), *self._trace(microflows[middle:])]
        return [answer["result"] or answer["error"] for answer in answers]


def _refusal(answer: str) -> str | None:
    if answer == CRASHED:
        return CRASHED
    return answer.removeprefix(_PREFIX).rstrip("\n") if answer.startswith(_PREFIX) else None


def _matched(answer: str) -> list[bool]:
    if f"{TABLES}. no match" not in answer:
        raise LabError(f"no trace to the end: {answer[:300]}")
    matched = [False] * TABLES
    for table, priority in _STEP.findall(answer):
        matched[int(table)] = priority == "100"
    return matched


def _insert(table: str, row: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    operation: dict[str, Any] = {"op": "insert", "table": table, "row": row}
    return {**operation, "uuid-name": name} if name else operation


def _names(world: World) -> Iterator[dict[str, Any]]:
    for name, addresses in world.sets.items():
        yield _insert("Address_Set", {"name": name, "addresses": ["set", sorted(set(addresses))]})
    for name, ports in world.groups.items():
        # A group's name has the datapath's key before it; microflows are parsed with key 0.
        for key in (0, 1):
            row = {"name": f"{key}_{name}", "ports": ["set", sorted(set(ports))]}
            yield _insert("Port_Group", row)


def _datapath(ports: Sequence[str], expressions: Sequence[str]) -> Iterator[dict[str, Any]]:
    uuid = "00000000-0000-0000-0000-000000000001"
    ids = [["name", _SWITCH], ["logical-switch", uuid]]
    yield _insert("Datapath_Binding", {"tunnel_key": 1, "external_ids": ["map", ids]}, "sw")
    for key, port in enumerate(ports, 1):
        row = {"logical_port": port, "datapath": ["named-uuid", "sw"], "tunnel_key": key}
        yield _insert("Port_Binding", {**row, "type": ""})
    for table in range(TABLES):
        yield _flow(table, 0, "1")
    for table, expression in enumerate(expressions):
        yield _flow(table, 100, expression)


def _flow(table: int, priority: int, match: str) -> dict[str, Any]:
    """A flow that goes on to the next table. ovn-trace does not print a flow that is true and
    does nothing else, so those with an expression copy a field to itself before."""
    actions = "pkt.mark = pkt.mark; next;" if priority else "next;"
    row = {"pipeline": "ingress", "table_id": table, "priority": priority, "match": match}
    return _insert(
        "Logical_Flow", {**row, "logical_datapath": ["named-uuid", "sw"], "actions": actions}
    )
