"""A logical switch in a lab whose ports end in one namespace, where frames are sent and caught.

Six ports of br-int, and behind the switch's localnet port a bridge with one more: the outside. Rows
of the switch and its ports stay; a policy set replaces what they say.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from collectors.artifacts import NB_TABLES
from ovntrace.match import Version, version_of
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Table
from ovntrace.verdict.switch import SwitchModel
from tests.closed_at_end import ClosedAtEnd
from tests.lab import example as ex
from tests.lab.commands import LabError
from tests.lab.lab import Lab
from tests.lab.wiring import batch, bypass_kernel
from tests.match.databases import NORTHBOUND, SOUTHBOUND
from tests.match.rpc import Rpc
from tests.verdict.packet_reading import Caught, caught
from tests.verdict.packet_sets import LOCALNET, NETWORK
from tests.verdict.policies import PORTS, SWITCH, PolicySet

WIRES: Final = (*PORTS, LOCALNET)
_BRIDGE: Final = "br-frames"
_OPTIONS: Final = ("default_acl_drop", "use_ct_inv_match")
_LIMIT_S: Final = 1.0
_FRAMES: Final = str(Path(__file__).with_name("frames.py"))
_ROWS: Final = {
    "Port_Group": ("g1", "g2", "g3", "g4"),
    "Address_Set": ("v4", "v6", "mixed", "none"),
    "Load_Balancer": ("lb",),
}

Operation = Mapping[str, Any]
Sent = tuple[str, bytes]
"""A port and the frame that is sent into it."""


class PacketRig(ClosedAtEnd):
    """The switch, its wires and the process that sends and catches. The lab must be up."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._netns = f"{lab.places.prefix}-frames"
        self._plug()
        self._nb = Rpc(lab.places.nb_socket, timeout_s=60.0)
        self._sb = Rpc(lab.places.sb_socket, timeout_s=60.0)
        self._uuids = self._make_switch()
        words = ["ip", "netns", "exec", self._netns, sys.executable, _FRAMES, "exchange", *WIRES]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._expect("ready")

    def close(self) -> None:
        """End the process. The rest goes with the lab."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._nb.close()
        self._sb.close()

    @property
    def version(self) -> Version:
        """The OVN of the lab."""
        return version_of(self._lab.tools.ovn_version)

    # --- wires -----------------------------------------------------------------------------------

    def _plug(self) -> None:
        places, env = self._lab.places, self._lab.env
        self._lab.ctl("ip", "netns", "add", self._netns)
        lines = [f"link add w-{name} type veth peer name {name}" for name in WIRES]
        lines += [f"link set {name} netns {self._netns}" for name in WIRES]
        batch(places.node, [*lines, *(f"link set w-{name} up" for name in WIRES)], env)
        batch(self._netns, [f"link set {name} up" for name in WIRES], env)
        bypass_kernel(places, [f"w-{name}" for name in WIRES], env)
        argv = ["--", "add-br", _BRIDGE, "--", "set", "Bridge", _BRIDGE, "datapath_type=netdev"]
        for name in WIRES:
            bridge = _BRIDGE if name == LOCALNET else "br-int"
            argv += ["--", "add-port", bridge, f"w-{name}"]
            if name != LOCALNET:
                argv += ["--", "set", "Interface", f"w-{name}", f"external_ids:iface-id={name}"]
        mappings = f"{ex.BRIDGE_MAPPINGS},{NETWORK}:{_BRIDGE}"
        mapped = f'external_ids:ovn-bridge-mappings="{mappings}"'
        argv += ["--", "set", "Open_vSwitch", ".", mapped]
        self._lab.ctl("ovs-vsctl", "--timeout=10", *argv[1:], timeout_s=12)
        # All that comes in by one port goes out by the other: nothing is learned.
        self._lab.ctl("ovs-ofctl", "replace-flows", _BRIDGE, _flood(places.folder))

    # --- rows ------------------------------------------------------------------------------------

    def _make_switch(self) -> dict[str, str]:
        """Uuids of the switch and its ports by name."""
        ports: list[Operation] = [
            _insert("Logical_Switch_Port", {"name": name, **_kind(name)}, name) for name in WIRES
        ]
        refs = ["set", [["named-uuid", name] for name in WIRES]]
        results = self._transact(
            [*ports, _insert("Logical_Switch", {"name": SWITCH, "ports": refs}, SWITCH)]
        )
        names = (*WIRES, SWITCH)
        self._transact([_until_up(name) for name in PORTS])
        return {name: result["uuid"][1] for name, result in zip(names, results, strict=True)}

    def load(self, policies: PolicySet) -> None:
        """Put a policy set in force in place of the one before."""
        bare = {"acls": ["set", []], "load_balancer": ["set", []]}
        gone = [_delete(table, name) for table, names in _ROWS.items() for name in names]
        self._transact([*gone, self._update("Logical_Switch", SWITCH, bare)])
        rows = [self._placed(operation) for operation in policies.operations]
        self._commit([*rows, *_options(policies.options)])
        self._recompute()

    def _recompute(self) -> None:
        """The daemons work incrementally, and now and then leave something of the set before this
        one: ours is the verdict on what stands in the database."""
        northd = next(self._lab.folder.rglob("ovn-northd*.ctl"))
        for target in (str(northd), "ovn-controller"):
            self._lab.ctl("ovn-appctl", "-t", target, "inc-engine/recompute")
        self._commit([])

    def _placed(self, operation: Operation) -> Operation:
        """A row as it is written here: the switch and its ports are there already."""
        row = {column: self._referring(value) for column, value in operation["row"].items()}
        table = operation["table"]
        if table == "Logical_Switch_Port":
            absent = {"enabled": ["set", []], "port_security": ["set", []]}
            return self._update(table, row["name"], {**absent, **row})
        if table == "Logical_Switch":
            return self._update(table, SWITCH, row)
        return {**operation, "row": row}

    def _referring(self, value: Any) -> Any:
        match value:
            case ["named-uuid", name] if name in self._uuids:
                return ["uuid", self._uuids[name]]
            case ["set", members]:
                return ["set", [self._referring(member) for member in members]]
        return value

    def _update(self, table: str, name: str, row: Operation) -> Operation:
        where = [["_uuid", "==", ["uuid", self._uuids[name]]]]
        return {"op": "update", "table": table, "where": where, "row": row}

    def _commit(self, operations: Sequence[Operation]) -> None:
        """A transaction that ovn-controller has installed when this returns."""
        count: Operation = {"op": "mutate", "table": "NB_Global", "where": []}
        raised = {**count, "mutations": [["nb_cfg", "+=", 1]]}
        asked = {"op": "select", "table": "NB_Global", "where": [], "columns": ["nb_cfg"]}
        nb_cfg = self._transact([*operations, raised, asked])[-1]["rows"][0]["nb_cfg"]
        until = {"op": "wait", "table": "NB_Global", "where": [], "columns": ["hv_cfg"]}
        rows = [{"hv_cfg": nb_cfg}]
        self._transact([{**until, "until": "==", "rows": rows, "timeout": 20_000}])

    def _transact(self, operations: Sequence[Operation]) -> list[Any]:
        return _transact(self._nb, NORTHBOUND, operations)

    def model(self) -> SwitchModel:
        """The switch as ovntrace reads it in the database."""
        selects = [{"op": "select", "table": table, "where": []} for table in NB_TABLES]
        found = zip(NB_TABLES, self._transact(selects), strict=True)
        nb = Northbound(Database({name: _table(name, one["rows"]) for name, one in found}))
        switch = nb.switch_by_name(SWITCH)
        assert switch is not None
        return SwitchModel(nb, switch, self.version)

    # --- frames ----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Connections, and what the datapath has cached of older OpenFlow rules."""
        self._lab.ctl("ovs-appctl", "revalidator/purge")
        self._lab.ctl("ovs-appctl", "dpctl/flush-conntrack")

    def forget_macs(self) -> None:
        """What OVN has learned of MACs behind ports whose addresses are unknown."""
        gone = {"op": "delete", "table": "FDB", "where": []}
        if _transact(self._sb, SOUTHBOUND, [gone])[0]["count"]:
            self._commit([])

    def exchange(
        self, frames: Sequence[Sent], expected: int, quiet_s: float
    ) -> list[tuple[str, Caught]]:
        """Send frames, and tell what came out of which port: until so many copies have come and
        nothing more for so long, or a second is over."""
        if not frames:
            return []
        assert self._process.stdin is not None and self._process.stdout is not None
        lines = [f"{port} {data.hex()}\n" for port, data in frames]
        self._process.stdin.write("".join(lines) + f"go {expected} {quiet_s} {_LIMIT_S}\n")
        self._process.stdin.flush()
        found: list[tuple[str, Caught]] = []
        while (line := self._process.stdout.readline().strip()) != ".":
            if not line:
                raise LabError("the process that catches frames has ended")
            port, _, data = line.partition(" ")
            read = caught(bytes.fromhex(data))
            if read is not None:
                found.append((port, read))
        return found

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if said != word:
            raise LabError(f"the process that catches frames says {said!r}")


