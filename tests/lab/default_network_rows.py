"""The cluster's default network of one zone, as OVN-Kubernetes of December 2023 writes it.

Node switch, cluster router, join switch, gateway router, external switch and transit switch, with
the routes, policies and NAT with which a pod's eth0 reaches other pods and the world.
"""

from collections.abc import Mapping, Sequence

from tests.lab import example as ex
from tests.lab.default_acl_rows import insert_default_groups, node_acl
from tests.lab.hashing import hash_for_ovn
from tests.lab.localnet_rows import pod_port_options
from tests.lab.ovsdb import Named, Transaction, Value

_NODE = ex.NODE
_CLUSTER_JOIN = "100.64.0.1"
_GATEWAY_JOIN = "100.64.0.2"
_TRANSIT = "100.88.0.2"
_MASQUERADE_PEER = "169.254.169.4"
_ARP_PROXY = "0a:58:a9:fe:01:01 169.254.1.1 fe80::1 10.132.0.0/14"
_MULTICAST_ON = {
    "mcast_flood_unregistered": "true",
    "mcast_querier": "false",
    "mcast_snoop": "true",
}


def insert_default_network(tx: Transaction, pods: Sequence[ex.Pod], *, tiers: bool) -> None:
    """All rows of the default network; `tiers` if this OVN's ACLs have them."""
    groups = {
        name: tx.insert("Load_Balancer_Group", {"name": name})
        for name in ("clusterLBGroup", "clusterSwitchLBGroup", "clusterRouterLBGroup")
    }
    _node_switch(tx, pods, [groups["clusterLBGroup"], groups["clusterSwitchLBGroup"]], tiers)
    _join_switch(tx)
    _external_switch(tx)
    _transit_switch(tx)
    _cluster_router(tx)
    _gateway_router(tx, [groups["clusterLBGroup"], groups["clusterRouterLBGroup"]])
    _address_sets(tx, pods)


def _port(tx: Transaction, name: str, row: Mapping[str, Value]) -> Named:
    return tx.insert("Logical_Switch_Port", {"name": name, **row})


def _router_side(
    tx: Transaction, name: str, router_port: str, extra: Mapping[str, str] | None = None
) -> Named:
    """A switch's port towards a router."""
    options = {"router-port": router_port, **(extra or {})}
    row: dict[str, Value] = {"type": "router", "addresses": "router", "options": options}
    return _port(tx, name, row)


def _node_switch(
    tx: Transaction, pods: Sequence[ex.Pod], groups: Sequence[Named], tiers: bool
) -> None:
    router = _router_side(tx, f"stor-{_NODE}", f"rtos-{_NODE}", {"arp_proxy": _ARP_PROXY})
    management = _port(
        tx,
        f"k8s-{_NODE}",
        {"addresses": f"{ex.MANAGEMENT_MAC} {ex.MANAGEMENT_ADDRESS}"},
    )
    pod_ports = []
    for pod in pods:
        known = f"{pod.eth0_mac} {pod.eth0_address}"
        row: dict[str, Value] = {
            "addresses": known,
            "port_security": known,
            "options": pod_port_options(pod),
            "external_ids": {"namespace": pod.namespace, "pod": "true"},
        }
        pod_ports.append(_port(tx, pod.eth0_lsp, row))
    tx.insert(
        "Logical_Switch",
        {
            "name": _NODE,
            "ports": [router, management, *pod_ports],
            "acls": [node_acl(tx, tiers=tiers)],
            "load_balancer_group": groups,
            "other_config": {
                "mcast_eth_src": ex.mac_of_address(ex.NODE_SUBNET_GATEWAY),
                "mcast_ip4_src": ex.NODE_SUBNET_GATEWAY,
                "mcast_querier": "true",
                "mcast_snoop": "true",
                "subnet": ex.NODE_SUBNET,
            },
        },
    )
    insert_default_groups(
        tx, router=router, management=management, pod_ports=pod_ports, tiers=tiers
    )


