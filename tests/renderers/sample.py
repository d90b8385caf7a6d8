"""The shared sample: one view of everything that a renderer must be able to show.

A pod with a broken hop on its second network and 40 ACLs, a VM with its whole chain, a view with
gaps, and one in which every text is hostile. Names and values are those of a real cluster.
"""

from dataclasses import replace

from ovntrace.model.capture import Gap
from ovntrace.view.types import (
    AclView,
    Attachment,
    Evidence,
    ExplainView,
    Finding,
    Hop,
    ListView,
    Migration,
    MigrationSide,
    PolicyEffect,
    PolicyRef,
    RulePort,
    SidePort,
    Source,
    State,
    Workload,
    WorkloadRow,
)

NODE = "master-01-demo"
NAD = "llm-demo/llm-demo-localnet-network"
LSP = "llm.demo.llm.demo.localnet.network_llm-demo_tinypod"
LAUNCHER = "virt-launcher-centos-stream9-gold-rabbit-80-mkm5c"
VM_LSP = f"llm.demo.llm.demo.localnet.network_llm-demo_{LAUNCHER}"
SWITCH = "localnet.cnv_ovn_localnet_switch"
EXEC = "kubectl exec -n openshift-ovn-kubernetes ovnkube-node-tq2gx -c"
HOSTILE = '[/b]\x1b[2J:x:`|\u202e*_<b>"\n# h'

SOURCE = Source(
    kind="kube",
    place="https://api.demo-01-rhsys.wzhlab.top:6443",
    taken_at="2024-07-26T04:38:56Z",
    age_s=3.2,
    versions={"ovn": "23.09.3", "ovs": "3.1.5", "ovn_kubernetes": None},
)


def evidence(artefact: str, row: str, container: str, command: str) -> Evidence:
    """A row, and the command by which a person sees it."""
    return Evidence(artefact, row, f"{EXEC} {container} -- {command}")


def _link(kind: str, name: str, **facts: object) -> Hop:
    shown = evidence("node-links", f"link {name}", "ovn-controller", f"ip -d address show {name}")
    return Hop(kind, name, NODE, State.OK, facts, (shown,))


def _lsp_hops(lsp: str, mac: str, ofport: int, host: str, key: int) -> tuple[Hop, ...]:
    find = f"ovs-vsctl find Interface external_ids:iface-id={lsp}"
    return (
        Hop(
            "ovs-interface",
            host,
            NODE,
            State.OK,
            {
                "bridge": "br-int",
                "port": host,
                "ofport": ofport,
                "iface_id": lsp,
                "iface_id_ver": "b263f64c-a1c9-4ac8-a403-bd9fe8a4fdda",
                "attached_mac": mac,
                "sandbox": "13a96759b25594a1f44e2b99fd8eb648c96874f81bb45b5594f9476c113af374",
                "network": "localnet-cnv",
                "nad": NAD,
                "ovn_installed": True,
                "link_state": "up",
                "admin_state": "up",
                "error": None,
                "mtu": 1400,
                "drops": {"rx_dropped": 0, "tx_dropped": 17},
            },
            (evidence("ovs", f"Interface 1d4dc7ed name={host}", "ovn-controller", find),),
            watch=f"{EXEC} ovn-controller -- tcpdump -nei {host} ether host {mac}",
        ),
        Hop(
            "port-binding",
            lsp,
            NODE,
            State.OK,
            {
                "type": "",
                "chassis": "17b68ffb-6e7c-4ea2-9be0-5a3f3d9a0d5f",
                "hostname": NODE,
                "requested_chassis": NODE,
                "up": True,
                "tunnel_key": key,
                "datapath": "a4774e31-c8e9-4856-b9f2-ffa1737edd2b",
            },
            (
                evidence(
                    "sb",
                    f"Port_Binding ae7eeeeb-d066-45ff-9b77-959672bc5725 logical_port={lsp}",
                    "sbdb",
                    f"ovn-sbctl find Port_Binding logical_port={lsp}",
                ),
            ),
        ),
        Hop(
            "logical-switch-port",
            lsp,
            NODE,
            State.OK,
            {
                "addresses": (mac,),
                "port_security": (mac,),
                "enabled": None,
                "up": True,
                "type": "",
                "options": {"requested-chassis": NODE},
                "port_groups": ("a16982411286042166782",),
            },
            (
                evidence(
                    "nb",
                    f"Logical_Switch_Port 64247ac4-52b7-440a-aec8-320cc1d742dd name={lsp}",
                    "nbdb",
                    f"ovn-nbctl list Logical_Switch_Port {lsp}",
                ),
            ),
        ),
    )