def _transact(rpc: Rpc, database: str, operations: Sequence[Operation]) -> list[Any]:
    results: list[Any] = rpc.call("transact", [database, *operations])["result"]
    for result in results:
        if result and "error" in result:
            raise LabError(f"{result['error']}: {result.get('details', '')}")
    return results


def _flood(folder: Path) -> str:
    path = folder / "br-frames.flows"
    path.write_text("actions=FLOOD\n")
    return str(path)


def _kind(name: str) -> Operation:
    if name != LOCALNET:
        return {}
    return {"type": "localnet", "options": ["map", [["network_name", NETWORK]]]}


def _insert(table: str, row: Operation, name: str) -> Operation:
    return {"op": "insert", "table": table, "row": row, "uuid-name": name}


def _delete(table: str, name: str) -> Operation:
    return {"op": "delete", "table": table, "where": [["name", "==", name]]}


def _until_up(name: str) -> Operation:
    """Waits until ovn-controller has bound a port."""
    where = [["name", "==", name]]
    until: Operation = {"op": "wait", "table": "Logical_Switch_Port", "where": where}
    return {**until, "columns": ["up"], "until": "==", "rows": [{"up": True}], "timeout": 20_000}


def _options(pairs: Sequence[tuple[str, str]]) -> list[Operation]:
    """Those of the set and no others of its kind; what ovn-northd keeps there stays."""
    keys = ["set", sorted({*_OPTIONS, *(key for key, _ in pairs)})]
    change: Operation = {"op": "mutate", "table": "NB_Global", "where": []}
    added = ["map", [list(pair) for pair in pairs]]
    return [
        {**change, "mutations": [["options", "delete", keys]]},
        {**change, "mutations": [["options", "insert", added]]},
    ]


def _table(name: str, rows: Sequence[dict[str, Any]]) -> Table:
    headings = sorted({column for row in rows for column in row})
    return Table(name, headings, [[row.get(heading) for heading in headings] for row in rows])
