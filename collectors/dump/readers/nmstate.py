"""NodeNetworkState objects (nmstate operator): the OVS side of a node, as far as nmstate tells it.

`status.currentState.ovn.bridge-mappings`, `ovs-db` (Open_vSwitch's external_ids and other_config)
and the interfaces of type ovs-bridge. Interface rows are not made of it: nmstate leaves out pods'
interfaces, and a table without them would say that they do not exist. The uuids are made up.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from collectors.artifacts import Artefact
from collectors.dump.files import Files
from collectors.dump.layout import is_component
from collectors.dump.reader import Part
from collectors.dump.readers.kube_objects import KubeObjects
from ovntrace.model.capture import Capture, Missing, Target

_PLURAL = "nodenetworkstates"
Item = Mapping[str, Any]


def probe(files: Files) -> "NodeNetworkStates | None":
    """The reader, if there are such objects."""
    objects = KubeObjects(files)
    return NodeNetworkStates(objects) if objects.has(_PLURAL) else None


class NodeNetworkStates:
    """Open_vSwitch, Bridge and Port of each node that has a state."""

    name = "nmstate"

    def __init__(self, objects: KubeObjects) -> None:
        self._origin = objects.origin(_PLURAL)
        items, _ = objects.items(_PLURAL)
        names = ((str(item["metadata"]["name"]), item) for item in items)
        self._states = {name: item for name, item in names if is_component(name)}
        self.nodes = tuple(sorted(self._states))

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The tables that are known; null for the others."""
        if artefact.name != "ovs" or target.pod or target.node not in self._states:
            return None
        tables = _tables(self._states[target.node])
        if not tables:
            return None
        lines = [json.dumps(tables.get(table)).encode() for table in artefact.tables]
        origin = f"nodenetworkstate {target.node} in {self._origin}"
        return Capture(target, "ovs", b"\n".join(lines) + b"\n", origin)

    def parts(self) -> Iterable[Part]:
        """A part for each node."""
        for node in self.nodes:
            yield Part(Target(node=node), "ovs", (f"{_PLURAL}/{node}",), whole=False)


def _tables(item: Item) -> dict[str, Any]:
    state = _dict(_dict(item.get("status")).get("currentState"))
    tables: dict[str, Any] = {}
    root = _open_vswitch(state)
    if root:
        tables["Open_vSwitch"] = {"headings": list(root), "data": [list(root.values())]}
    bridges = [
        one
        for one in _list(state.get("interfaces"))
        if _dict(one).get("type") == "ovs-bridge" and isinstance(one.get("name"), str)
    ]
    if bridges:
        tables.update(_bridges(bridges))
    return tables


def _open_vswitch(state: Item) -> dict[str, Any]:
    """Columns of the one row; empty if nmstate says nothing of it."""
    database = _dict(state.get("ovs-db"))
    ids = _texts(database.get("external_ids"))
    ovn = _dict(state.get("ovn"))
    mappings = [
        f"{one['localnet']}:{one['bridge']}"
        for one in map(_dict, _list(ovn.get("bridge-mappings")))
        if isinstance(one.get("localnet"), str) and isinstance(one.get("bridge"), str)
    ]
    if mappings:
        ids.setdefault("ovn-bridge-mappings", ",".join(mappings))
    if not ids:
        return {}
    return {"_uuid": _uuid("Open_vSwitch"), "external_ids": _map(ids)}


def _bridges(bridges: list[Any]) -> dict[str, Any]:
    rows, ports = [], []
    for one in bridges:
        bridge = _dict(one.get("bridge"))
        options = _dict(bridge.get("options"))
        names = []
        for port in map(_dict, _list(bridge.get("port"))):
            if isinstance(port.get("name"), str):
                names.append(_uuid(f"port {port['name']}"))
                ports.append(_port(port))
        rows.append(
            [
                _uuid(f"bridge {one['name']}"),
                one["name"],
                ["set", names],
                options.get("datapath") or "",
                options.get("fail-mode") or ["set", []],
            ]
        )
    headings = ["_uuid", "name", "ports", "datapath_type", "fail_mode"]
    found = {"Bridge": {"headings": headings, "data": rows}}
    found["Port"] = {"headings": ["_uuid", "name", "tag", "bond_mode"], "data": ports}
    return found


def _port(port: Item) -> list[Any]:
    vlan = _dict(port.get("vlan"))
    tag = vlan.get("tag") if vlan.get("mode") == "access" else None
    bond = _dict(port.get("link-aggregation")).get("mode")
    return [
        _uuid(f"port {port['name']}"),
        port["name"],
        tag if isinstance(tag, int) else ["set", []],
        bond if isinstance(bond, str) else ["set", []],
    ]


def _uuid(name: str) -> list[str]:
    return ["uuid", str(uuid5(NAMESPACE_URL, f"nmstate:{name}"))]


def _map(values: Mapping[str, str]) -> list[Any]:
    return ["map", [[key, value] for key, value in values.items()]]


def _texts(value: Any) -> dict[str, str]:
    return {str(key): str(item) for key, item in _dict(value).items() if item is not None}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