NO_MAPPING = Finding(
    "OVT301",
    "error",
    "proven",
    "ovn-bridge-mappings of master-01-demo maps no bridge to network localnet-cnv",
    {"hop": "bridge-mapping", "name": "localnet-cnv"},
    (
        evidence(
            "ovs",
            "Open_vSwitch external_ids:ovn-bridge-mappings=physnet:br-ex",
            "ovn-controller",
            "ovs-vsctl get Open_vSwitch . external_ids:ovn-bridge-mappings",
        ),
    ),
    ("add localnet-cnv:br-ex in the NodeNetworkConfigurationPolicy of this node",),
)


def _network_hops(*, broken: bool) -> tuple[Hop, ...]:
    switch = Hop(
        "logical-switch",
        SWITCH,
        NODE,
        State.OK,
        {
            "network": "localnet-cnv",
            "topology": "localnet",
            "ports": 6,
            "acls": 0,
            "load_balancers": 0,
        },
        (evidence("nb", f"Logical_Switch 7b956824 name={SWITCH}", "nbdb", "ovn-nbctl show"),),
    )
    localnet = Hop(
        "localnet-port",
        "localnet.cnv_ovn_localnet_port",
        NODE,
        State.OK,
        {"network_name": "localnet-cnv", "tag": 33},
    )
    mapping = Hop(
        "bridge-mapping",
        "localnet-cnv",
        NODE,
        State.BROKEN if broken else State.OK,
        {
            "network_name": "localnet-cnv",
            "bridge": None if broken else "br-ex",
            "mappings": {"physnet": "br-ex"},
            "source": "Open_vSwitch",
        },
        NO_MAPPING.evidence,
        (NO_MAPPING,) if broken else (),
    )
    if broken:
        return switch, localnet, mapping
    inner, outer = "patch-br-int-to-br-ex", "patch-br-ex-to-br-int"
    return (
        switch,
        localnet,
        mapping,
        Hop("patch-port", inner, NODE, State.OK, {"bridge": "br-int", "peer": outer, "ofport": 2}),
        Hop("patch-port", outer, NODE, State.OK, {"bridge": "br-ex", "peer": inner, "ofport": 3}),
        Hop("external-bridge", "br-ex", NODE, State.OK, {"datapath_type": "", "fail_mode": None}),
        Hop(
            "uplink",
            "bond0",
            NODE,
            State.OK,
            {"type": "system", "link_state": "up", "mtu": 1500, "ofport": 1},
        ),
    )


def _acl(number: int, direction: str, action: str, priority: int, policy: PolicyRef) -> AclView:
    side, port = ("src", "outport") if direction == "to-lport" else ("dst", "inport")
    match = f"ip4.{side} == 192.168.77.{number}/32 && {port} == @a2829001848871617131"
    if action == "drop":
        match = f"{port} == @a16982411286042166782_ingressDefaultDeny"
    if number == 7:
        match = (
            "ip4.dst == 0.0.0.0/0 && ip4.dst != {192.168.77.0/24, 10.132.0.0/14, 172.22.0.0/16} "
            "&& tcp && tcp.dst>=8000 && tcp.dst<=9000 && inport == @a2829001848871617131"
        )
    return AclView(
        uuid=f"35d5775e-29d5-4a05-9b4b-5d75a561{number:04}",
        name=f"NP:llm-demo:{policy.name}:{policy.direction}:{policy.rule}",
        direction=direction,
        tier=2,
        priority=priority,
        match=match,
        action=action,
        stage="ls_out_acl" if direction == "to-lport" else "ls_in_acl",
        policy=policy,
        attached_to="port group a2829001848871617131",
    )


