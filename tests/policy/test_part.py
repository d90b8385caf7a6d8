"""Which part of a rule an ACL carries out, as each era of OVN-Kubernetes writes it."""

import functools
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pytest

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl
from ovntrace.policy.owner import AclOwner, acl_owner
from ovntrace.policy.part import UNKNOWN_PART, Aim, RulePart, rule_part
from ovntrace.policy.ruleport import RulePort
from tests.captured import raw, snapshot

_OWNER = AclOwner("MultiNetworkPolicy", "ns", "p", "Egress", 0)
_BLOCKS = (
    {"podSelector": {"matchLabels": {"app": "web"}}},
    {"ipBlock": {"cidr": "10.1.0.0/16", "except": ["10.1.2.0/24"]}},
    {"namespaceSelector": {}, "ipBlock": {"cidr": "10.1.2.3/32"}},
)


def _acl(match: str, **ids: str) -> Acl:
    named = {name.replace("_", "-"): value for name, value in ids.items()}
    return Acl("u", None, "from-lport", 1001, 2, match, "allow-related", {}, named)


def _kube(peers: object = _BLOCKS, ports: object = None) -> Kube:
    rule = {"to": list(peers) if isinstance(peers, tuple) else peers, "ports": ports}
    policy = {"metadata": {"namespace": "ns", "name": "p"}, "spec": {"egress": [rule]}}
    return Kube({"multi-networkpolicies": [policy]})


def _peer(acl: Acl, aim: Aim | None = None) -> tuple[int | None, str | None]:
    part = rule_part(acl, _OWNER, _kube(), aim)
    return part.peer, part.cidr


def test_ip_blocks_are_counted_alone() -> None:
    first = _acl("ip4.dst == 10.1.0.0/16 && ip4.dst != {10.1.2.0/24}", ip_block_index="0")
    assert _peer(first) == (1, "10.1.0.0/16")
    second = _acl("ip4.dst == 10.1.2.3/32 && inport == @a1", ip_block_index="1")
    assert _peer(second) == (2, "10.1.2.3/32")
    assert _peer(_acl("ip4.dst == 10.1.2.3/32", ip_block_index="2")) == (None, None)


def test_before_2023_05_the_first_block_was_called_true() -> None:
    def old(match: str, value: str) -> Acl:
        return Acl("u", None, "from-lport", 1001, 0, match, "allow", {}, {"ipblock_cidr": value})

    assert _peer(old("ip4.dst == 10.1.0.0/16", "true")) == (1, "10.1.0.0/16")
    assert _peer(old("ip4.dst == 10.1.2.3/32", "2")) == (2, "10.1.2.3/32")
    assert _peer(old("ip4.dst == {$a1}", "false")) == (0, None)


def test_an_object_that_has_changed_since_names_no_peer() -> None:
    assert _peer(_acl("ip4.dst == 10.9.0.0/16 && inport == @a1", ip_block_index="0")) == (
        None,
        None,
    )
    assert _peer(_acl("ip4.dst == 10.1.0.0/160", ip_block_index="0")) == (None, None)
    except_only = _acl("ip4.dst == 10.9.0.0/16 && ip4.dst != {10.1.0.0/16}", ip_block_index="0")
    assert _peer(except_only) == (None, None)
    assert _peer(_acl("ip4.dst == 10.1.0.0/16", ip_block_index="-2")) == (None, None)


_ALL = (
    "((ip4.dst == 10.1.0.0/16 && ip4.dst != {10.1.2.0/24}) || ip4.dst == 10.1.2.3/32) "
    "&& inport == @a1"
)


@pytest.mark.parametrize(
    ("address", "peer"),
    [(None, None), ("10.1.0.9", 1), ("10.1.2.3", 2), ("10.1.2.4", None), ("fd00::1", None)],
)
def test_one_acl_for_all_blocks_is_told_apart_by_a_packet(
    address: str | None, peer: int | None
) -> None:
    aim = Aim(ip_address(address), "TCP", 80) if address else None
    assert _peer(_acl(_ALL, ip_block_index="-2"), aim)[0] == peer


