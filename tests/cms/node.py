"""A node that is sound: southbound and Open_vSwitch rows that fit a northbound database."""

from collections.abc import Mapping
from typing import Any

from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from tests.cms.rows import Tables, northbound, whole
from tests.tables import Ref, ref, uid

Names = Mapping[str, str]


def snapshot(
    tables: Tables,
    *,
    chassis: Mapping[str, str],
    bound: Names,
    interfaces: Mapping[str, Mapping[str, str]],
    here: str,
    mappings: Names | None = None,
    wires: Names | None = None,
    gateways: Names | None = None,
) -> Snapshot:
    """One database for all nodes, as these CMSs have it, and the Open_vSwitch of one of them.

    `chassis` are hostname -> system-id, `bound` port -> hostname, `interfaces` those on br-int
    with their external_ids, `mappings` network -> bridge, `wires` localnet port -> bridge,
    `gateways` router port -> the hostname that has it.
    """
    nb = northbound(tables)
    sb = Southbound(whole(_southbound(tables, chassis, bound, mappings or {}, gateways or {})))
    ovs = OpenVswitch(
        whole(_open_vswitch(chassis[here], interfaces, mappings or {}, wires or {}, here))
    )
    nodes = sorted(chassis)
    return Snapshot(
        "ovsdb",
        "test",
        nb=dict.fromkeys(nodes, nb),
        sb=dict.fromkeys(nodes, sb),
        ovs={here: ovs},
    )


def _southbound(
    tables: Tables, chassis: Names, bound: Names, mappings: Names, gateways: Names
) -> dict[str, list[dict[str, Any]]]:
    text = ",".join(f"{network}:{bridge}" for network, bridge in mappings.items())
    bindings = [_binding(port, chassis, bound) for port in tables["Logical_Switch_Port"]]
    bindings += [
        {
            "_uuid": uid(f"cr-{port}"),
            "logical_port": f"cr-{port}",
            "type": "chassisredirect",
            "chassis": ref(f"ch-{host}"),
        }
        for port, host in gateways.items()
    ]
    return {
        "Chassis": [
            {
                "_uuid": uid(f"ch-{host}"),
                "name": name,
                "hostname": host,
                "encaps": [ref(f"encap-{host}")],
                "other_config": {"ovn-bridge-mappings": text},
            }
            for host, name in chassis.items()
        ],
        "Encap": [
            {"_uuid": uid(f"encap-{host}"), "chassis_name": name, "type": "geneve", "ip": name}
            for host, name in chassis.items()
        ],
        "Port_Binding": bindings,
        "Datapath_Binding": [],
        "SB_Global": [],
    }


def _binding(port: Mapping[str, Any], chassis: Names, bound: Names) -> dict[str, Any]:
    host = bound.get(port["name"])
    return {
        "_uuid": uid(f"pb-{port['name']}"),
        "logical_port": port["name"],
        "type": port.get("type", ""),
        "chassis": ref(f"ch-{host}") if host in chassis else (),
        "up": host is not None,
        "tag": port.get("tag", ()),
        "options": port.get("options", {}),
    }


def _open_vswitch(
    system_id: str,
    interfaces: Mapping[str, Mapping[str, str]],
    mappings: Names,
    wires: Names,
    here: str,
) -> dict[str, list[dict[str, Any]]]:
    bridges: dict[str, list[str]] = {"br-int": [*interfaces]}
    rows = [_interface(name, external_ids=ids) for name, ids in interfaces.items()]
    for bridge in mappings.values():
        bridges[bridge] = [f"eth-{bridge}"]
        rows.append(_interface(f"eth-{bridge}"))
    for localnet, bridge in wires.items():
        inner, outer = f"patch-br-int-to-{localnet}", f"patch-{localnet}-to-br-int"
        rows.append(_interface(inner, type="patch", options={"peer": outer}))
        rows.append(_interface(outer, type="patch", options={"peer": inner}))
        bridges["br-int"].append(inner)
        bridges[bridge].append(outer)
    bridges["br-int"].append("ovn-other-0")
    rows.append(_interface("ovn-other-0", type="geneve", options={"remote_ip": "chassis-2"}))
    text = ",".join(f"{network}:{bridge}" for network, bridge in mappings.items())
    return {
        "Open_vSwitch": [
            {
                "_uuid": uid("ovs"),
                "bridges": [ref(f"br-{name}") for name in bridges],
                "external_ids": {
                    "system-id": system_id,
                    "hostname": here,
                    "ovn-bridge-mappings": text,
                },
            }
        ],
        "Bridge": [
            {"_uuid": uid(f"br-{name}"), "name": name, "ports": [ref(f"p-{p}") for p in ports]}
            for name, ports in bridges.items()
        ],
        "Port": [
            {"_uuid": uid(f"p-{row['name']}"), "name": row["name"], "interfaces": Ref(row["_uuid"])}
            for row in rows
        ],
        "Interface": rows,
    }


def _interface(name: str, **given: Any) -> dict[str, Any]:
    return {
        "_uuid": uid(f"if-{name}"),
        "name": name,
        "type": "",
        "ofport": 1,
        "admin_state": "up",
        "link_state": "up",
        "mtu": 1442,
        **given,
    }