def _join_switch(tx: Transaction) -> None:
    ports = [
        _router_side(tx, f"jtor-{router}", f"rtoj-{router}")
        for router in (f"GR_{_NODE}", "ovn_cluster_router")
    ]
    tx.insert("Logical_Switch", {"name": "join", "ports": ports})


def _external_switch(tx: Transaction) -> None:
    localnet = _port(
        tx,
        f"br-ex_{_NODE}",
        {"type": "localnet", "addresses": "unknown", "options": {"network_name": "physnet"}},
    )
    options = {
        "exclude-lb-vips-from-garp": "true",
        "nat-addresses": "router",
        "router-port": f"rtoe-GR_{_NODE}",
    }
    router = _port(
        tx,
        f"etor-GR_{_NODE}",
        {"type": "router", "addresses": ex.NODE_MAC, "options": options},
    )
    tx.insert("Logical_Switch", {"name": f"ext_{_NODE}", "ports": [localnet, router]})


def _transit_switch(tx: Transaction) -> None:
    options = {"requested-tnl-key": "2", "router-port": f"rtots-{_NODE}"}
    port = _port(
        tx,
        f"tstor-{_NODE}",
        {
            "type": "router",
            "addresses": "router",
            "options": options,
            "external_ids": {"node": _NODE},
        },
    )
    config = {
        "interconn-ts": "transit_switch",
        "requested-tnl-key": "16711683",
        **_MULTICAST_ON,
    }
    tx.insert("Logical_Switch", {"name": "transit_switch", "ports": [port], "other_config": config})


def _router_port(
    tx: Transaction, name: str, address: str, length: int, extra: Mapping[str, Value] | None = None
) -> Named:
    row: dict[str, Value] = {
        "name": name,
        "mac": ex.mac_of_address(address),
        "networks": f"{address}/{length}",
        **(extra or {}),
    }
    return tx.insert("Logical_Router_Port", row)


def _cluster_router(tx: Transaction) -> None:
    chassis = tx.insert(
        "Gateway_Chassis",
        {
            "name": f"rtos-{_NODE}-{ex.CHASSIS_ID}",
            "chassis_name": ex.CHASSIS_ID,
            "priority": 1,
        },
    )
    ports = [
        _router_port(tx, "rtoj-ovn_cluster_router", _CLUSTER_JOIN, 16),
        _router_port(
            tx, f"rtos-{_NODE}", ex.NODE_SUBNET_GATEWAY, 23, {"gateway_chassis": [chassis]}
        ),
        _router_port(tx, f"rtots-{_NODE}", _TRANSIT, 16, {"options": {"mcast_flood": "true"}}),
    ]
    routes = [
        _route(tx, _GATEWAY_JOIN, _GATEWAY_JOIN),
        _route(tx, ex.CLUSTER_SUBNET, _GATEWAY_JOIN, {"policy": "src-ip"}),
    ]
    tx.insert(
        "Logical_Router",
        {
            "name": "ovn_cluster_router",
            "ports": ports,
            "static_routes": routes,
            "policies": _cluster_policies(tx),
            "options": {"mcast_relay": "true"},
            "external_ids": {"k8s-cluster-router": "yes", "k8s-ovn-topo-version": "5"},
        },
    )


def _cluster_policies(tx: Transaction) -> list[Named]:
    served = hash_for_ovn("default-network-controller:EgressIP:egressip-served-pods:v4")
    services = hash_for_ovn("default-network-controller:EgressService:egresssvc-served-pods:v4")
    nodes = hash_for_ovn("default-network-controller:EgressIP:node-ips:v4")
    inside = f"ip4.src == {ex.CLUSTER_SUBNET}"
    to_node = f'inport == "rtos-{_NODE}" && ip4.dst == {ex.NODE_ADDRESS} /* {_NODE} */'
    from_served = f"(ip4.src == ${served} || ip4.src == ${services}) && ip4.dst == ${nodes}"
    rows: list[dict[str, Value]] = [
        {
            "priority": 1004,
            "match": to_node,
            "action": "reroute",
            "nexthops": [ex.MANAGEMENT_ADDRESS],
        },
        {
            "priority": 102,
            "match": from_served,
            "action": "allow",
            "options": {"pkt_mark": "1008"},
        },
        {
            "priority": 102,
            "match": f"{inside} && ip4.dst == {ex.CLUSTER_SUBNET}",
            "action": "allow",
        },
        {"priority": 102, "match": f"{inside} && ip4.dst == {ex.JOIN_SUBNET}", "action": "allow"},
    ]
    return [tx.insert("Logical_Router_Policy", row) for row in rows]