def _part_of(policy: PolicyRef, number: int) -> PolicyRef:
    """Of some ACLs it is known which part of the rule they are: the peer, the ports, or both."""
    web, range_, whole = (
        RulePort(1, "TCP", "443"),
        RulePort(0, "TCP", "8000-9000"),
        RulePort(2, "SCTP", None),
    )
    match number:
        case 1:
            return replace(policy, peer=2, cidr=f"192.168.77.{number}/32", ports=())
        case 2:
            return replace(policy, peer=0, protocol="TCP", ports=(web,))
        case 3:
            return replace(policy, cidr="0.0.0.0/0", protocol="UDP")
        case 4:
            return replace(policy, protocol="SCTP", ports=(whole,))
        case 7:
            return replace(policy, peer=0, cidr="0.0.0.0/0", protocol="TCP", ports=(range_, web))
    return policy


def forty_acls() -> tuple[AclView, ...]:
    """20 ACLs a direction: 19 that allow, then the namespace's default deny."""
    result: list[AclView] = []
    for direction, word in (("from-lport", "Egress"), ("to-lport", "Ingress")):
        for number in range(1, 20):
            name = f"allow-ipblock-{number:02}"
            policy = PolicyRef("MultiNetworkPolicy", "llm-demo", name, word, number % 3)
            policy = _part_of(policy, number)
            result.append(_acl(number, direction, "allow-related", 1001, policy))
        deny = PolicyRef("default-deny", "llm-demo", "allow-ipblock-01,deny-by-default", word, None)
        result.append(_acl(20, direction, "drop", 1000, deny))
    arp = replace(result[0], policy=None, name=None, attached_to=f"switch {SWITCH}", match="arp")
    return (*result[:-1], arp, result[-1])[:40]


POLICIES = (
    PolicyEffect(
        "MultiNetworkPolicy", "llm-demo", "deny-by-default", ("Ingress", "Egress"), "applied", ""
    ),
    PolicyEffect(
        "MultiNetworkPolicy",
        "llm-demo",
        "allow-specific-pods",
        (),
        "none",
        "it selects peers by label, and network localnet-cnv has no subnets: "
        "OVN-Kubernetes refuses it, it isolates nobody",
    ),
)

_ETH0 = Attachment(
    interface="eth0",
    nad="default",
    network="default",
    topology="layer3",
    lsp="llm-demo_tinypod",
    node=NODE,
    mac="0a:58:0a:84:00:35",
    addresses=("10.132.0.53/23",),
    hops=(
        _link(
            "pod-interface",
            "eth0",
            ifindex=2,
            peer_ifindex=52,
            mac="0a:58:0a:84:00:35",
            addresses=("10.132.0.53/23", "fe80::858:aff:fe84:35/64"),
            mtu=1400,
            state="up",
            info_kind="veth",
        ),
        *_lsp_hops("llm-demo_tinypod", "0a:58:0a:84:00:35 10.132.0.53", 27, "a51a8137f92b2", 5),
        Hop(
            "load-balancer-farm",
            "farm-1",
            NODE,
            State.OK,
            {"policies": 4, "static_routes": ("100.64.0.2", "10.132.0.0/14"), "nat": None},
        ),
    ),
    acls=(),
    port_groups=(),
)

_NET1 = Attachment(
    interface="net1",
    nad=NAD,
    network="localnet-cnv",
    topology="localnet",
    lsp=LSP,
    node=NODE,
    mac="0a:58:c0:a8:4d:5b",
    addresses=("192.168.77.91/24",),
    hops=(
        _link(
            "pod-interface",
            "net1",
            ifindex=3,
            peer_ifindex=56,
            mac="0a:58:c0:a8:4d:5b",
            addresses=("192.168.77.91/24",),
            mtu=1400,
            state="up",
            info_kind="veth",
            rx_dropped=0,
        ),
        _link(
            "host-interface",
            "a51a8137f92b2_3",
            ifindex=56,
            peer_ifindex=3,
            mac="7e:03:ea:89:f1:48",
            master="ovs-system",
            link_netns="23fb7f53-6063-4954-9aa7-07c271699e72",
            mtu=1400,
            state="up",
            tx_dropped=17,
        ),
        *_lsp_hops(LSP, "0a:58:c0:a8:4d:5b", 31, "a51a8137f92b2_3", 7),
        *_network_hops(broken=True),
    ),
    acls=forty_acls(),
    port_groups=("a16982411286042166782", "a16982411286042166782_ingressDefaultDeny"),
    policies=POLICIES,
)

