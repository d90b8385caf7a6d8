"""A localnet network of many pods with policies, as OVN-Kubernetes writes it, and flows on it."""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from tests.tables import database, ref, uid

NAMESPACE, NETWORK, NODE, SWITCH = "demo", "localnet", "worker-0", "localnet_ovn_localnet_switch"
_NAD: Final = f"{NAMESPACE}/{NETWORK}"
_IDS: Final = {"k8s.ovn.org/nad": _NAD, "k8s.ovn.org/network": NETWORK}
_PORTS: Final = (80, 443, 5432, 9999)
_CONTROLLER: Final = f"{NETWORK}-network-controller"

Row = dict[str, Any]
Flow = tuple[int, int, int]  # source, destination, TCP port


def snapshot(pods: int, groups: int, acls: int) -> Snapshot:
    """`pods` pods in two of `groups` policies' groups each, of which each has its share of ACLs."""
    random = Random(3)
    members: list[list[int]] = [[] for _ in range(groups)]
    for pod in range(pods):
        for group in random.sample(range(groups), 2):
            members[group].append(pod)
    rows = [[_acl(random, g, at) for at in range(acls // groups)] for g in range(groups)]
    nb = database(
        Logical_Switch_Port=[_port(pod) for pod in range(pods)],
        ACL=[row for own in rows for row in own],
        Port_Group=[
            {
                "_uuid": uid(f"g{group}"),
                "name": f"g{group}",
                "ports": [ref(lsp(pod)) for pod in members[group]],
                "acls": [ref(f"a{group}.{at}") for at in range(len(rows[group]))],
            }
            for group in range(groups)
        ],
        Address_Set=[],
        Logical_Switch=[
            {
                "_uuid": uid("switch"),
                "name": SWITCH,
                "ports": [ref(lsp(pod)) for pod in range(pods)],
                "external_ids": {**_IDS, "k8s.ovn.org/topology": "localnet"},
            }
        ],
        NB_Global=[{"_uuid": uid("root"), "name": NODE, "options": {}}],
    )
    lists = {"pods": [_pod(pod) for pod in range(pods)], "network-attachment-definitions": [_nad()]}
    others = ("multi-networkpolicies", "networkpolicies", "virtualmachines")
    return Snapshot(
        "dump",
        "benchmark",
        kube=Kube({**lists, **{one: [] for one in (*others, "virtualmachineinstances")}}),
        nb={NODE: Northbound(nb)},
    )


def flows(pods: int, count: int) -> Sequence[Flow]:
    """`count` flows between two of `pods` pods."""
    random = Random(5)
    some = (random.sample(range(pods), 2) for _ in range(count))
    return [(source, target, random.choice(_PORTS)) for source, target in some]


def named(flow: Flow) -> Mapping[str, Any]:
    """The question by the pods' names."""
    source, target, port = flow
    ends = {"src": f"{NAMESPACE}/pod-{source}", "dst": f"{NAMESPACE}/pod-{target}"}
    return {**ends, "proto": "tcp", "dport": port, "network": NETWORK}


def raw(flow: Flow) -> Mapping[str, Any]:
    """The question in OVN's terms, for the first packet alone."""
    source, target, port = flow
    packet = (
        f'inport == "{lsp(source)}" && eth.src == {_mac(source)} && eth.dst == {_mac(target)} && '
        f"ip4.src == {_ip(source)} && ip4.dst == {_ip(target)} && ip.ttl == 64 && "
        f"tcp.src == 50000 && tcp.dst == {port}"
    )
    return {"switch": SWITCH, "inport": lsp(source), "packet": packet}


def lsp(pod: int) -> str:
    """The name of a pod's logical switch port."""
    return f"{NAMESPACE}.{NETWORK}_{NAMESPACE}_pod-{pod}"


def _ip(pod: int) -> str:
    return f"10.0.{pod >> 8}.{pod & 255}"


def _mac(pod: int) -> str:
    return f"0a:58:0a:00:{pod >> 8:02x}:{pod & 255:02x}"


def _port(pod: int) -> Row:
    return {
        "_uuid": uid(lsp(pod)),
        "name": lsp(pod),
        "addresses": [f"{_mac(pod)} {_ip(pod)}"],
        "port_security": [f"{_mac(pod)} {_ip(pod)}"],
        "external_ids": {"pod": "true", "namespace": NAMESPACE, **_IDS},
        "options": {"requested-chassis": NODE},
    }


def _acl(random: Random, group: int, at: int) -> Row:
    """Two that deny, two that let ARP pass, and blocks with a port."""
    direction, field, end = [("from-lport", "inport", "dst"), ("to-lport", "outport", "src")][
        at % 2
    ]
    place = f"{field} == @g{group}"
    match, action = place, "drop"
    if at >= 4:
        block = f"10.0.{random.randrange(4)}.{random.randrange(256)}/{random.choice((24, 26, 32))}"
        port = random.choice((80, 443, 5432, 8080 + at))
        match = f"ip4.{end} == {block} && tcp && tcp.dst=={port} && {place}"
    elif at >= 2:
        match = f"{place} && (arp || nd)"
    if at >= 2:
        action = "allow-related"
    ids = {
        "k8s.ovn.org/owner-controller": _CONTROLLER,
        "k8s.ovn.org/owner-type": "NetpolNamespace" if at < 4 else "NetworkPolicy",
        "k8s.ovn.org/name": NAMESPACE if at < 4 else f"{NAMESPACE}:policy-{group}",
        "direction": "Egress" if field == "inport" else "Ingress",
    }
    if at >= 4:
        ids |= {"gress-index": str(at // 2 - 2), "ip-block-index": "0"}
        ids |= {"port-policy-protocol": "tcp"}
    return {
        "_uuid": uid(f"a{group}.{at}"),
        "direction": direction,
        "match": match,
        "action": action,
        "priority": 1000 if at < 2 else 1001,
        "options": {"apply-after-lb": "true"} if field == "inport" else {},
        "external_ids": ids,
    }


def _pod(pod: int) -> Row:
    address = {"ip_addresses": [f"{_ip(pod)}/22"], "mac_address": _mac(pod)}
    annotations = {
        "k8s.v1.cni.cncf.io/networks": NETWORK,
        "k8s.ovn.org/pod-networks": json.dumps({_NAD: address}),
    }
    name = f"pod-{pod}"
    return {
        "metadata": {"namespace": NAMESPACE, "name": name, "annotations": annotations},
        "spec": {"nodeName": NODE},
        "status": {"phase": "Running"},
    }


def _nad() -> Row:
    config = {
        "cniVersion": "0.4.0",
        "type": "ovn-k8s-cni-overlay",
        "name": NETWORK,
        "netAttachDefName": _NAD,
        "topology": "localnet",
        "subnets": "10.0.0.0/22",
    }
    return {
        "metadata": {"namespace": NAMESPACE, "name": NETWORK},
        "spec": {"config": json.dumps(config)},
    }