def _route(
    tx: Transaction, prefix: str, nexthop: str, extra: Mapping[str, Value] | None = None
) -> Named:
    row: dict[str, Value] = {"ip_prefix": prefix, "nexthop": nexthop, **(extra or {})}
    return tx.insert("Logical_Router_Static_Route", row)


def _gateway_router(tx: Transaction, groups: Sequence[Named]) -> None:
    external = f"rtoe-GR_{_NODE}"
    ports = [
        _router_port(
            tx, f"rtoj-GR_{_NODE}", _GATEWAY_JOIN, 16, {"options": {"gateway_mtu": "1400"}}
        ),
        _router_port(
            tx,
            external,
            ex.NODE_ADDRESS,
            ex.NODE_PREFIX_LENGTH,
            {"mac": ex.NODE_MAC, "external_ids": {"gateway-physical-ip": "yes"}},
        ),
    ]
    routes = [
        _route(tx, "169.254.169.0/29", _MASQUERADE_PEER, {"output_port": external}),
        _route(tx, ex.CLUSTER_SUBNET, _CLUSTER_JOIN),
        _route(tx, "0.0.0.0/0", ex.NODE_GATEWAY, {"output_port": external}),
    ]
    nat = [
        tx.insert(
            "NAT",
            {
                "type": "snat",
                "external_ip": ex.NODE_ADDRESS,
                "logical_ip": logical,
                "options": {"stateless": "false"},
            },
        )
        for logical in (ex.CLUSTER_SUBNET, _GATEWAY_JOIN)
    ]
    tx.insert(
        "Logical_Router",
        {
            "name": f"GR_{_NODE}",
            "ports": ports,
            "static_routes": routes,
            "nat": nat,
            "load_balancer_group": groups,
            "options": {
                "always_learn_from_arp_request": "false",
                "chassis": ex.CHASSIS_ID,
                "dynamic_neigh_routers": "true",
                "lb_force_snat_ip": "router_ip",
                "mac_binding_age_threshold": "300",
                "snat-ct-zone": "0",
            },
            "external_ids": {"physical_ip": ex.NODE_ADDRESS, "physical_ips": ex.NODE_ADDRESS},
        },
    )
    tx.insert(
        "Static_MAC_Binding",
        {
            "logical_port": external,
            "ip": _MASQUERADE_PEER,
            "mac": ex.mac_of_address(_MASQUERADE_PEER),
            "override_dynamic_mac": True,
        },
    )


def _address_sets(tx: Transaction, pods: Sequence[ex.Pod]) -> None:
    sets: tuple[tuple[str, str, list[str]], ...] = (
        ("Namespace", ex.NAMESPACE, [pod.eth0_address for pod in pods]),
        ("EgressIP", "egressip-served-pods", []),
        ("EgressIP", "node-ips", [ex.NODE_ADDRESS]),
        ("EgressService", "egresssvc-served-pods", []),
    )
    for owner_type, name, addresses in sets:
        identity = f"default-network-controller:{owner_type}:{name}:v4"
        tx.insert(
            "Address_Set",
            {
                "name": hash_for_ovn(identity),
                "addresses": addresses,
                "external_ids": {
                    "ip-family": "v4",
                    "k8s.ovn.org/id": identity,
                    "k8s.ovn.org/name": name,
                    "k8s.ovn.org/owner-controller": "default-network-controller",
                    "k8s.ovn.org/owner-type": owner_type,
                },
            },
        )
