"""Rows as Kube-OVN writes them.

Sources: kubeovn/kube-ovn pkg/ovs/ovn-nb-logical_switch_port.go, pkg/ovs/ovn-nb-logical_switch.go,
pkg/ovs/ovn-nb-acl.go, pkg/ovs/ovn.go, pkg/util/const.go (priorities), pkg/controller/
network_policy.go, security_group.go and node.go.

On the subnet `ovn-default` a NetworkPolicy lets only `web` reach `db`, on TCP 5432; the security
group `guests` lets `guest` be pinged. The subnet `closed` has an ACL of its own, `underlay` is a
VLAN.
"""

from typing import Any

from tests.tables import ref, uid

VENDOR = {"vendor": "kube-ovn"}
POLICY_GROUP = "db.only.shop"
SG_GROUP = "ovn.sg.guests"


def _port(name: str, mac: str, ip: str, subnet: str, **ids: str) -> dict[str, Any]:
    return {
        "_uuid": uid(name),
        "name": name,
        "addresses": [f"{mac} {ip}"],
        "port_security": [f"{mac} {ip}"],
        "external_ids": {"ls": subnet, **VENDOR, **ids},
    }


def _acl(
    uuid: str,
    parent: str,
    direction: str,
    priority: int,
    match: str,
    action: str,
    name: str | None = None,
    **ids: str,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "_uuid": uid(uuid),
        "direction": direction,
        "priority": priority,
        "match": match,
        "action": action,
        "external_ids": {"parent": parent, **ids},
    }
    after_lb = parent == POLICY_GROUP and direction == "from-lport"
    return (
        row
        | ({"name": name} if name else {})
        | ({"options": {"apply-after-lb": "true"}} if after_lb else {})
    )


