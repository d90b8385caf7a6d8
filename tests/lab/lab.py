"""A lab: real OVN and OVS with the whole running example, in one folder and its own namespaces."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab import example as ex
from tests.lab.commands import Done, LabError, attempt, environment, run
from tests.lab.controller import await_controller
from tests.lab.daemons import Daemons
from tests.lab.default_network_rows import insert_default_network
from tests.lab.etc_ovn import show_databases
from tests.lab.external_bridge import address_node, program_br_ex
from tests.lab.images import make_images
from tests.lab.kube_cluster import OVNKUBE_NAME, OVNKUBE_NAMESPACE
from tests.lab.kube_files import write_kube_objects, write_policies
from tests.lab.localnet_rows import insert_localnet
from tests.lab.openvswitch import wait_for_vswitchd, write_configuration
from tests.lab.ovsdb import Transaction, uuids_by_name
from tests.lab.places import Places, prefix_of
from tests.lab.policies import POLICIES
from tests.lab.policy_rows import delete_policies, insert_policies
from tests.lab.teardown import take_down
from tests.lab.toolset import INSTALLED, Toolset, toolset
from tests.lab.wiring import (
    bypass_kernel,
    make_namespaces,
    offload_off,
    plug_pod,
    plug_underlay,
    wait_forwarding,
)

OVNKUBE_POD = f"{OVNKUBE_NAMESPACE}/{OVNKUBE_NAME}"


class Lab:
    """One lab. `up` builds it, `down` removes all of it, `Lab.open` finds one that is up."""

    def __init__(self, folder: Path, *, ovn: str = INSTALLED, prefix: str | None = None) -> None:
        """A lab in `folder` (it need not exist) with OVN `ovn`; SuiteUnavailable if it can't be."""
        self.folder = folder.resolve()
        self.places = Places(self.folder, prefix or prefix_of(self.folder))
        self.ovn = ovn
        self.tools: Toolset = toolset(ovn)
        self.policies_applied = False
        self._plain = environment(self.folder)
        self._handed_out = self.places.node_environment(self.tools.path)
        self.env: dict[str, str] = environment(self.folder, self._handed_out)
        self.daemons = Daemons(self.places, self.tools, self.env)

    @classmethod
    def open(cls, folder: Path) -> "Lab":
        """The lab that is up in `folder`; LabError if there is none."""
        record = read_record(folder.resolve())
        if "mode" in record:
            raise LabError(f"{folder}: a cluster is in it, which tests.lab.cluster_cli knows")
        lab = cls(folder, ovn=record["ovn"], prefix=record["prefix"])
        lab.policies_applied = record["policies"]
        return lab

    # --- up and down ---------------------------------------------------------------------------

    def up(self, *, policies: bool = True) -> None:
        """Build everything. What is built when it fails is left for `down`."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise LabError(f"{self.folder} is not empty: take the lab in it down first")
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.folder / "up.lock", os.O_CREAT | os.O_WRONLY)
        try:
            self._write_record(complete=False)
            self._build()
            if policies:
                self.apply_policies()
            else:
                write_policies(self.places.kube, [])
            self._write_record(complete=True)
        finally:
            os.close(lock)
            (self.folder / "up.lock").unlink()

    def _build(self) -> None:
        places, env = self.places, self._plain
        make_namespaces(places, env)
        self.daemons.create_databases()
        self.daemons.start_databases()
        plug_underlay(places, env)
        for pod in ex.PODS:
            plug_pod(places, pod, env)
        hosts = [host for pod in ex.PODS for host in (pod.eth0_host, pod.host)]
        bypass_kernel(places, [ex.UPLINK, *hosts], env)
        write_configuration(places, ex.PODS, self.env, self.tools.ovs_version)
        self.daemons.start_vswitchd()
        self._write_northbound()
        self.daemons.start_northd()
        wait_for_vswitchd(self.env)
        self.daemons.start_controller()
        address_node(places, env)
        offload_off(places, env)
        make_images(places.images)
        write_kube_objects(places.kube)
        show_databases(places)
        await_controller(self.daemons, self.env)
        program_br_ex(self.env)
        wait_forwarding(places, env)

    def _write_northbound(self) -> None:
        tx = Transaction("OVN_Northbound")
        tx.insert("NB_Global", {"name": ex.NODE, "options": {"name": ex.NODE}})
        insert_default_network(tx, ex.PODS, tiers=self.tiers)
        insert_localnet(tx, ex.PODS)
        tx.commit(self.places.nb_socket, self.env)

    def down(self) -> None:
        """Remove processes, namespaces and the folder. Harmless where nothing is up.

        LabError if the folder is somebody else's: it has something in it and no record of a lab.
        """
        starter = None
        try:
            starter = read_record(self.folder)["starter"]
        except LabError:
            if self.folder.exists() and not _is_ours(self.folder):
                raise LabError(f"{self.folder}: not a lab, left as it is") from None
        take_down(self.places, starter)

    # --- policies ------------------------------------------------------------------------------

    @property
    def tiers(self) -> bool:
        """Whether this OVN's ACLs have tiers (23.06 on)."""
        return self.tools.nb_has("ACL", "tier")

    def apply_policies(self) -> None:
        """Apply the example's MultiNetworkPolicies, and wait until they are in force."""
        ports = uuids_by_name(
            "OVN_Northbound", "Logical_Switch_Port", self.places.nb_socket, self.env
        )
        tx = Transaction("OVN_Northbound")
        delete_policies(tx, POLICIES)
        insert_policies(tx, POLICIES, ex.PODS, ports, tiers=self.tiers)
        self._commit_policies(tx, applied=True)

    def remove_policies(self) -> None:
        """Remove them, objects and rows, and wait until they are without effect."""
        tx = Transaction("OVN_Northbound")
        delete_policies(tx, POLICIES)
        self._commit_policies(tx, applied=False)

    def _commit_policies(self, tx: Transaction, *, applied: bool) -> None:
        tx.commit(self.places.nb_socket, self.env)
        write_policies(self.places.kube, POLICIES if applied else [])
        self.settle()
        # What ovs-vswitchd has cached of the old flows goes on passing until it is looked at again.
        self.ctl("ovs-appctl", "revalidator/purge")
        self.policies_applied = applied
        if self.places.record.exists():
            self._write_record(complete=read_record(self.folder)["complete"])

    # --- commands ------------------------------------------------------------------------------

    def settle(self, timeout_s: float = 20.0) -> None:
        """Until ovn-controller has done all that the northbound database says now."""
        wait = f"--timeout={timeout_s:.0f}"
        run(["ovn-nbctl", wait, "--wait=hv", "sync"], self.env, timeout_s=timeout_s + 2)

    def ctl(self, *argv: str, timeout_s: float = 10.0) -> str:
        """stdout of a command in the node's environment; LabError when it fails."""
        return run(argv, self.env, timeout_s=timeout_s)

    def inside(self, netns: str, *argv: str, timeout_s: float = 10.0) -> Done:
        """A command in one of the lab's namespaces, with this machine's programs."""
        words = ["ip", "netns", "exec", netns, *argv]
        return attempt(words, self._plain, timeout_s=timeout_s)

    def in_pod(self, pod: ex.Pod, argv: Sequence[str], timeout_s: float = 10.0) -> Done:
        """A command in a pod, with the programs of its image only (as `kubectl exec` would)."""
        env = environment(self.folder, {"PATH": str(self.places.images / pod.image)})
        words = ["/usr/bin/nsenter", f"--net=/run/netns/{self.places.pod(pod)}", *argv]
        return attempt(words, env, timeout_s=timeout_s)

    # --- the record ----------------------------------------------------------------------------

    def _write_record(self, *, complete: bool) -> None:
        record = {
            "complete": complete,
            "starter": os.getpid(),
            "prefix": self.places.prefix,
            "ovn": self.ovn,
            "versions": {"ovn": self.tools.ovn_version, "ovs": self.tools.ovs_version},
            "policies": self.policies_applied,
            "node": {ex.NODE: {"netns": self.places.node, "env": self._handed_out}},
            "pods": self._pods(),
            "guests": {pod.vm.name: self.places.guest(pod.vm) for pod in ex.PODS if pod.vm},
            "namespaces": self.places.namespaces(),
            "pids": self.daemons.pids(),
        }
        # Never half a record, whenever this is interrupted.
        draft = self.places.record.with_suffix(".new")
        draft.write_text(json.dumps(record, indent=1) + "\n")
        draft.replace(self.places.record)

    def _pods(self) -> Mapping[str, Mapping[str, Any]]:
        pods: dict[str, dict[str, Any]] = {
            pod.key: {
                "node": ex.NODE,
                "netns": self.places.pod(pod),
                "path": str(self.places.images / pod.image),
            }
            for pod in ex.PODS
        }
        pods[OVNKUBE_POD] = {
            "node": ex.NODE,
            "netns": self.places.node,
            "path": self.tools.path,
            "env": self._handed_out,
        }
        return pods


def _is_ours(folder: Path) -> bool:
    """Whether a folder without a record may go: `up` was killed before it wrote one."""
    return {entry.name for entry in folder.iterdir()} <= {"up.lock", "lab.new"}


def read_record(folder: Path) -> dict[str, Any]:
    """lab.json of a folder; LabError where there is none."""
    try:
        record: dict[str, Any] = json.loads((folder / "lab.json").read_text())
    except FileNotFoundError:
        raise LabError(f"{folder}: no lab here") from None
    return record
