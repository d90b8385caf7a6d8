"""The default network between the nodes of a cluster, without its gateway routers.

In interconnect mode each zone has a cluster router of its own, and a transit switch joins them; in
central mode one cluster router has the switches of all nodes.
"""

from collections.abc import Mapping, Sequence

from tests.lab import cluster_example as cx
from tests.lab.cluster_openvswitch import pod_uid
from tests.lab.example import mac_of_address
from tests.lab.ovsdb import Named, Transaction, Value

_TRANSIT = {"interconn-ts": "transit_switch", "requested-tnl-key": "16711683"}


def transit_port(node: cx.Node) -> str:
    """The node's port on the transit switch."""
    return f"tstor-{node.name}"


def insert_default_network(
    tx: Transaction, nodes: Sequence[cx.Node], *, interconnect: bool
) -> None:
    """All rows of the zone that has `nodes`."""
    ports = []
    for node in nodes:
        _node_switch(tx, node)
        ports.append(_router_port(tx, f"rtos-{node.name}", node.gateway, 23, _at(tx, node)))
    routes: list[Named] = []
    if interconnect:
        [node] = nodes
        others = [other for other in cx.NODES if other != node]
        _transit_switch(tx, node, others)
        ports.append(_router_port(tx, f"rtots-{node.name}", node.transit_address, 16, {}))
        routes = [_route(tx, other, f"rtots-{node.name}") for other in others]
    tx.insert(
        "Logical_Router",
        {
            "name": "ovn_cluster_router",
            "ports": ports,
            "static_routes": routes,
            "external_ids": {"k8s-cluster-router": "yes", "k8s-ovn-topo-version": "5"},
        },
    )


def _node_switch(tx: Transaction, node: cx.Node) -> None:
    ports = [_to_router(tx, f"stor-{node.name}", f"rtos-{node.name}", {})]
    for pod in cx.pods_of(node):
        known = f"{pod.mac(cx.DEFAULT)} {pod.address(cx.DEFAULT)}"
        row: dict[str, Value] = {
            "name": pod.lsp(cx.DEFAULT),
            "addresses": known,
            "port_security": known,
            "options": {"iface-id-ver": pod_uid(pod), "requested-chassis": node.name},
            "external_ids": {"namespace": cx.NAMESPACE, "pod": "true"},
        }
        ports.append(tx.insert("Logical_Switch_Port", row))
    config = {"subnet": node.subnet}
    tx.insert("Logical_Switch", {"name": node.name, "ports": ports, "other_config": config})


def _to_router(tx: Transaction, name: str, router_port: str, more: Mapping[str, str]) -> Named:
    options = {"router-port": router_port, **more}
    row: dict[str, Value] = {"type": "router", "addresses": "router", "options": options}
    return tx.insert("Logical_Switch_Port", {"name": name, **row})


def _at(tx: Transaction, node: cx.Node) -> dict[str, Value]:
    """The chassis of a node switch's router port, as a column."""
    name = f"rtos-{node.name}-{node.chassis}"
    row: dict[str, Value] = {"name": name, "chassis_name": node.chassis, "priority": 1}
    return {"gateway_chassis": [tx.insert("Gateway_Chassis", row)]}


def _router_port(
    tx: Transaction, name: str, address: str, length: int, more: Mapping[str, Value]
) -> Named:
    row: dict[str, Value] = {
        "name": name,
        "mac": mac_of_address(address),
        "networks": f"{address}/{length}",
        **more,
    }
    return tx.insert("Logical_Router_Port", row)


def _route(tx: Transaction, other: cx.Node, output_port: str) -> Named:
    """To the pods of another zone's node."""
    row: dict[str, Value] = {
        "ip_prefix": other.subnet,
        "nexthop": other.transit_address,
        "output_port": output_port,
        "external_ids": {"ic-node": other.name},
    }
    return tx.insert("Logical_Router_Static_Route", row)


def _transit_switch(tx: Transaction, node: cx.Node, others: Sequence[cx.Node]) -> None:
    key = {"requested-tnl-key": str(node.transit_key)}
    ports = [_to_router(tx, transit_port(node), f"rtots-{node.name}", key)]
    for other in others:
        row: dict[str, Value] = {
            "name": transit_port(other),
            "type": "remote",
            "addresses": f"{mac_of_address(other.transit_address)} {other.transit_address}/16",
            "options": {
                "requested-chassis": other.name,
                "requested-tnl-key": str(other.transit_key),
            },
            "external_ids": {"node": other.name},
        }
        ports.append(tx.insert("Logical_Switch_Port", row))
    tx.insert(
        "Logical_Switch", {"name": "transit_switch", "ports": ports, "other_config": _TRANSIT}
    )
