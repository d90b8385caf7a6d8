"""Live migrations built into a capture: a second launcher of a VM on the other node, with the
rows that OVN-Kubernetes makes for it there."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Table
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from ovntrace.view.types import ExplainView
from tests.captured import NOW, raw, snapshot

CAPTURE = "ovn-kubernetes-2026-08-running-example"
VM = "centos-stream9-gold-rabbit-80"
NAMESPACE = "llm-demo"
NAD = "llm-demo/llm-demo-localnet-network"
SOURCE = f"virt-launcher-{VM}-vjfdm"
TARGET = f"virt-launcher-{VM}-qq7xd"
PREFIX = "llm.demo.llm.demo.localnet.network_llm-demo_"
SWITCH = "localnet.cnv_ovn_localnet_switch"
MAC = "02:00:a3:00:00:01"
HERE, THERE = "worker-0", "worker-1"
READY = "kubevirt.io/migration-target-ready-timestamp"

Tables = dict[str, tuple[list[str], list[list[Any]]]]


@dataclass(frozen=True)
class Port:
    """A port of the localnet network; `enabled` None is the empty column."""

    enabled: bool | None = None
    addresses: tuple[str, ...] = (MAC,)


ON = Port(True)
OFF = Port(False, ())


def tables(node: str, folder: str) -> Tables:
    """A database of the capture, to be changed."""
    found = {}
    for path, document in raw(CAPTURE).items():
        if path.startswith(f"{node}/{folder}/"):
            name = path.rpartition("/")[2].removesuffix(".json")
            found[name] = (document["headings"], copy.deepcopy(document["data"]))
    return found


def database(changed: Tables) -> Database:
    """The tables as a database."""
    return Database({name: Table(name, *table) for name, table in changed.items()})


def set_cells(table: tuple[list[str], list[list[Any]]], row: list[Any], **cells: Any) -> None:
    """Cells of a row by column."""
    for column, cell in cells.items():
        row[table[0].index(column)] = cell


def row_of(table: tuple[list[str], list[list[Any]]], column: str, value: str) -> list[Any]:
    """The row whose column has that value."""
    at = table[0].index(column)
    return next(row for row in table[1] if row[at] == value)


def _cells_of(port: Port) -> dict[str, Any]:
    return {
        "enabled": ["set", []] if port.enabled is None else port.enabled,
        "addresses": ["set", list(port.addresses)],
    }


def _without(found: Tables, name: str) -> None:
    headings, rows = found["Logical_Switch_Port"]
    at = headings.index("name")
    found["Logical_Switch_Port"] = (headings, [row for row in rows if row[at] != name])


def _source_nb(port: Port | None) -> Northbound:
    found = tables(HERE, "nbctl")
    if port is None:
        _without(found, PREFIX + SOURCE)
    else:
        ports = found["Logical_Switch_Port"]
        set_cells(ports, row_of(ports, "name", PREFIX + SOURCE), **_cells_of(port))
    return Northbound(database(found))


def _target_nb(port: Port | None) -> Northbound:
    found = tables(THERE, "nbctl")
    ports = found["Logical_Switch_Port"]
    template = tables(HERE, "nbctl")["Logical_Switch_Port"]
    if port is not None:
        row = copy.deepcopy(row_of(template, "name", PREFIX + SOURCE))
        uuid = ["uuid", "11111111-2222-4333-8444-555555555555"]
        set_cells(template, row, name=PREFIX + TARGET, _uuid=uuid, **_cells_of(port))
        ports[1].append([row[template[0].index(column)] for column in ports[0]])
        switches = found["Logical_Switch"]
        switch = row_of(switches, "name", SWITCH)
        held = switch[switches[0].index("ports")]
        others = held[1] if held[0] == "set" else [held]
        set_cells(switches, switch, ports=["set", [*others, uuid]])
    return Northbound(database(found))


def _target_pod(pod: Mapping[str, Any], phase: str, *, ready: bool) -> dict[str, Any]:
    item: dict[str, Any] = copy.deepcopy(dict(pod))
    meta = item["metadata"]
    meta["name"], meta["uid"] = TARGET, "99999999-8888-4777-8666-555555555555"
    meta["creationTimestamp"] = "2030-01-01T00:00:00Z"
    meta["labels"]["kubevirt.io/migrationJobUID"] = "0d8bd0a8-7c3a-4a1c-a1fd-0f4f4a8d9d10"
    if ready:
        meta["annotations"][READY] = "2030-01-01T00:00:09Z"
    item["spec"]["nodeName"] = THERE
    item["status"]["phase"] = phase
    return item


def migrating(
    *,
    state: Mapping[str, Any] | None = None,
    source: Port | None = ON,
    target: Port | None = OFF,
    source_phase: str | None = "Running",
    target_phase: str | None = "Running",
    ready: bool = False,
    node: str = HERE,
    edit: Callable[[dict[str, Any]], None] | None = None,
) -> Snapshot:
    """The capture with the VM between two nodes.

    `state` is merged into VMI.status.migrationState (None: there is none). A phase of None: that
    pod is gone. A port of None: it is not there. `node` is VMI.status.nodeName; `edit` gets the
    lists of objects by plural.
    """
    snap = snapshot(CAPTURE)
    lists: dict[str, Any] = copy.deepcopy({k: list(v) for k, v in snap.kube.lists().items()})
    pods = lists["pods"]
    own = next(pod for pod in pods if pod["metadata"]["name"] == SOURCE)
    if target_phase is not None:
        pods.append(_target_pod(own, target_phase, ready=ready))
    if source_phase is None:
        pods.remove(own)
    else:
        own["status"]["phase"] = source_phase
    vmi = next(one for one in lists["virtualmachineinstances"] if one["metadata"]["name"] == VM)
    vmi["status"]["nodeName"] = node
    if state is not None:
        vmi["status"]["migrationState"] = {
            "sourceNode": HERE,
            "sourcePod": SOURCE,
            "targetNode": THERE,
            "targetPod": TARGET,
            "startTimestamp": "2030-01-01T00:00:01Z",
            **state,
        }
    if edit is not None:
        edit(lists)
    return replace(
        snap,
        kube=Kube(lists),
        nb={HERE: _source_nb(source), THERE: _target_nb(target)},
        sb={node: Southbound(database(tables(node, "sbctl"))) for node in (HERE, THERE)},
    )


def explained(snap: Snapshot, name: str = f"vm/{VM}", network: str | None = NAD) -> ExplainView:
    """The view of the VM, or of another name."""
    return explain(snap, find_workload(snap, Query(name)), network, now=NOW)


def ids(view: ExplainView) -> list[tuple[str, str]]:
    """Id and severity of the findings that tell of a migration."""
    return [(one.id, one.severity) for one in view.findings if one.id.startswith("OVT42")]
