"""Changes as they happen to a cluster, made in its files."""

from typing import Any

from tests.diff.cluster import HERE, LOCALNET_PORT, THERE, Cells, Cluster, members

DENY = "localnet-cnv-network-controller:NetpolNamespace:llm-demo"
ALLOW = "localnet-cnv-network-controller:NetworkPolicy:llm-demo:allow-ipblock"
GOLD = "centos-stream9-gold-rabbit-80"
SYSTEM_ID = "11111111-0000-4000-8000-00000000000"
LAUNCHER = f"virt-launcher-{GOLD}-x7k2p"


def port_leaves_group(cluster: Cluster, owner: str = ALLOW, pod: str = "tinypod") -> None:
    """A pod's localnet port leaves a group."""
    port = cluster.row(HERE, "nbctl/Logical_Switch_Port", LOCALNET_PORT + pod)
    groups = cluster.owned(HERE, "nbctl/Port_Group", owner)
    [group] = [one for one in groups if one.ids["k8s.ovn.org/id"] == owner]
    left = [one for one in members(group["ports"]) if one[1] != port.uuid]
    assert len(left) == len(members(group["ports"])) - 1
    group["ports"] = ["set", left]


def port_leaves_deny(cluster: Cluster) -> None:
    """It is no more isolated for what it sends."""
    port_leaves_group(cluster, f"{DENY}:Egress")


def acl_acts_otherwise(cluster: Cluster) -> None:
    """An ACL that allows drops, in both zones."""
    for node in (HERE, THERE):
        [acl] = cluster.owned(node, "nbctl/ACL", f"{ALLOW}:Ingress")
        assert acl["action"] == "allow-related"
        acl["action"] = "drop"


def acl_matches_otherwise(cluster: Cluster) -> None:
    """An ACL with another address, in one zone."""
    [acl] = cluster.owned(HERE, "nbctl/ACL", f"{ALLOW}:Ingress")
    acl["match"] = acl["match"].replace("192.168.77.92", "192.168.77.99")


def port_is_disabled(cluster: Cluster, pod: str = "tinypod-01") -> None:
    """Nothing passes it."""
    cluster.row(HERE, "nbctl/Logical_Switch_Port", LOCALNET_PORT + pod)["enabled"] = False


def policy_is_deleted(cluster: Cluster) -> None:
    """With its ACLs and its group in both zones."""
    cluster.remove_object("multi-networkpolicies", "allow-ipblock")
    for node in (HERE, THERE):
        cluster.remove(node, "nbctl/ACL", *cluster.owned(node, "nbctl/ACL", f"{ALLOW}:"))
        groups = cluster.owned(node, "nbctl/Port_Group", ALLOW)
        own = [one for one in groups if one.ids["k8s.ovn.org/id"] == ALLOW]
        cluster.remove(node, "nbctl/Port_Group", *own)