GAPS = (
    Gap(
        NODE,
        "pod-links of llm-demo/tinypod",
        "absent",
        "the image of container agnhost-container has no ip command",
        "kubectl debug -n llm-demo tinypod --image=… -- ip address",
    ),
)


def broken_pod() -> ExplainView:
    """A pod of which one hop is broken, with 40 ACLs and a gap."""
    workload = Workload("pod", "llm-demo", "tinypod", NODE, "tinypod", "Running")
    return ExplainView(SOURCE, workload, (_ETH0, _NET1), GAPS, (NO_MAPPING,))


def sound_vm() -> ExplainView:
    """A VM whose every hop is sound but for one doubt."""
    bridge, tap = "k6t-ffec3d98bf3", "tapffec3d98bf3"
    doubt = Finding(
        "OVT210",
        "warning",
        "consistent",
        "the dummy interface's address is not the guest's",
        {"hop": "dummy-interface", "name": "podffec3d98bf3"},
        (Evidence("pod-links", "link podffec3d98bf3", f"{EXEC} compute -- ip -d address"),),
    )
    dummy = _link("dummy-interface", "podffec3d98bf3", info_kind="dummy", mac="02:00:a3:00:00:01")
    hops = (
        Hop(
            "guest-interface",
            "nic-yellow-duck-37",
            NODE,
            State.OK,
            {
                "mac": "02:00:a3:00:00:01",
                "addresses": ("192.168.77.71/24",),
                "model": "virtio",
                "binding": "bridge",
                "interface_name": "enp1s0",
                "link_state": None,
            },
        ),
        _link("tap", tap, ifindex=5, master=bridge, mtu=1400, state="up", info_kind="tun"),
        _link("k6t-bridge", bridge, ifindex=4, mac="02:00:a3:f5:87:a4", mtu=1400, state="up"),
        replace(dummy, state=State.WARN, findings=(doubt,)),
        _link(
            "pod-interface", "ffec3d98bf3-nic", ifindex=3, peer_ifindex=148, mtu=1400, state="up"
        ),
        *_lsp_hops(VM_LSP, "02:00:a3:00:00:01", 44, "13a96759b2559_3", 9),
        *_network_hops(broken=False),
    )
    net1 = Attachment(
        interface="net1",
        nad=NAD,
        network="localnet-cnv",
        topology="localnet",
        lsp=VM_LSP,
        node=NODE,
        mac="02:00:a3:00:00:01",
        addresses=(),
        hops=hops,
        acls=forty_acls()[6:9],
        port_groups=("a2829001848871617131",),
        policies=POLICIES[:1],
    )
    name = "centos-stream9-gold-rabbit-80"
    workload = Workload("vm", "llm-demo", name, NODE, LAUNCHER, "Running")
    source = replace(SOURCE, kind="dump", place="examples/demo", age_s=None)
    return ExplainView(source, workload, (net1,), (), (doubt,))


def migrating() -> ExplainView:
    """The same VM on its way to a node whose databases could not be read."""
    vm = sound_vm()
    target = LAUNCHER.removesuffix("mkm5c") + "qq7xd"
    mac = "02:00:a3:00:00:01"
    there = SidePort(
        NAD,
        "localnet-cnv",
        VM_LSP.removesuffix(LAUNCHER) + target,
        exists=None,
        enabled=None,
        addresses=None,
        up=None,
        chassis=None,
    )
    here = replace(
        there, lsp=VM_LSP, exists=True, enabled=True, addresses=(mac,), up=True, chassis=NODE
    )
    sides = (
        MigrationSide("source", True, LAUNCHER, NODE, "Running", (here,)),
        MigrationSide("target", False, target, "worker-02-demo", "Running", (there,)),
    )
    gap = Gap("worker-02-demo", "nb", "timeout", "no answer within 10 s", "try --timeout 30")
    shown = Evidence(
        "virtualmachineinstances",
        f"{vm.workload.namespace}/{vm.workload.name} status.migrationState",
        f"kubectl get virtualmachineinstances -n llm-demo {vm.workload.name} -o yaml",
    )
    why = "no kubevirt.io/migration-target-ready-timestamp: the guest has not moved yet"
    migration = Migration("ports", "running", "source", why, sides, (shown,))
    return replace(vm, gaps=(gap,), migration=migration)


