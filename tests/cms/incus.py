"""Rows as Incus writes them.

Sources: lxc/incus internal/server/network/driver_ovn.go (names), internal/server/network/acl/
acl_ovn.go (groups, priorities, matches), internal/server/network/ovn/ovn_nb_actions.go (the
`incus_` keys).

Network 5 has two instances. Network ACL 3 lets TCP 80 reach the first and is logged; what it does
not name is rejected by the interface's own default.
"""

from typing import Any

from tests.tables import ref, uid

FIRST, SECOND = uid("instance-1"), uid("instance-2")
NETWORK = "incus-net5"
INNER, OUTER, ROUTER = f"{NETWORK}-ls-int", f"{NETWORK}-ls-ext", f"{NETWORK}-lr"
PORT_1, PORT_2 = f"{NETWORK}-instance-{FIRST}-eth0", f"{NETWORK}-instance-{SECOND}-eth0"
ACL_GROUP = "incus_acl3"


def _port(name: str, mac: str, ip: str) -> dict[str, Any]:
    return {
        "_uuid": uid(name),
        "name": name,
        "addresses": [f"{mac} {ip}"],
        "enabled": True,
        "external_ids": {"incus_switch": INNER, "incus_location": "server-1"},
    }


def _acl(
    uuid: str, priority: int, match: str, action: str, name: str = "", **ids: str
) -> dict[str, Any]:
    row = {
        "_uuid": uid(uuid),
        "direction": "to-lport",
        "priority": priority,
        "match": match,
        "action": action,
        "external_ids": ids,
    }
    return row | ({"name": name, "log": True} if name else {})


def tables() -> dict[str, list[dict[str, Any]]]:
    """The northbound database."""
    to_router = f"{INNER}-lsp-router"
    out_router = f"{OUTER}-lsp-router"
    return {
        "Logical_Switch_Port": [
            _port(PORT_1, "00:16:3e:00:00:11", "10.5.0.11"),
            _port(PORT_2, "00:16:3e:00:00:12", "10.5.0.12"),
            _router_side(to_router, f"{ROUTER}-lrp-int", INNER),
            _router_side(out_router, f"{ROUTER}-lrp-ext", OUTER),
            {
                "_uuid": uid("provider"),
                "name": f"{OUTER}-lsp-provider",
                "type": "localnet",
                "addresses": ["unknown"],
                "options": {"network_name": "uplink"},
                "external_ids": {"incus_switch": OUTER},
            },
        ],
        "Logical_Router_Port": [
            _router_port(f"{ROUTER}-lrp-int", "00:16:3e:00:00:01", "10.5.0.1/24"),
            _router_port(f"{ROUTER}-lrp-ext", "00:16:3e:00:00:01", "192.0.2.100/24"),
        ],
        "ACL": [
            _acl("arp", 200, "(arp || nd)", "allow", incus_switch=INNER),
            _acl(
                "ping-gw",
                200,
                f'outport == "{to_router}" && icmp4.type == 8 && ip4.dst == 10.5.0.1',
                "allow",
                incus_switch=INNER,
            ),
            _acl(
                "web",
                300,
                f"(outport == @{ACL_GROUP}) && (tcp) && (tcp.dst == 80)",
                "allow-related",
                f"{ACL_GROUP}-ingress-0",
                incus_port_group=ACL_GROUP,
            ),
            _acl(
                "no-ssh",
                500,
                f"(inport == @{ACL_GROUP}) && (tcp) && (tcp.dst == 22)",
                "drop",
                incus_port_group=ACL_GROUP,
            ),
            _acl(
                "last",
                0,
                f"(inport == @{ACL_GROUP} || outport == @{ACL_GROUP})",
                "drop",
                incus_port_group=ACL_GROUP,
            ),
            _acl(
                "nic-out",
                111,
                f'inport == "{PORT_1}"',
                "allow",
                incus_port_group="incus_net5",
                incus_switch_port=PORT_1,
            ),
            _acl(
                "nic-in",
                100,
                f'outport == "{PORT_1}"',
                "reject",
                incus_port_group="incus_net5",
                incus_switch_port=PORT_1,
            ),
        ],
        "Address_Set": [],
        "Port_Group": [
            _group("incus_net5", [PORT_1, PORT_2], ["nic-out", "nic-in"], incus_switch=INNER),
            _group(ACL_GROUP, [PORT_1], ["web", "no-ssh", "last"]),
            _group(f"{ACL_GROUP}_net5", [to_router], [], incus_switch=INNER),
        ],
        "Logical_Switch": [
            {
                "_uuid": uid(INNER),
                "name": INNER,
                "ports": [ref(PORT_1), ref(PORT_2), ref(to_router)],
                "acls": [ref("arp"), ref("ping-gw")],
                "other_config": {"subnet": "10.5.0.0/24"},
            },
            {"_uuid": uid(OUTER), "name": OUTER, "ports": [ref(out_router), ref("provider")]},
        ],
        "Logical_Router": [
            {
                "_uuid": uid(ROUTER),
                "name": ROUTER,
                "ports": [ref(f"{ROUTER}-lrp-int"), ref(f"{ROUTER}-lrp-ext")],
            }
        ],
    }


def _router_side(name: str, peer: str, switch: str) -> dict[str, Any]:
    return {
        "_uuid": uid(name),
        "name": name,
        "type": "router",
        "addresses": ["router"],
        "options": {"router-port": peer},
        "external_ids": {"incus_switch": switch},
    }


def _router_port(name: str, mac: str, network: str) -> dict[str, Any]:
    return {"_uuid": uid(name), "name": name, "mac": mac, "networks": [network]}


def _group(name: str, ports: list[str], acls: list[str], **ids: str) -> dict[str, Any]:
    return {
        "_uuid": uid(f"pg-{name}"),
        "name": name,
        "ports": [ref(port) for port in ports],
        "acls": [ref(acl) for acl in acls],
        "external_ids": {"incus_project_id": "1", **ids},
    }
