"""Rows as OpenStack Neutron writes them.

Sources: openstack/neutron neutron/common/ovn/constants.py, neutron/common/ovn/acl.py,
neutron/common/ovn/utils.py, neutron/plugins/ml2/drivers/ovn/mech_driver/ovsdb/ovn_client.py
(create_network, create_port, create_provnet_port, create_router, create_security_group).

Two security groups on the overlay network `private`: `web` is open on TCP 80 and answers pings of
`db`; `db` takes TCP 5432 from `web`. A router leads to the provider network `public` (VLAN 100),
on which an instance is too.
"""

from typing import Any

from tests.tables import ref, uid

PRIVATE, PUBLIC, ROUTER = uid("net-private"), uid("net-public"), uid("router")
SEGMENT, PROJECT = uid("segment-public"), "5f1f0a1c7e0b4cfa8a3f0c6f2a9d4b11"
WEB, DB, IDLE, OFF, META, SUB, OUTER, SRIOV = (
    uid(f"port-{n}") for n in ("web", "db", "idle", "off", "meta", "sub", "outer", "sriov")
)
INSTANCE_WEB, INSTANCE_DB, INSTANCE_OUTER = uid("vm-web"), uid("vm-db"), uid("vm-outer")
GROUP_WEB, GROUP_DB = uid("sg-web"), uid("sg-db")
LRP_IN, LRP_OUT = uid("port-router-in"), uid("port-router-out")
HOST, OTHER_HOST = "compute-1.example.org", "compute-2.example.org"


def group_name(security_group: str) -> str:
    return "pg_" + security_group.replace("-", "_")


def rule_id(name: str) -> str:
    return uid(f"rule-{name}")


def _port(uuid: str, mac: str, ip: str, **given: Any) -> dict[str, Any]:
    ids = {
        "neutron:port_name": given.get("name", ""),
        "neutron:device_id": given.get("instance", ""),
        "neutron:device_owner": given.get("owner", "compute:nova"),
        "neutron:project_id": PROJECT,
        "neutron:cidrs": f"{ip}/24",
        "neutron:network_name": f"neutron-{given.get('network', PRIVATE)}",
        "neutron:security_group_ids": " ".join(given.get("groups", ())),
        "neutron:host_id": given.get("host", HOST),
        "neutron:revision_number": "4",
        "neutron:vnic_type": given.get("vnic", "normal"),
    }
    kind = given.get("type", "")
    row: dict[str, Any] = {
        "_uuid": uuid,
        "name": uuid,
        "type": kind,
        "addresses": [f"{mac} {ip}"],
        "port_security": [] if kind else [f"{mac} {ip}"],
        "enabled": given.get("enabled", True),
        "external_ids": ids,
        # An external port is its HA chassis group's.
        "options": {} if kind == "external" else {"requested-chassis": given.get("host", HOST)},
        "dhcpv4_options": [] if kind == "localport" else ref("dhcp"),
    }
    if "parent" in given:
        row |= {"parent_name": given["parent"], "tag": 42}
    return row


def _acl(uuid: str, direction: str, match: str, rule: str | None = None) -> dict[str, Any]:
    return {
        "_uuid": uid(uuid),
        "direction": direction,
        "priority": 1001 if rule is None else 1002,
        "match": match,
        "action": "drop" if rule is None else "allow-related",
        "external_ids": {} if rule is None else {"neutron:security_group_rule_id": rule_id(rule)},
    }


def _switch(network: str, name: str, ports: list[str]) -> dict[str, Any]:
    return {
        "_uuid": uid(f"ls-{name}"),
        "name": f"neutron-{network}",
        "ports": [ref_of(port) for port in ports],
        "other_config": {"mcast_snoop": "false", "vlan-passthru": "false"},
        "external_ids": {
            "neutron:network_name": name,
            "neutron:mtu": "1442" if name == "private" else "1500",
            "neutron:revision_number": "2",
            "neutron:availability_zone_hints": "",
        },
    }


def ref_of(uuid: str) -> Any:
    """A reference by the uuid itself."""
    from tests.tables import Ref

    return Ref(uuid)


def _router_port(uuid: str, network: str, mac: str, ip: str) -> list[dict[str, Any]]:
    return [
        {
            "_uuid": uuid,
            "name": uuid,
            "type": "router",
            "addresses": ["router"],
            "options": {"router-port": f"lrp-{uuid}"},
            "external_ids": {
                "neutron:port_name": "",
                "neutron:device_id": ROUTER,
                "neutron:device_owner": "network:router_interface",
                "neutron:network_name": f"neutron-{network}",
                "neutron:cidrs": ip,
            },
        },
        {
            "_uuid": uid(f"lrp-{uuid}"),
            "name": f"lrp-{uuid}",
            "mac": mac,
            "networks": [ip],
            "external_ids": {
                "neutron:router_name": ROUTER,
                "neutron:network_name": f"neutron-{network}",
            },
        },
    ]