def policy_is_edited(cluster: Cluster) -> None:
    """Only the object: OVN-Kubernetes has not followed."""
    policy = cluster.object("multi-networkpolicies", "allow-ipblock")
    policy["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] = "192.168.77.99/32"


def admin_policy_is_edited(cluster: Cluster) -> None:
    """Only the object, which has no namespace."""
    policy = cluster.object("adminnetworkpolicies", "cluster-control")
    policy["spec"]["priority"] += 1


def egress_firewall_is_edited(cluster: Cluster) -> None:
    """Only the object."""
    [firewall] = cluster.objects("egressfirewalls")
    firewall["spec"]["egress"][0]["to"]["cidrSelector"] = "192.0.2.0/24"


def vm_is_rolled(cluster: Cluster) -> None:
    """A VM has another launcher pod, plugged in as the old one was."""
    cluster.replace_text(LAUNCHER, LAUNCHER.removesuffix("x7k2p") + "zzzzz")


def pod_goes(cluster: Cluster, namespace: str = "llm-demo", pod: str = "tinypod") -> None:
    """With its ports, which leave their groups; its addresses stay in the sets."""
    cluster.remove_object("pods", pod)
    for port in _ports(cluster, HERE, namespace, pod):
        _unplug(cluster, HERE, port)


def pod_is_unplugged_late(cluster: Cluster) -> None:
    """A pod that is gone and whose ports are left over."""
    cluster.remove_object("pods", "tinypod")


def pod_moves(cluster: Cluster, namespace: str = "llm-demo", pod: str = "tinypod") -> None:
    """From one node to the other with all of its rows, as if it were plugged in there alike."""
    cluster.object("pods", pod)["spec"]["nodeName"] = THERE
    for port in _ports(cluster, HERE, namespace, pod):
        name = port["name"]
        groups = [
            group.ids["k8s.ovn.org/id"]
            for group in cluster.rows(HERE, "nbctl/Port_Group")
            if ["uuid", port.uuid] in members(group["ports"])
        ]
        switch = _switch_of(cluster, HERE, port)["name"]
        _unplug(cluster, HERE, port)
        port["options"] = _moved_options(port)
        cluster.files[f"{THERE}/nbctl/Logical_Switch_Port.json"]["data"].append(port.cells)
        own = cluster.row(THERE, "nbctl/Logical_Switch", THERE if switch == HERE else switch)
        own["ports"] = ["set", [*members(own["ports"]), ["uuid", port.uuid]]]
        for group in cluster.rows(THERE, "nbctl/Port_Group"):
            if group.ids["k8s.ovn.org/id"] in groups:
                group["ports"] = ["set", [*members(group["ports"]), ["uuid", port.uuid]]]
        _move_binding(cluster, name)
        _move_device(cluster, name)


def numbers_grow(cluster: Cluster) -> None:
    """Sequence numbers, their times, counters and numbers of interfaces."""
    for node in (HERE, THERE):
        for table in ("nbctl/NB_Global", "sbctl/SB_Global"):
            for row in cluster.rows(node, table):
                row["nb_cfg"] += 7
        for row in cluster.rows(node, "sbctl/Chassis_Private"):
            row["nb_cfg"] += 5
            row["nb_cfg_timestamp"] += 12345
        for row in cluster.rows(node, "ovs/Interface"):
            row["statistics"] = ["map", [["rx_packets", 10**9], ["tx_packets", 10**9]]]
            if isinstance(row["ofport"], int) and row["ofport"] > 0:
                row["ofport"] += 100
        for row in cluster.rows(node, "sbctl/Port_Binding"):
            row["tunnel_key"] += 1


# --- rows of a pod --------------------------------------------------------------------------------


def _ports(cluster: Cluster, node: str, namespace: str, pod: str) -> list[Cells]:
    end = f"{namespace}_{pod}"
    rows = cluster.rows(node, "nbctl/Logical_Switch_Port")
    found = [row for row in rows if row["name"] == end or row["name"].endswith(f"_{end}")]
    assert found
    return found


def _switch_of(cluster: Cluster, node: str, port: Cells) -> Cells:
    switches = cluster.rows(node, "nbctl/Logical_Switch")
    [found] = [one for one in switches if ["uuid", port.uuid] in members(one["ports"])]
    return found


def _unplug(cluster: Cluster, node: str, port: Cells) -> None:
    for table in ("nbctl/Logical_Switch", "nbctl/Port_Group"):
        for row in cluster.rows(node, table):
            left = [one for one in members(row["ports"]) if one != ["uuid", port.uuid]]
            row["ports"] = ["set", left]
    cluster.remove(node, "nbctl/Logical_Switch_Port", port)


def _move_binding(cluster: Cluster, name: str) -> None:
    chassis = _chassis(cluster, THERE)
    # On layer3 and localnet networks the other zone has no row of a port that is not its own.
    row = cluster.row(HERE, "sbctl/Port_Binding", name)
    cluster.remove(HERE, "sbctl/Port_Binding", row)
    row["options"] = _moved_options(row)
    row["chassis"] = row["requested_chassis"] = ["uuid", chassis]
    bindings = cluster.rows(THERE, "sbctl/Port_Binding")
    alike = [b for b in bindings if b["logical_port"] == name.replace("tinypod", "tinypod-02")]
    row["datapath"] = alike[0]["datapath"] if alike else row["datapath"]
    cluster.files[f"{THERE}/sbctl/Port_Binding.json"]["data"].append(row.cells)


def _moved_options(row: Cells) -> list[Any]:
    """Who may claim the port is written there too, by the node's name or its system-id."""
    there = {HERE: THERE, SYSTEM_ID + "1": SYSTEM_ID + "2"}
    return ["map", [[key, there.get(value, value)] for key, value in row["options"][1]]]


def _chassis(cluster: Cluster, node: str) -> str:
    [found] = [row for row in cluster.rows(node, "sbctl/Chassis") if row["hostname"] == node]
    return found.uuid


def _move_device(cluster: Cluster, name: str) -> None:
    [device] = [
        row
        for row in cluster.rows(HERE, "ovs/Interface")
        if dict(row["external_ids"][1]).get("iface-id") == name
    ]
    [port] = [
        row
        for row in cluster.rows(HERE, "ovs/Port")
        if ["uuid", device.uuid] in members(row["interfaces"])
    ]
    bridge = cluster.row(HERE, "ovs/Bridge", "br-int")
    left: list[Any] = [one for one in members(bridge["ports"]) if one[1] != port.uuid]
    bridge["ports"] = ["set", left]
    cluster.remove(HERE, "ovs/Interface", device)
    cluster.remove(HERE, "ovs/Port", port)
    cluster.files[f"{THERE}/ovs/Interface.json"]["data"].append(device.cells)
    cluster.files[f"{THERE}/ovs/Port.json"]["data"].append(port.cells)
    bridge = cluster.row(THERE, "ovs/Bridge", "br-int")
    bridge["ports"] = ["set", [*members(bridge["ports"]), ["uuid", port.uuid]]]
