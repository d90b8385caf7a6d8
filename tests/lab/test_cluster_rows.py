"""What the zones of a cluster are told: what must be alike in all, and what is each one's own."""

from typing import Any

import pytest

from tests.lab import cluster_example as cx
from tests.lab.cluster_policies import POLICIES, insert_cluster_policies
from tests.lab.cluster_rows import insert_networks
from tests.lab.ovsdb import Transaction, Uuid

Row = dict[str, Any]


def _rows(tx: Transaction, table: str) -> list[Row]:
    operations: list[Any] = tx.operations
    return [one["row"] for one in operations if one["op"] == "insert" and one["table"] == table]


def _ports(nodes: tuple[cx.Node, ...], *, interconnect: bool) -> dict[str, Row]:
    tx = Transaction("OVN_Northbound")
    insert_networks(tx, nodes, "zone", interconnect=interconnect)
    return {row["name"]: row for row in _rows(tx, "Logical_Switch_Port")}


def _map(value: Any) -> dict[str, str]:
    return dict(value[1])


def _zones() -> dict[cx.Node, dict[str, Row]]:
    return {node: _ports((node,), interconnect=True) for node in cx.NODES}


def test_a_transit_switchs_ports_have_the_same_keys_and_addresses_in_each_zone() -> None:
    zones = _zones()
    for pod in cx.PODS:
        found = [ports[pod.lsp(cx.LAYER2)] for ports in zones.values()]
        assert len({_map(row["options"])["requested-tnl-key"] for row in found}) == 1
        assert len({row["addresses"] for row in found}) == 1
        types = {node: ports[pod.lsp(cx.LAYER2)].get("type", "") for node, ports in zones.items()}
        assert types == {node: "" if node == pod.node else "remote" for node in cx.NODES}
    keys = [_map(row["options"]).get("requested-tnl-key") for row in zones[cx.NODES[0]].values()]
    own = [key for key in keys if key is not None]
    assert len(own) == len(cx.PODS) + len(cx.NODES)


def test_a_localnet_switch_has_the_zones_own_pods_only() -> None:
    for node, ports in _zones().items():
        for network in (cx.LOCALNET, cx.VLAN, cx.DEFAULT):
            here = {pod.name for pod in cx.PODS if pod.lsp(network) in ports}
            assert here == {pod.name for pod in cx.pods_of(node)}


def test_a_central_zone_has_every_pods_ports_and_none_is_remote() -> None:
    ports = _ports(cx.NODES, interconnect=False)
    assert {pod.lsp(network) for pod in cx.PODS for network in cx.ALL_NETWORKS} <= set(ports)
    assert {row.get("type", "") for row in ports.values()} == {"", "localnet", "router"}
    assert ports[cx.VLAN.localnet_port]["tag_request"] == cx.VLAN.vlan


@pytest.mark.parametrize("node", cx.NODES, ids=lambda node: node.name)
def test_each_zone_has_all_acls_and_its_own_ports_in_the_groups(node: cx.Node) -> None:
    own = {pod.lsp(network): pod for pod in cx.pods_of(node) for network in cx.NETWORKS}
    tx = Transaction("OVN_Northbound")
    ports = {name: Uuid(name) for name in own}
    insert_cluster_policies(tx, cx.pods_of(node), ports, tiers=False)
    grouped = {port[1] for row in _rows(tx, "Port_Group") for port in row["ports"][1]}
    assert grouped == set(own)
    names = {_map(row["external_ids"]).get("k8s.ovn.org/name") for row in _rows(tx, "ACL")}
    assert {f"{cx.NAMESPACE}:{policy['metadata']['name']}" for policy in POLICIES} - names == {
        f"{cx.NAMESPACE}:db-alone"  # it allows nothing, so it has no ACL of its own
    }
    for row in _rows(tx, "Address_Set"):
        assert len(row["addresses"][1]) == len(cx.NODES)


def test_names_of_tunnels_and_interfaces_are_told_apart() -> None:
    assert len({node.chassis[:6] for node in cx.NODES}) == len(cx.NODES)
    hosts = {pod.host(network) for pod in cx.PODS for network in cx.ALL_NETWORKS}
    assert len(hosts) == len(cx.PODS) * len(cx.ALL_NETWORKS)
    assert max(map(len, hosts)) == 15