def partial() -> ExplainView:
    """A port under which the databases could not all be read."""
    hop = Hop("port-binding", LSP, NODE, State.UNKNOWN)
    net1 = replace(_NET1, hops=(_NET1.hops[2], hop), acls=(), port_groups=(), policies=())
    gap = Gap(
        NODE,
        "sb",
        "denied",
        "exec in openshift-ovn-kubernetes/ovnkube-node-tq2gx refused: "
        "it needs get on pods/exec in namespace openshift-ovn-kubernetes",
        "ask for the role in docs/rbac.yaml",
    )
    source = Source("local", NODE, None, None, {"ovn": None, "ovs": "3.1.5"}, "file's own time")
    workload = Workload("port", "llm-demo", "tinypod", None, None)
    return ExplainView(source, workload, (net1,), (gap,), ())


def hostile() -> ExplainView:
    """Every text is one that a terminal, rich or Markdown would act on."""
    bad = HOSTILE
    shown = Evidence(bad, bad, bad)
    finding = Finding(bad, bad, bad, bad, {bad: bad}, (shown,), (bad,))
    policy = PolicyRef(bad, bad, bad, bad, 0, 0, bad, bad, (RulePort(0, bad, bad),))
    acl = AclView(bad, bad, bad, 0, 1, bad, bad, bad, policy, f"switch {bad}")
    facts: dict[str, object] = {bad: bad, "tuple": (bad, 1, None), "map": {bad: bad}, "real": 1.5}
    hop = Hop(bad, bad, bad, State.WARN, facts, (shown,), (finding,), bad)
    effect = PolicyEffect(bad, bad, bad, (bad,), bad, bad)
    attachment = Attachment(
        bad, bad, bad, bad, bad, bad, bad, (bad,), (hop,), (acl,), (bad,), (effect,)
    )
    port = SidePort(
        bad, bad, bad, exists=True, enabled=False, addresses=(bad,), up=None, chassis=bad
    )
    side = MigrationSide(bad, True, bad, bad, bad, (port, replace(port, exists=None)))
    return ExplainView(
        Source(bad, bad, bad, 1e9, {bad: bad}, bad),
        Workload(bad, bad, bad, bad, f"{bad} pod", bad),
        (attachment,),
        (Gap(bad, bad, bad, bad, bad),),
        (finding,),
        Migration(bad, bad, bad, bad, (side,), (shown,)),
    )


EXPLAINS = {
    "broken_pod": broken_pod,
    "sound_vm": sound_vm,
    "migrating": migrating,
    "partial": partial,
    "hostile": hostile,
}


def listing() -> ListView:
    """Workloads of two namespaces, one without a logical port, one hostile."""
    rows = (
        _row("pod", "tinypod", "eth0", "default", "default", "layer3", ("10.132.0.53/23",)),
        _row("pod", "tinypod", "net1", NAD, "localnet-cnv", "localnet", ("192.168.77.91/24",)),
        replace(
            _row(
                "vm",
                "centos-stream9-gold-rabbit-80",
                "net1",
                NAD,
                "localnet-cnv",
                "localnet",
                ("192.168.77.71/24", "2001:db8:77:0:a3ff:fe00:1234:71/64"),
            ),
            pod=LAUNCHER,
        ),
        replace(
            _row("port", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, ()),
            namespace=None,
            node=None,
            pod=None,
            mac=None,
            lsp=None,
        ),
    )
    return ListView(SOURCE, rows, GAPS)


def empty_listing() -> ListView:
    """No workload at all."""
    return ListView(SOURCE, (), ())


def _row(
    kind: str,
    name: str,
    interface: str,
    nad: str,
    network: str,
    topology: str,
    addresses: tuple[str, ...],
) -> WorkloadRow:
    return WorkloadRow(
        kind=kind,
        namespace="llm-demo",
        name=name,
        pod=name,
        node=NODE,
        interface=interface,
        nad=nad,
        network=network,
        topology=topology,
        addresses=addresses,
        mac="0a:58:c0:a8:4d:5b",
        lsp=LSP,
    )
