"""A cluster: three nodes of real OVN and OVS between which pods really ping, in one folder.

Each node is a network namespace with its own OVS, ovn-controller, br-int and br-ex. In interconnect
mode each has its own databases and ovn-northd, in central mode the databases are shared.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from tests.lab import cluster_example as cx
from tests.lab.cluster_daemons import Mode, RaftDaemons, remotes
from tests.lab.cluster_kube import ovnkube_keys, write_cluster_objects
from tests.lab.cluster_openvswitch import set_tunnel_neighbours, write_node_configuration
from tests.lab.cluster_places import NodePlaces, cluster_namespaces, node_places
from tests.lab.cluster_policies import POLICIES, delete_cluster_policies, insert_cluster_policies
from tests.lab.cluster_rows import insert_networks, remote_chassis_argv
from tests.lab.cluster_wiring import (
    address_cluster_node,
    make_cluster_namespaces,
    plug_cluster_underlay,
    plug_node,
)
from tests.lab.commands import Done, LabError, attempt, environment, run
from tests.lab.controller import await_controller
from tests.lab.daemons import Daemons
from tests.lab.etc_ovn import hide_databases, show_databases
from tests.lab.kube_files import write_policies
from tests.lab.lab import read_record
from tests.lab.openvswitch import wait_for_vswitchd
from tests.lab.ovsdb import Transaction, uuids_by_name
from tests.lab.places import prefix_of
from tests.lab.teardown import take_down
from tests.lab.toolset import INSTALLED, Toolset, toolset

_NB = "OVN_Northbound"
T = TypeVar("T")


class Cluster:
    """One cluster. `up` builds it, `down` removes all of it."""

    def __init__(
        self, folder: Path, *, mode: Mode = Mode.INTERCONNECT, ovn: str = INSTALLED
    ) -> None:
        """In `folder` (it need not exist), with OVN `ovn`; SuiteUnavailable if it can't be."""
        self.folder = folder.resolve()
        self.mode = mode
        self.ovn = ovn
        self.tools: Toolset = toolset(ovn)
        self.places = node_places(self.folder, prefix_of(self.folder))
        self._first: NodePlaces = self.places[cx.NODES[0].name]
        self._plain = environment(self.folder)
        self.env = {name: self._environment(places) for name, places in self.places.items()}
        self.daemons = {node.name: self._daemons(node) for node in cx.NODES}

    @classmethod
    def open(cls, folder: Path) -> "Cluster":
        """The cluster in `folder`; LabError if there is none."""
        record = read_record(folder.resolve())
        if "mode" not in record:
            raise LabError(f"{folder}: a lab of one node is in it")
        return cls(folder, mode=Mode(record["mode"]), ovn=record["ovn"])

    def _environment(self, places: NodePlaces) -> dict[str, str]:
        """With it tools reach the node's daemons, and in central mode the databases' leaders."""
        env = environment(self.folder, places.node_environment(self.tools.path))
        if self.mode is Mode.CENTRAL:
            for short in ("nb", "sb"):
                env[f"OVN_{short.upper()}_DB"] = remotes(self._all, short)
        return env

    def _daemons(self, node: cx.Node) -> Daemons:
        env = self.env[node.name]
        if self.mode is Mode.CENTRAL:
            return RaftDaemons(self._all, cx.NODES.index(node), self.tools, env)
        return Daemons(self.places[node.name], self.tools, env)

    @property
    def _all(self) -> Sequence[NodePlaces]:
        return list(self.places.values())

    @property
    def prefix(self) -> str:
        """With what the names of the cluster's namespaces begin."""
        return self._first.prefix

    @property
    def is_interconnect(self) -> bool:
        """Whether each node is a zone of its own."""
        return self.mode is Mode.INTERCONNECT

    @property
    def zones(self) -> Mapping[str, Sequence[cx.Node]]:
        """The nodes of each zone, by the name of one that has its databases' sockets."""
        if self.is_interconnect:
            return {node.name: (node,) for node in cx.NODES}
        return {cx.NODES[0].name: cx.NODES}

    # --- up and down ---------------------------------------------------------------------------

    def up(self, *, policies: bool = True) -> None:
        """Build everything. What is built when it fails is left for `down`."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise LabError(f"{self.folder} is not empty: take the lab in it down first")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_record(complete=False)
        self._build()
        if policies:
            self.apply_policies()
        self._write_record(complete=True)

    def _build(self) -> None:
        make_cluster_namespaces(self._first, self._plain)
        plug_cluster_underlay(self.places, self._plain)
        self._start_databases()
        _side_by_side(self._start_switch, cx.NODES)
        for zone, nodes in self.zones.items():
            tx = Transaction(_NB)
            name = zone if self.is_interconnect else "global"
            insert_networks(tx, nodes, name, interconnect=self.is_interconnect)
            self._commit(tx, zone)
            self.daemons[zone].start_northd()
        for node in cx.NODES:
            self.daemons[node.name].start_controller()
        write_cluster_objects(self._first.kube, self.mode)
        for places in self._all:
            show_databases(places)
        if self.is_interconnect:
            _side_by_side(self._join_zones, cx.NODES)
        _side_by_side(self._await_node, cx.NODES)

    def _start_databases(self) -> None:
        daemons = list(self.daemons.values())
        _side_by_side(lambda one: one.create_databases(), daemons)
        # The first node's are the raft cluster that the others join.
        daemons[0].start_databases()
        _side_by_side(lambda one: one.start_databases(), daemons[1:])
        for one in daemons:
            if isinstance(one, RaftDaemons):
                one.await_databases()

    def _start_switch(self, node: cx.Node) -> None:
        places, env = self.places[node.name], self.env[node.name]
        plug_node(places, node, self._plain)
        southbound = env["OVN_SB_DB"]
        write_node_configuration(
            places, node, southbound, env, self.tools.ovs_version,
            interconnect=self.is_interconnect,
        )  # fmt: skip
        self.daemons[node.name].start_vswitchd()
        wait_for_vswitchd(env)
        address_cluster_node(places, node, self._plain)
        set_tunnel_neighbours(node, cx.NODES, env)

    def _join_zones(self, node: cx.Node) -> None:
        """The other zones' chassis in this one's, and their pods' ports bound to them."""
        env = self.env[node.name]
        run(["ovn-nbctl", "--timeout=20", "--wait=sb", "sync"], env, timeout_s=22)
        for other in cx.NODES:
            if other != node:
                run(["ovn-sbctl", *remote_chassis_argv(other)], env, timeout_s=12)

    def _await_node(self, node: cx.Node) -> None:
        await_controller(
            self.daemons[node.name],
            self.env[node.name],
            chassis=node.chassis,
            mappings=cx.BRIDGE_MAPPINGS,
        )

    def down(self) -> None:
        """Remove processes, namespaces and the folder. Harmless where nothing is up."""
        for places in self._all:
            hide_databases(places)
        take_down(self._first)

    # --- policies ------------------------------------------------------------------------------

    def apply_policies(self) -> None:
        """Apply the cluster's MultiNetworkPolicies in each zone, and wait for their effect."""
        for zone, nodes in self.zones.items():
            env, socket = self.env[zone], self._northbound(zone)
            ports = uuids_by_name(_NB, "Logical_Switch_Port", socket, env)
            pods = [pod for pod in cx.PODS if pod.node in nodes]
            tx = Transaction(_NB)
            delete_cluster_policies(tx)
            insert_cluster_policies(tx, pods, ports, tiers=self.tools.nb_has("ACL", "tier"))
            self._commit(tx, zone)
        write_policies(self._first.kube, POLICIES)
        self.settle()

    def remove_policies(self) -> None:
        """Remove them, objects and rows, and wait until they are without effect."""
        for zone in self.zones:
            tx = Transaction(_NB)
            delete_cluster_policies(tx)
            self._commit(tx, zone)
        write_policies(self._first.kube, [])
        self.settle()

    def _northbound(self, zone: str) -> Path:
        return self.places[zone].nb_socket

    def _commit(self, tx: Transaction, zone: str) -> None:
        # A follower forwards what is written to the leader.
        tx.commit(self._northbound(zone), self.env[zone])

    # --- commands ------------------------------------------------------------------------------

    def settle(self, timeout_s: float = 20.0) -> None:
        """Until every ovn-controller has done all that the northbound databases say now."""
        wait = f"--timeout={timeout_s:.0f}"
        for zone in self.zones:
            argv = ["ovn-nbctl", wait, "--wait=hv", "sync"]
            run(argv, self.env[zone], timeout_s=timeout_s + 2)

    def ctl(self, node: str, *argv: str, timeout_s: float = 10.0) -> str:
        """stdout of a command in a node's environment; LabError when it fails."""
        return run(argv, self.env[node], timeout_s=timeout_s)

    def inside(self, netns: str, *argv: str, timeout_s: float = 10.0) -> Done:
        """A command in one of the cluster's namespaces, with this machine's programs."""
        words = ["ip", "netns", "exec", netns, *argv]
        return attempt(words, self._plain, timeout_s=timeout_s)

    def pod_netns(self, pod: cx.ClusterPod) -> str:
        """A pod's network namespace."""
        return self._first.pod_netns(pod)

    @property
    def outside_netns(self) -> str:
        """The namespace of the host outside, on the localnet without VLAN."""
        return self._first.outside

    @property
    def underlay_netns(self) -> str:
        """The namespace of the switches between the nodes: `ubr`, and `tbr` for tunnels."""
        return self._first.underlay

    # --- the record ----------------------------------------------------------------------------

    def _write_record(self, *, complete: bool) -> None:
        record = {
            "complete": complete,
            "starter": os.getpid(),
            "prefix": self._first.prefix,
            "ovn": self.ovn,
            "mode": self.mode.value,
            "nodes": {name: self._executes_in(name) for name in self.places},
            "pods": self._pods(),
            "namespaces": cluster_namespaces(self._first),
        }
        draft = self._first.record.with_suffix(".new")
        draft.write_text(json.dumps(record, indent=1) + "\n")
        draft.replace(self._first.record)

    def _executes_in(self, node: str) -> dict[str, Any]:
        places = self.places[node]
        return {"netns": places.node, "env": places.node_environment(self.tools.path)}

    def _pods(self) -> dict[str, dict[str, Any]]:
        pods: dict[str, dict[str, Any]] = {
            pod.key: {"node": pod.node.name, "netns": self.pod_netns(pod)} for pod in cx.PODS
        }
        for node in cx.NODES:
            place = self._executes_in(node.name)
            for key in ovnkube_keys(node, self.mode):
                pods[key] = {"node": node.name, "path": place["env"]["PATH"], **place}
        return pods


def _side_by_side(what: Callable[[T], None], each: Sequence[T]) -> None:
    with ThreadPoolExecutor(max_workers=len(each)) as pool:
        list(pool.map(what, each))