def tables() -> dict[str, list[dict[str, Any]]]:
    """The northbound database."""
    allow, exempt = f"{POLICY_GROUP}.ingress.allow.IPv4.0", f"{POLICY_GROUP}.ingress.except.IPv4.0"
    ports = [
        _port("web.shop", "00:00:00:00:01:01", "10.16.0.11", "ovn-default", pod="shop/web"),
        _port("db.shop", "00:00:00:00:01:02", "10.16.0.12", "ovn-default", pod="shop/db"),
        _port(
            "guest.lab",
            "00:00:00:00:01:03",
            "10.16.0.13",
            "ovn-default",
            pod="lab/guest",
            security_groups="guests",
            associated_sg_guests="true",
        ),
        _port("db.shop.net1.shop.ovn", "00:00:00:00:02:01", "10.20.0.12", "closed", pod="shop/db"),
        _port(
            "web.shop.net1.shop.ovn", "00:00:00:00:02:02", "10.20.0.11", "closed", pod="shop/web"
        ),
        _port(
            "vm.lab.vlan.lab.ovn", "00:00:00:00:03:01", "192.168.50.11", "underlay", pod="lab/vm"
        ),
        _port("node-worker-0", "00:00:00:00:04:01", "100.64.0.2", "join"),
        {
            "_uuid": uid("localnet.underlay"),
            "name": "localnet.underlay",
            "type": "localnet",
            "addresses": ["unknown"],
            "tag": 50,
            "options": {"network_name": "provider1"},
            "external_ids": {"ls": "underlay", **VENDOR},
        },
        {
            "_uuid": uid("ovn-default-ovn-cluster"),
            "name": "ovn-default-ovn-cluster",
            "type": "router",
            "addresses": ["router"],
            "options": {"router-port": "ovn-cluster-ovn-default"},
            "external_ids": {"ls": "ovn-default", **VENDOR},
        },
    ]
    acls = [
        _acl(
            "np-drop",
            POLICY_GROUP,
            "to-lport",
            2000,
            f"outport == @{POLICY_GROUP} && ip",
            "drop",
            "shop/db-only",
        ),
        _acl(
            "np-allow",
            POLICY_GROUP,
            "to-lport",
            2001,
            f"outport == @{POLICY_GROUP} && ip && ip4.src == ${allow} && ip4.src != ${exempt} && "
            "tcp.dst == 5432",
            "allow-related",
            "np/db-only.shop/ingress/IPv4/0",
        ),
        _acl("np-gw", POLICY_GROUP, "to-lport", 2001, "ip4.src == 10.16.0.1", "allow-stateless"),
        _acl("sg-drop-in", SG_GROUP, "to-lport", 2003, f"outport == @{SG_GROUP} && ip", "drop"),
        _acl("sg-drop-out", SG_GROUP, "from-lport", 2003, f"inport == @{SG_GROUP} && ip", "drop"),
        _acl(
            "sg-arp", SG_GROUP, "to-lport", 2005, f"outport == @{SG_GROUP} && arp", "allow-related"
        ),
        _acl(
            "sg-ping",
            SG_GROUP,
            "to-lport",
            2299,
            f"outport == @{SG_GROUP} && ip4 && ip4.src == 0.0.0.0/0 && icmp4",
            "allow-related",
        ),
        _acl(
            "sg-ports",
            SG_GROUP,
            "from-lport",
            2298,
            f"inport == @{SG_GROUP} && ip4 && ip4.dst == 0.0.0.0/0 && 80 <= tcp.dst <= 81",
            "allow-related",
        ),
        _acl("subnet-drop", "closed", "to-lport", 1500, "tcp.dst == 22", "drop", subnet="closed"),
    ]
    return {
        "Logical_Switch_Port": ports,
        "Logical_Router_Port": [
            {
                "_uuid": uid("ovn-cluster-ovn-default"),
                "name": "ovn-cluster-ovn-default",
                "mac": "00:00:00:00:00:01",
                "networks": ["10.16.0.1/16"],
                "external_ids": {"lr": "ovn-cluster", **VENDOR},
            }
        ],
        "ACL": acls,
        "Address_Set": [
            {
                "_uuid": uid("as-allow"),
                "name": allow,
                "addresses": ["10.16.0.11"],
                "external_ids": {"np": "shop/db-only/ingress", **VENDOR},
            },
            {
                "_uuid": uid("as-except"),
                "name": exempt,
                "addresses": [],
                "external_ids": {"np": "shop/db-only/ingress", **VENDOR},
            },
        ],
        "Port_Group": [
            _group(POLICY_GROUP, ["db.shop"], ["np-drop", "np-allow", "np-gw"], np="shop/db-only"),
            _group(
                SG_GROUP,
                ["guest.lab"],
                ["sg-drop-in", "sg-drop-out", "sg-arp", "sg-ping", "sg-ports"],
                type="security_group",
                sg="guests",
            ),
            _group("node.worker.0", ["node-worker-0"], [], np="node/worker-0", node="worker-0"),
            _group(
                "ovn.default.worker.0",
                ["web.shop", "db.shop"],
                [],
                np="ovn-default/worker-0",
                subnet="ovn-default",
                node="worker-0",
            ),
        ],
        "Logical_Switch": [
            _switch("ovn-default", ["web.shop", "db.shop", "guest.lab", "ovn-default-ovn-cluster"]),
            _switch("closed", ["db.shop.net1.shop.ovn", "web.shop.net1.shop.ovn"], ["subnet-drop"]),
            _switch("underlay", ["vm.lab.vlan.lab.ovn", "localnet.underlay"]),
            _switch("join", ["node-worker-0"]),
        ],
        "Logical_Router": [
            {
                "_uuid": uid("ovn-cluster"),
                "name": "ovn-cluster",
                "ports": [ref("ovn-cluster-ovn-default")],
                "external_ids": VENDOR,
            }
        ],
    }


def _switch(name: str, ports: list[str], acls: list[str] = []) -> dict[str, Any]:  # noqa: B006
    return {
        "_uuid": uid(f"ls-{name}"),
        "name": name,
        "ports": [ref(port) for port in ports],
        "acls": [ref(acl) for acl in acls],
        "external_ids": VENDOR,
    }


def _group(name: str, ports: list[str], acls: list[str], **ids: str) -> dict[str, Any]:
    return {
        "_uuid": uid(f"pg-{name}"),
        "name": name,
        "ports": [ref(port) for port in ports],
        "acls": [ref(acl) for acl in acls],
        "external_ids": ids | VENDOR,
    }
