"""What is in a cluster: three nodes, the default network and three more, two pods a node on all.

Names are made as OVN-Kubernetes of December 2023 makes them.
"""

import re
from dataclasses import dataclass

from tests.lab.example import digest, mac_of_address

NAMESPACE = "llm-demo"
UPLINK = "bond0"
UPLINK_MTU = 1500
POD_MTU = 1400
"""Geneve over IPv4 takes 58 bytes of the uplink's 1500."""

TUNNEL_UPLINK = "eth1"
TUNNEL_BRIDGE = "br-phy"
FIRST_IFINDEX = 2
"""Index of a pod's eth0; lo is 1."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its name, number from 1 on, and what comes from them."""

    number: int

    @property
    def name(self) -> str:
        """Also the hostname in Open_vSwitch, and the zone's name in interconnect mode."""
        return f"worker-{self.number:02}-demo"

    @property
    def chassis(self) -> str:
        """The system-id. Tunnels' names begin with its first six digits, so these differ."""
        hexes = digest(f"chassis {self.name}")
        return f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:32]}"

    @property
    def mac(self) -> str:
        """Of br-ex and its uplink."""
        return f"00:50:56:8e:b9:{self.number:02x}"

    @property
    def address(self) -> str:
        """On br-ex."""
        return f"192.168.99.{30 + self.number}"

    @property
    def tunnel_mac(self) -> str:
        """Of the bridge that tunnels leave by."""
        return f"00:50:56:8e:ba:{self.number:02x}"

    @property
    def tunnel_address(self) -> str:
        """The encapsulation's address."""
        return f"172.19.0.{10 + self.number}"

    @property
    def _pods(self) -> str:
        """The first three bytes of the addresses of its pods' eth0."""
        return f"10.132.{2 * self.number}"

    @property
    def subnet(self) -> str:
        """Of its pods' eth0."""
        return f"{self._pods}.0/23"

    @property
    def gateway(self) -> str:
        """The cluster router's address there."""
        return f"{self._pods}.1"

    @property
    def transit_key(self) -> int:
        """The tunnel key of the node's port on the transit switch of the default network."""
        return self.number + 1

    @property
    def transit_address(self) -> str:
        """The node's cluster router on that switch."""
        return f"100.88.0.{self.transit_key}"

    def pod_address(self, number: int) -> str:
        """Of a pod's eth0."""
        return f"{self._pods}.{number}"


@dataclass(frozen=True, slots=True)
class Network:
    """A network. `number` is its place in each pod: 0 for the default one, on eth0."""

    number: int
    name: str
    topology: str
    subnet: str
    """The first three bytes of its IPv4 subnet, which is a /24; nodes have the default one's."""
    vlan: int | None = None

    @property
    def nad(self) -> str:
        """Namespace and name of its NetworkAttachmentDefinition."""
        return f"{NAMESPACE}/{self.name}-nad"

    @property
    def prefix(self) -> str:
        """Of its switch and its port groups."""
        return f"{self.name.replace('-', '.')}_"

    @property
    def switch(self) -> str:
        """Its logical switch."""
        return f"{self.prefix}ovn_{self.topology}_switch"

    @property
    def localnet_port(self) -> str:
        """The port to the physical network."""
        return f"{self.prefix}ovn_localnet_port"

    @property
    def interface(self) -> str:
        """Its interface in a pod."""
        return f"net{self.number}" if self.number else "eth0"


@dataclass(frozen=True, slots=True)
class ClusterPod:
    """A pod on all networks. `number` is the last byte of its addresses."""

    app: str
    node: Node
    number: int

    @property
    def name(self) -> str:
        """The app, and the node's number."""
        return f"{self.app}-{self.node.number}"

    @property
    def key(self) -> str:
        """Namespace and name."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def sandbox(self) -> str:
        """The sandbox's id."""
        return digest(self.name)

    @property
    def labels(self) -> dict[str, str]:
        """The pod's labels."""
        return {"app": self.app}

    def address(self, network: Network) -> str:
        """On a network."""
        if network == DEFAULT:
            return self.node.pod_address(self.number)
        return f"{network.subnet}.{self.number}"

    def interface_address(self, network: Network) -> str:
        """With the length of the subnet's prefix."""
        return f"{self.address(network)}/{23 if network == DEFAULT else 24}"

    def mac(self, network: Network) -> str:
        """OVN-Kubernetes makes a MAC from the address."""
        return mac_of_address(self.address(network))

    def lsp(self, network: Network) -> str:
        """Its logical port on a network."""
        if network == DEFAULT:
            return f"{NAMESPACE}_{self.name}"
        return f"{re.sub('[-/]', '.', network.nad)}_{NAMESPACE}_{self.name}"

    def host(self, network: Network) -> str:
        """The node's end of its veth: the sandbox, and beside eth0 the index of the pod's end."""
        suffix = f"_{FIRST_IFINDEX + network.number}" if network.number else ""
        return self.sandbox[: 15 - len(suffix)] + suffix


NODES = tuple(Node(number) for number in (1, 2, 3))
DEFAULT = Network(0, "default", "default", "")
LOCALNET = Network(1, "localnet-cnv", "localnet", "192.168.77")
VLAN = Network(2, "localnet-vlan", "localnet", "192.168.78", vlan=33)
LAYER2 = Network(3, "layer2-cnv", "layer2", "10.100.200")
NETWORKS = (LOCALNET, VLAN, LAYER2)
"""The secondary ones."""
ALL_NETWORKS = (DEFAULT, *NETWORKS)
LAYER2_KEY = 16711700
"""The transit switch's tunnel key, the same in each zone."""
OUTSIDE = f"{LOCALNET.subnet}.10"
"""A host on the localnet without VLAN that OVN does not know."""
BRIDGE_MAPPINGS = ",".join(f"{one.name}:br-ex" for one in NETWORKS if one.topology == "localnet")
PODS = tuple(
    ClusterPod(app, node, 90 + 2 * node.number + index)
    for node in NODES
    for index, app in enumerate(("web", "db"))
)


def pods_of(node: Node) -> tuple[ClusterPod, ...]:
    """The pods on a node."""
    return tuple(pod for pod in PODS if pod.node == node)
