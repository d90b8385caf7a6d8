"""A flow of the table where it passes one switch: the question in OVN's own terms."""

from ipaddress import ip_address

from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.policy.naming import DEFAULT_NETWORK, logical_port_name
from tests.captured import raw_rows, snapshot
from tests.verdict.intent_table import VMS, Row

_FAR_MAC = "02:00:00:00:00:99"  # of whatever is beyond a localnet port
_EPHEMERAL = 40000


class OneSwitch:
    """A row's packet where it passes one switch of worker-0 or worker-1."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_out = row.way == "out"
        self.inside, _, said = (row.src if self.is_out else row.dst).partition("=")
        self.node, self.nb, self.port = self._find(self.inside)
        [self.switch] = _switches(self.nb, self.port)
        self.address = said or self.port.addresses[0].split()[1]

    def _find(self, pod: str) -> tuple[str, Northbound, LogicalSwitchPort]:
        """The port of a pod on the row's network, where it lives."""
        for node, nb in sorted(snapshot(self.row.capture).nb.items()):
            for port in _ports_of_pod(nb, self.row.network, pod):
                return node, nb, port
        raise AssertionError(f"{pod} has no port on {self.row.network}")

    def question(self) -> dict[str, object]:
        gate = self._gate()
        mac = self._far_mac(gate)
        other, _, said = (self.row.dst if self.is_out else self.row.src).partition("=")
        far = said or (gate.addresses[0].split()[1] if other == "node" else self._address(other))
        near_end, far_end = (self.port.macs[0], self.address), (mac, far)
        ends = (near_end, far_end) if self.is_out else (far_end, near_end)
        return {
            "node": self.node,
            "switch": self.switch.name,
            "inport": self.port.name if self.is_out else gate.name,
            "packet": self._packet(self.port if self.is_out else gate, *ends),
        }

    def _gate(self) -> LogicalSwitchPort:
        """Where the packet comes in or goes out."""
        ports = [port for uuid in self.switch.ports if (port := self.nb.port_by_uuid(uuid))]
        if self.row.way == "node":
            [gate] = [port for port in ports if port.name == f"k8s-{self.node}"]
        else:
            [gate] = [port for port in ports if port.type in ("router", "localnet")]
        return gate

    def _far_mac(self, gate: LogicalSwitchPort) -> str:
        if gate.type == "localnet":
            return _FAR_MAC
        if gate.type != "router":
            return gate.macs[0]
        rows = raw_rows(self.row.capture, self.node, "nbctl/Logical_Router_Port")
        [mac] = [row["mac"] for row in rows if row["name"] == gate.options["router-port"]]
        return str(mac)

    def _address(self, text: str) -> str:
        if "/" not in text:
            return text
        return self._find(text)[2].addresses[0].split()[1]

    def _packet(self, inport: LogicalSwitchPort, src: tuple[str, str], dst: tuple[str, str]) -> str:
        version = ip_address(src[1]).version
        terms = [
            f'inport == "{inport.name}"',
            f"eth.src == {src[0]}",
            f"eth.dst == {dst[0]}",
            f"ip{version}.src == {src[1]}",
            f"ip{version}.dst == {dst[1]}",
            "ip.ttl == 64",
        ]
        if self.row.proto == "icmp":
            terms.append("icmp4.type == 8" if version == 4 else "icmp6.type == 128")
        else:
            terms.append(f"{self.row.proto}.src == {_EPHEMERAL}")
            terms.append(f"{self.row.proto}.dst == {self.row.dport}")
        return " && ".join(terms)


def _ports_of_pod(nb: Northbound, network: str, pod: str) -> list[LogicalSwitchPort]:
    namespace, _, name = pod.rpartition("/")
    if pod in VMS:
        namespace, name = "llm-demo", f"virt-launcher-{VMS[pod]}-"
    tail = logical_port_name(DEFAULT_NETWORK, namespace, name)
    found = []
    for switch in nb.switches:
        on = switch.external_ids.get("k8s.ovn.org/network", DEFAULT_NETWORK)
        for port in (nb.port_by_uuid(uuid) for uuid in switch.ports):
            if port is None or port.type or on != network:
                continue
            own = port.name if network == DEFAULT_NETWORK else port.name.partition("_")[2]
            if own == tail or (pod in VMS and own.startswith(tail)):
                found.append(port)
    return found


def _switches(nb: Northbound, port: LogicalSwitchPort) -> list[LogicalSwitch]:
    return [switch for switch in nb.switches if port.uuid in switch.ports]
