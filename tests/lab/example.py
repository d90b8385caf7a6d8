"""The running example: one node, three pods and two VMs on a localnet network.

Names, addresses, MACs, MTUs and ids are those of a real OpenShift 4.15 cluster where they are
known. A host interface is named as the CNI names it: the sandbox's id, cut to 15 characters, and on
a secondary network with the index of the pod's end of the veth behind it.
"""

import hashlib
from dataclasses import dataclass

NODE = "master-01-demo"
CHASSIS_ID = "17b1f051-7ec5-468a-8e1a-ffb8fa9e85bc"
NODE_MAC = "00:50:56:8e:b8:11"
NODE_ADDRESS = "192.168.99.23"
NODE_PREFIX_LENGTH = 24
NODE_GATEWAY = "192.168.99.1"
MANAGEMENT_ADDRESS = "10.132.0.2"
MANAGEMENT_MAC = "0a:58:0a:84:00:02"
BRIDGE_MAPPINGS = "localnet-cnv:br-ex,physnet:br-ex"
UPLINK = "bond0"
UPLINK_MTU = 1500
POD_MTU = 1400

CLUSTER_SUBNET = "10.132.0.0/14"
NODE_SUBNET = "10.132.0.0/23"
NODE_SUBNET_GATEWAY = "10.132.0.1"
SERVICE_SUBNET = "172.22.0.0/16"
JOIN_SUBNET = "100.64.0.0/16"

NAMESPACE = "llm-demo"
NAD = "llm-demo/llm-demo-localnet-network"
NETWORK = "localnet-cnv"
NETWORK_PREFIX = "localnet.cnv_"
NAD_PREFIX = "llm.demo.llm.demo.localnet.network_"
LOCALNET_SWITCH = f"{NETWORK_PREFIX}ovn_localnet_switch"
LOCALNET_PORT = f"{NETWORK_PREFIX}ovn_localnet_port"
LOCALNET_SUBNET_GATEWAY = "192.168.77.1"
OUTSIDE_VM = "192.168.77.10"
INTERNET = "8.8.8.8"

NETWORK_IFINDEX = 3
"""Index of the second veth in a pod: lo is 1, eth0 is 2."""


def digest(text: str) -> str:
    """64 hexadecimal digits, as a container's id has."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Vm:
    """A VM whose only interface is on the localnet network (bridge binding)."""

    name: str
    vm_uid: str
    vmi_uid: str
    network: str
    """spec.networks[].name; the names of the interfaces in the launcher come from it."""
    address: str

    @property
    def hash(self) -> str:
        """First 11 hexadecimal digits of the SHA-256 of the network's name (KubeVirt)."""
        return digest(self.network)[:11]

    @property
    def short_name(self) -> str:
        """The name without the template's part: gold-rabbit-80."""
        return self.name.removeprefix("centos-stream9-")


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod with eth0 on the default network and one interface on the localnet network."""

    name: str
    uid: str
    sandbox: str
    eth0_address: str
    mac: str
    address: str | None
    """On the localnet network, as OVN knows it; None for a VM (no IPAM, the guest chose it)."""
    image: str
    vm: Vm | None = None
    namespace: str = NAMESPACE

    @property
    def key(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @property
    def short_name(self) -> str:
        """The word for it in namespaces' names and in the ping table."""
        return self.vm.short_name if self.vm else self.name

    @property
    def eth0_mac(self) -> str:
        """OVN-Kubernetes makes a MAC from the address."""
        return mac_of_address(self.eth0_address)

    @property
    def eth0_host(self) -> str:
        """The node's end of eth0's veth."""
        return self.sandbox[:15]

    @property
    def host(self) -> str:
        """The node's end of the second veth."""
        suffix = f"_{NETWORK_IFINDEX}"
        return self.sandbox[: 15 - len(suffix)] + suffix

    @property
    def interface(self) -> str:
        """The second interface's name as the CNI was asked for it."""
        return f"pod{self.vm.hash}" if self.vm else "net1"

    @property
    def veth(self) -> str:
        """The pod's end of the second veth; KubeVirt renames it."""
        return f"{self.vm.hash}-nic" if self.vm else "net1"

    @property
    def eth0_lsp(self) -> str:
        """Logical port on the default network."""
        return f"{self.namespace}_{self.name}"

    @property
    def lsp(self) -> str:
        """Logical port on the localnet network."""
        return f"{NAD_PREFIX}{self.namespace}_{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """The pod's labels."""
        if self.vm is None:
            return {"app": self.name}
        return {
            "kubevirt.io": "virt-launcher",
            "kubevirt.io/created-by": self.vm.vmi_uid,
            "kubevirt.io/domain": self.vm.name,
            "kubevirt.io/nodeName": NODE,
            "kubevirt.io/size": "small",
            "vm.kubevirt.io/name": self.vm.name,
        }