def tables() -> dict[str, list[dict[str, Any]]]:
    """The northbound database."""
    web, db = group_name(GROUP_WEB), group_name(GROUP_DB)
    inner = _router_port(LRP_IN, PRIVATE, "fa:16:3e:00:00:01", "10.0.0.1/24")
    outer = _router_port(LRP_OUT, PUBLIC, "fa:16:3e:00:00:02", "203.0.113.1/24")
    compute = [
        _port(
            WEB,
            "fa:16:3e:00:01:01",
            "10.0.0.11",
            name="web-1",
            instance=INSTANCE_WEB,
            groups=[GROUP_WEB],
        ),
        _port(
            DB,
            "fa:16:3e:00:01:02",
            "10.0.0.12",
            name="db-1",
            instance=INSTANCE_DB,
            groups=[GROUP_DB],
            host=OTHER_HOST,
        ),
        _port(IDLE, "fa:16:3e:00:01:03", "10.0.0.13", host="", owner="", groups=[GROUP_WEB]),
        _port(
            OFF,
            "fa:16:3e:00:01:04",
            "10.0.0.14",
            name="db-1",
            instance=INSTANCE_DB,
            enabled=False,
            groups=[GROUP_DB],
        ),
        _port(
            SUB,
            "fa:16:3e:00:01:05",
            "10.0.0.15",
            name="web-sub",
            parent=WEB,
            instance="",
            owner="trunk:subport",
            groups=[GROUP_WEB],
        ),
        _port(
            META,
            "fa:16:3e:00:01:06",
            "10.0.0.2",
            type="localport",
            owner="network:distributed",
            instance=f"ovnmeta-{PRIVATE}",
            host="",
        ),
    ]
    public = [
        _port(
            OUTER,
            "fa:16:3e:00:02:01",
            "203.0.113.21",
            name="edge-1",
            instance=INSTANCE_OUTER,
            network=PUBLIC,
            groups=[GROUP_WEB],
        ),
        _port(
            SRIOV,
            "fa:16:3e:00:02:02",
            "203.0.113.22",
            name="fast-1",
            instance=INSTANCE_OUTER,
            network=PUBLIC,
            type="external",
            vnic="direct",
        ),
    ]
    provider = {
        "_uuid": uid("provnet"),
        "name": f"provnet-{SEGMENT}",
        "type": "localnet",
        "addresses": ["unknown"],
        "tag": 100,
        "options": {
            "network_name": "physnet1",
            "mcast_flood": "false",
            "localnet_learn_fdb": "false",
        },
    }
    secured = [WEB, DB, IDLE, OFF, SUB, OUTER]
    acls = [
        _acl("web-out", "from-lport", f"inport == @{web} && ip4", "web-out"),
        _acl(
            "web-80",
            "to-lport",
            f"outport == @{web} && ip4 && ip4.src == 0.0.0.0/0 && tcp && tcp.dst == 80",
            "web-80",
        ),
        _acl(
            "web-ping",
            "to-lport",
            f"outport == @{web} && ip4 && ip4.src == ${db}_ip4 && icmp4",
            "web-ping",
        ),
        _acl(
            "db-sql",
            "to-lport",
            f"outport == @{db} && ip4 && ip4.src == ${web}_ip4 && tcp && tcp.dst == 5432",
            "db-sql",
        ),
        _acl("db-out", "from-lport", f"inport == @{db} && ip4 && icmp4", "db-out"),
        _acl("drop-in", "from-lport", "inport == @neutron_pg_drop && ip"),
        _acl("drop-out", "to-lport", "outport == @neutron_pg_drop && ip"),
    ]
    return {
        "DHCP_Options": [
            {
                "_uuid": uid("dhcp"),
                "cidr": "10.0.0.0/24",
                "options": {
                    "server_id": "10.0.0.1",
                    "server_mac": "fa:16:3e:00:00:99",
                    "lease_time": "43200",
                    "router": "10.0.0.1",
                    "mtu": "1442",
                },
                "external_ids": {"subnet_id": uid("subnet")},
            }
        ],
        "Logical_Switch_Port": [*compute, *public, provider, inner[0], outer[0]],
        "Logical_Router_Port": [inner[1], outer[1]],
        "ACL": acls,
        "Address_Set": [],
        "Port_Group": [
            _group(GROUP_WEB, [WEB, IDLE, SUB, OUTER], ["web-out", "web-80", "web-ping"]),
            _group(GROUP_DB, [DB, OFF], ["db-sql", "db-out"]),
            {
                "_uuid": uid("pg-drop"),
                "name": "neutron_pg_drop",
                "ports": [ref_of(port) for port in secured],
                "acls": [ref("drop-in"), ref("drop-out")],
            },
        ],
        "Logical_Switch": [
            _switch(PRIVATE, "private", [WEB, DB, IDLE, OFF, SUB, META, LRP_IN]),
            _switch(PUBLIC, "public", [OUTER, SRIOV, uid("provnet"), LRP_OUT]),
        ],
        "Logical_Router": [
            {
                "_uuid": uid("lr"),
                "name": f"neutron-{ROUTER}",
                "ports": [ref(f"lrp-{LRP_IN}"), ref(f"lrp-{LRP_OUT}")],
                "external_ids": {"neutron:router_name": "r1", "neutron:revision_number": "3"},
            }
        ],
    }


def _group(security_group: str, ports: list[str], acls: list[str]) -> dict[str, Any]:
    return {
        "_uuid": uid(f"pg-{security_group}"),
        "name": group_name(security_group),
        "ports": [ref_of(port) for port in ports],
        "acls": [ref(acl) for acl in acls],
        "external_ids": {"neutron:security_group_id": security_group},
    }