def test_blocks_that_overlap_are_not_told_apart() -> None:
    peers = ({"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "10.1.0.0/16"}})
    acl = _acl("(ip4.dst == 10.0.0.0/8 || ip4.dst == 10.1.0.0/16)", ip_block_index="-2")
    for address, peer in (("10.2.0.1", 0), ("10.1.0.1", None)):
        aim = Aim(ip_address(address), None, 0)
        assert rule_part(acl, _OWNER, _kube(peers), aim).peer == peer


def test_selectors_are_one_acl() -> None:
    acl = _acl("ip4.dst == {$a1, $a2} && inport == @a1", ip_block_index="-1")
    assert _peer(acl) == (0, None)
    several: tuple[Mapping[str, Any], ...] = ({"podSelector": {}}, {"namespaceSelector": {}})
    assert rule_part(acl, _OWNER, _kube(several)).peer is None
    assert rule_part(_acl("ip4 && inport == @a1", ip_block_index="-1"), _OWNER, _kube(())) == (
        RulePart(ports=())
    )


def test_without_the_object_the_ids_have_the_protocol_alone() -> None:
    acl = _acl("ip4.dst == 10.1.0.0/16 && udp", ip_block_index="0", port_policy_protocol="udp")
    assert rule_part(acl, _OWNER, Kube({})) == RulePart(protocol="UDP")
    other = AclOwner("MultiNetworkPolicy", "ns", "p", "Egress", 7)
    assert rule_part(acl, other, _kube()) == RulePart(protocol="UDP")


def test_what_is_no_rule_has_no_part() -> None:
    acl = _acl("inport == @a1 && tcp", ip_block_index="0")
    assert rule_part(acl, None, _kube()) == UNKNOWN_PART
    deny = AclOwner("default-deny", "ns", "p", "Egress", None)
    assert rule_part(acl, deny, _kube()) == UNKNOWN_PART


def test_one_acl_for_each_port_before_2023_08() -> None:
    ports = [{"protocol": "TCP", "port": 80}, {"protocol": "UDP", "port": "dns"}]
    acl = _acl("ip4.dst == 10.1.2.3/32 && udp", ip_block_index="1", port_policy_index="1")
    part = rule_part(acl, _OWNER, _kube(ports=ports))
    assert part == RulePart(2, "10.1.2.3/32", "UDP", (RulePort(1, "UDP", "dns"),))
    acl = _acl("ip4.dst == 10.1.2.3/32", ip_block_index="1", port_policy_index="5")
    assert rule_part(acl, _OWNER, _kube(ports=ports)).ports is None


def test_of_many_ports_a_packet_has_one() -> None:
    ports = [{"port": 80}, {"port": 443}, {"port": 8000, "endPort": 8010}]
    acl = _acl(
        "ip4 && tcp && (tcp.dst=={80,443} || 8000<=tcp.dst<=8010)", port_policy_protocol="tcp"
    )
    kube = _kube((), ports)
    told = rule_part(acl, _OWNER, kube).ports
    assert told is not None
    assert [one.port for one in told] == ["80", "443", "8000-8010"]
    one = rule_part(acl, _OWNER, kube, Aim(None, "TCP", 8003)).ports
    assert one == (RulePort(2, "TCP", "8000-8010"),)


@pytest.mark.parametrize("peers", [None, 7, "x", (None,), ({"ipBlock": 5},), ({"ipBlock": {}},)])
def test_objects_of_another_shape_are_no_crash(peers: object) -> None:
    for index in ("-2", "-1", "0", "9" * 5000, "x", "-"):
        acl = _acl("ip4.dst == 10.1.0.0/16 && $a", ip_block_index=index)
        part = rule_part(acl, _OWNER, _kube(peers, 5), Aim(ip_address("10.1.0.1"), "TCP", 1))
        assert part.cidr is None


_CLUSTER_KINDS = {
    "AdminNetworkPolicy": "adminnetworkpolicies",
    "BaselineAdminNetworkPolicy": "baselineadminnetworkpolicies",
    "EgressFirewall": "egressfirewalls",
}


@functools.cache
def _of_cluster(capture: str) -> Mapping[str, list[RulePart]]:
    """Parts of the rules of cluster-wide policies and egress firewalls, with their objects."""
    files = {plural: raw(capture)[f"kube/{plural}.json"] for plural in _CLUSTER_KINDS.values()}
    kube = Kube({plural: file["items"] for plural, file in files.items()})
    found: dict[tuple[str, str], RulePart] = {}
    for nb in snapshot(capture).nb.values():
        for switch in nb.switches:
            for group in nb.groups_of_switch(switch):
                for acl in filter(None, map(nb.acl, group.acls)):
                    owner = acl_owner(acl, primary_network=False)
                    if owner is not None and owner.kind in _CLUSTER_KINDS:
                        key = acl.external_ids["k8s.ovn.org/id"].partition(":")[2]
                        found[key, acl.match] = rule_part(acl, owner, kube)
    keys = {key for key, _ in found}
    return {key: [part for (its, _), part in found.items() if its == key] for key in keys}


_WEB = RulePort(0, "TCP", "8080")
_HTTP = RulePort(1, None, "http")


@pytest.mark.parametrize(
    ("capture", "rule", "part"),
    [
        ("2023-12-running-example", "EgressFirewall:egress-ns:0", ("8.8.8.8/32", "UDP", "53")),
        ("2023-12-running-example", "EgressFirewall:egress-ns:2", ("0.0.0.0/0", None, None)),
        ("2026-08-two-nodes", "EgressFirewall:team-b:0", ("1.2.3.0/24", "TCP", "443")),
    ],
)
def test_egress_firewalls_have_one_peer_without_an_index(
    capture: str, rule: str, part: tuple[str, str | None, str | None]
) -> None:
    cidr, protocol, port = part
    ports = (RulePort(0, protocol, port),) if port else ()
    found = _of_cluster(f"ovn-kubernetes-{capture}")[rule]
    assert found == [RulePart(None, cidr, protocol, ports)]


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("Admin:cluster-control:Ingress:1:tcp", RulePart(0, None, "TCP", (_WEB,))),
        ("Admin:cluster-control:Ingress:1:tcp-namedPort", RulePart(0, None, "TCP", (_HTTP,))),
        ("Admin:cluster-control:Egress:1:None", RulePart(0, None, None, ())),
        ("BaselineAdmin:default:Egress:0:None", RulePart(0, None, None, ())),
    ],
)
def test_the_only_peer_of_an_adminnetworkpolicy_s_rule(rule: str, part: RulePart) -> None:
    name = rule.replace("Admin:", "AdminNetworkPolicy:")
    found = _of_cluster("ovn-kubernetes-2026-08-two-nodes")[name]
    assert found
    assert set(found) == {part}
