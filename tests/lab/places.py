"""Where a lab's things are: folders, sockets and network namespaces, from folder and prefix."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.lab import example as ex


def prefix_of(folder: Path) -> str:
    """The default prefix of a lab's namespaces: different for labs in different folders."""
    return f"lab-{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths and names of one lab."""

    folder: Path
    prefix: str

    @property
    def record(self) -> Path:
        """The file that says what there is."""
        return self.folder / "lab.json"

    @property
    def kube(self) -> Path:
        """Kubernetes objects, a List a file."""
        return self.folder / "kube"

    @property
    def images(self) -> Path:
        """A folder of programs for each pod image."""
        return self.folder / "images"

    @property
    def ovs(self) -> Path:
        """The node's OVS_RUNDIR."""
        return self.folder / "nodes" / ex.NODE / "ovs"

    @property
    def ovn(self) -> Path:
        """The node's OVN_RUNDIR."""
        return self.folder / "nodes" / ex.NODE / "ovn"

    @property
    def ovs_socket(self) -> Path:
        """conf.db's server."""
        return self.ovs / "db.sock"

    @property
    def nb_socket(self) -> Path:
        """The northbound database's server."""
        return self.ovn / "ovnnb_db.sock"

    @property
    def sb_socket(self) -> Path:
        """The southbound database's server."""
        return self.ovn / "ovnsb_db.sock"

    def _netns(self, word: str) -> str:
        return f"{self.prefix}-{word}"

    @property
    def node(self) -> str:
        """The node's network namespace."""
        return self._netns(ex.NODE)

    @property
    def underlay(self) -> str:
        """The namespace of the switch that the uplink is plugged into."""
        return self._netns("underlay")

    @property
    def gateway(self) -> str:
        """The router of the localnet's subnet and of the node's."""
        return self._netns("gateway")

    @property
    def outside(self) -> str:
        """A VM outside the cluster, on the localnet's subnet."""
        return self._netns("outside")

    @property
    def internet(self) -> str:
        """8.8.8.8, behind the gateway."""
        return self._netns("internet")

    def pod(self, pod: ex.Pod) -> str:
        """A pod's network namespace."""
        return self._netns(f"{pod.short_name}-launcher" if pod.vm else pod.short_name)

    def guest(self, vm: ex.Vm) -> str:
        """The namespace that stands for a VM's guest."""
        return self._netns(vm.short_name)

    def namespaces(self) -> list[str]:
        """All network namespaces of the lab."""
        guests = [self.guest(pod.vm) for pod in ex.PODS if pod.vm]
        pods = [self.pod(pod) for pod in ex.PODS]
        return [
            self.node, self.underlay, self.gateway, self.outside, self.internet, *pods, *guests,
        ]  # fmt: skip

    def node_environment(self, path: str) -> dict[str, str]:
        """With this the tools of OVN and OVS reach the node's daemons by themselves."""
        return {
            "PATH": path,
            "OVS_RUNDIR": str(self.ovs),
            "OVS_LOGDIR": str(self.ovs),
            "OVS_DBDIR": str(self.ovs),
            "OVN_RUNDIR": str(self.ovn),
            "OVN_LOGDIR": str(self.ovn),
            "OVN_DBDIR": str(self.ovn),
            "OVN_NB_DB": f"unix:{self.nb_socket}",
            "OVN_SB_DB": f"unix:{self.sb_socket}",
        }
