"""Real OVN as the judge of verdicts: scratch databases, ovn-northd, and ovn-trace as a daemon.

No root, no OVS, no ovn-controller. ovn-trace takes the conntrack states when it starts, uses them
up over all its traces and then says established, so there is a daemon for each batch of flows of
one state; it starts in 15 ms.
"""

import subprocess
from collections.abc import Sequence
from typing import Any, Final

from collectors.artifacts import NB_TABLES
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Table
from tests.match.databases import NORTHBOUND, SOUTHBOUND, Databases
from tests.match.oracle import CRASHED
from tests.match.rpc import Rpc, RpcError

STATES: Final = 400
"""Conntrack states that a daemon is started with: more than a batch can use up."""

_EMPTIED: Final = ("Logical_Switch", "Logical_Router", "Port_Group", "Address_Set", "DHCP_Options")

Operation = dict[str, Any]


class Scratch(Databases):
    """A northbound and a southbound database that ovn-northd of a version keeps in step."""

    def _begin(self) -> None:
        self.start_northd()

    # --- the northbound database -----------------------------------------------------------------

    def transact(self, operations: Sequence[Operation]) -> list[Any]:
        """A transaction on the northbound database. Raises LabError."""
        return self.call(NORTHBOUND, operations)

    def load(self, operations: Sequence[Operation], options: Sequence[tuple[str, str]] = ()) -> int:
        """Replace all that is in the database, and wait until the southbound has it. Returns
        nb_cfg.

        In two steps: what has an old row's name may otherwise be left without its peer by an
        ovn-northd that works incrementally (seen with 25.03).
        """
        empty = [_on(table, "delete") for table in _EMPTIED]
        settings = {"options": ["map", [list(pair) for pair in options]]}
        self.commit(empty)
        return self.commit([*operations, _global(settings)])

    def commit(self, operations: Sequence[Operation]) -> int:
        """A transaction that is in force when this returns."""
        count = {"op": "mutate", "table": "NB_Global", "where": []}
        raised = {**count, "mutations": [["nb_cfg", "+=", 1]]}
        asked = {"op": "select", "table": "NB_Global", "where": [], "columns": ["nb_cfg"]}
        results = self.transact([*operations, raised, asked])
        nb_cfg: int = results[len(operations) + 1]["rows"][0]["nb_cfg"]
        until = {
            "op": "wait",
            "table": "NB_Global",
            "where": [],
            "columns": ["sb_cfg"],
            "until": "==",
            "rows": [{"sb_cfg": nb_cfg}],
            "timeout": 50_000,
        }
        self.transact([until])
        return nb_cfg

    def northbound(self) -> Northbound:
        """The database as a dump would have it."""
        selects = [_on(table, "select") for table in NB_TABLES]
        results = self.transact(selects)
        tables = {
            name: _table(name, result["rows"])
            for name, result in zip(NB_TABLES, results, strict=True)
        }
        return Northbound(Database(tables))

    def flows(self) -> list[dict[str, Any]]:
        """All logical flows."""
        select = {"op": "select", "table": "Logical_Flow", "where": []}
        rows: list[dict[str, Any]] = self.call(SOUTHBOUND, [select])[0]["rows"]
        return rows

    # --- traces ----------------------------------------------------------------------------------

    def trace(self, switch: str, microflows: Sequence[str], ct: str) -> list[str]:
        """What ovn-trace says of each flow, each in the state `ct` in all zones."""
        daemon = self.start_daemon([ct] * STATES)
        requests = [[switch, microflow] for microflow in microflows]
        try:
            answers = daemon.calls("trace", requests)
        except RpcError:
            # It died: find out on which one.
            if len(microflows) == 1:
                return [CRASHED]
            middle = len(microflows) // 2
            first = self.trace(switch, microflows[:middle], ct)
            return first + self.trace(switch, microflows[middle:], ct)
        return [answer["result"] or f"error: {answer['error']}" for answer in answers]

    def start_daemon(self, states: Sequence[str]) -> Rpc:
        """An ovn-trace that has read the database as it is now."""
        return self.start_trace(*(f"--ct={state}" for state in states))

    def trace_once(self, switch: str, microflow: str, states: Sequence[str]) -> str:
        """ovn-trace as a process, with a state for each time that the packet is tracked."""
        argv = [self.programs.path("ovn-trace"), f"--db={self.remote}"]
        argv += [*(f"--ct={state}" for state in states), switch, microflow]
        done = subprocess.run(
            argv, env=self.env, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout


def _global(row: Operation) -> Operation:
    return {"op": "update", "table": "NB_Global", "where": [], "row": row}


def _table(name: str, rows: Sequence[dict[str, Any]]) -> Table:
    headings = sorted({column for row in rows for column in row})
    cells = [[row.get(heading) for heading in headings] for row in rows]
    return Table(name, headings, cells)


def _on(table: str, operation: str) -> Operation:
    """An operation on all rows of a table."""
    return {"op": operation, "table": table, "where": []}