def mac_of_address(address: str) -> str:
    """0a:58 and the four bytes of an IPv4 address (OVN-Kubernetes)."""
    return ":".join(["0a", "58", *(f"{int(part):02x}" for part in address.split("."))])


GOLD_RABBIT = Vm(
    name="centos-stream9-gold-rabbit-80",
    vm_uid="ab90bbce-09a2-4275-83a6-3c2516ab2f7a",
    vmi_uid="38ea74b9-2537-461d-8fea-6332b2c5e527",
    network="nic-yellow-duck-37",
    address="192.168.77.71",
)
GREEN_FERRET = Vm(
    name="centos-stream9-green-ferret-41",
    vm_uid="408093ba-db60-40f7-8543-53e2acd7d0b3",
    vmi_uid="e15c8343-5f9d-40ce-bf48-f116f144ea70",
    network="nic-coral-lynx-22",
    address="192.168.77.72",
)

TINYPOD = Pod(
    name="tinypod",
    uid="0638fe19-4717-4088-a70f-a5b6d7c37502",
    sandbox="a51a8137f92b2" + digest("tinypod")[13:],
    eth0_address="10.132.0.53",
    mac="0a:58:c0:a8:4d:5b",
    address="192.168.77.91",
    image="full",
)
TINYPOD_01 = Pod(
    name="tinypod-01",
    uid="5ec8e6bf-ee6a-4877-b2ab-aa953ffe2487",
    sandbox=digest("tinypod-01"),
    eth0_address="10.132.0.54",
    mac="0a:58:c0:a8:4d:5c",
    address="192.168.77.92",
    image="busybox-ip",
)
TINYPOD_02 = Pod(
    name="tinypod-02",
    uid="9ac0d3a8-14a5-4e38-a1a7-0f4a8ff0a1c7",
    sandbox=digest("tinypod-02"),
    eth0_address="10.132.0.55",
    mac="0a:58:c0:a8:4d:5d",
    address="192.168.77.93",
    image="no-ip",
)
GOLD_LAUNCHER = Pod(
    name="virt-launcher-centos-stream9-gold-rabbit-80-vjfdm",
    uid="b263f64c-a1c9-4ac8-a403-bd9fe8a4fdda",
    sandbox="13a96759b25594a1f44e2b99fd8eb648c96874f81bb45b5594f9476c113af374",
    eth0_address="10.132.0.60",
    mac="02:00:a3:00:00:01",
    address=None,
    image="full",
    vm=GOLD_RABBIT,
)
GREEN_LAUNCHER = Pod(
    name="virt-launcher-centos-stream9-green-ferret-41-ksmzt",
    uid="d873fa1e-75db-4f8a-ba28-9618bf19f9fc",
    sandbox=digest("green-ferret-41"),
    eth0_address="10.132.0.61",
    mac="02:00:a3:00:00:02",
    address=None,
    image="full",
    vm=GREEN_FERRET,
)
PODS: tuple[Pod, ...] = (TINYPOD, TINYPOD_01, TINYPOD_02, GOLD_LAUNCHER, GREEN_LAUNCHER)
