"""Records of a node's Open_vSwitch database (ovs-vswitchd.conf.db(5))."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ovntrace.model.rows import Database, Row


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OvsInterface:
    """A row of Interface. `ofport` is -1 where the device could not be added; counters are
    packets, refreshed every 5 s by ovs-vswitchd."""

    uuid: str
    name: str
    type: str
    ofport: int | None
    ifindex: int | None
    admin_state: str | None
    link_state: str | None
    error: str | None
    mtu: int | None
    mac_in_use: str | None
    options: Mapping[str, str]
    external_ids: Mapping[str, str]
    statistics: Mapping[str, str]
    status: Mapping[str, str]

    @property
    def drops(self) -> Mapping[str, int]:
        """Drop and error counters that are not zero."""
        found: dict[str, int] = {}
        for key, value in self.statistics.items():
            counts = key.endswith(("_dropped", "_errors")) and value.isdecimal()
            if counts and int(value) > 0:
                found[key] = int(value)
        return found


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OvsPort:
    """A row of Port."""

    uuid: str
    name: str
    interfaces: tuple[str, ...]
    tag: int | None
    bond_mode: str | None
    external_ids: Mapping[str, str]
    other_config: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OvsBridge:
    """A row of Bridge."""

    uuid: str
    name: str
    ports: tuple[str, ...]
    datapath_type: str | None
    fail_mode: str | None
    external_ids: Mapping[str, str]


def _interface(row: Row) -> OvsInterface:
    return OvsInterface(
        uuid=row.uuid,
        name=row.text("name") or "",
        type=row.text("type") or "",
        ofport=row.number("ofport"),
        ifindex=row.number("ifindex"),
        admin_state=row.text("admin_state"),
        link_state=row.text("link_state"),
        error=row.text("error"),
        mtu=row.number("mtu"),
        mac_in_use=row.text("mac_in_use"),
        options=row.map("options"),
        external_ids=row.map("external_ids"),
        statistics=row.map("statistics"),
        status=row.map("status"),
    )


def _port(row: Row) -> OvsPort:
    return OvsPort(
        uuid=row.uuid,
        name=row.text("name") or "",
        interfaces=row.refs("interfaces"),
        tag=row.number("tag"),
        bond_mode=row.text("bond_mode"),
        external_ids=row.map("external_ids"),
        other_config=row.map("other_config"),
    )


def _bridge(row: Row) -> OvsBridge:
    return OvsBridge(
        uuid=row.uuid,
        name=row.text("name") or "",
        ports=row.refs("ports"),
        datapath_type=row.text("datapath_type"),
        fail_mode=row.text("fail_mode"),
        external_ids=row.map("external_ids"),
    )


class OpenVswitch:
    """The OVS database of one node. Lookups are by index; records are made when asked for."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @cached_property
    def external_ids(self) -> Mapping[str, str]:
        """external_ids of the one Open_vSwitch row."""
        for row in self.db.table("Open_vSwitch"):
            return row.map("external_ids")
        return {}

    @cached_property
    def version(self) -> str | None:
        """ovs_version, which ovs-vswitchd writes when it starts."""
        for row in self.db.table("Open_vSwitch"):
            return row.text("ovs_version")
        return None

    @property
    def system_id(self) -> str | None:
        """external_ids:system-id, which is the chassis' name."""
        return self.external_ids.get("system-id")

    @property
    def bridge_mappings(self) -> str | None:
        """external_ids:ovn-bridge-mappings; a key with the chassis' name behind it counts first
        (ovn-controller(8))."""
        own = f"ovn-bridge-mappings-{self.system_id}"
        return self.external_ids.get(own, self.external_ids.get("ovn-bridge-mappings"))

    @property
    def integration_bridge(self) -> str:
        """external_ids:ovn-bridge; br-int where it is not set (ovn-controller(8))."""
        return self.external_ids.get("ovn-bridge", "br-int")

    def interface(self, name: str) -> OvsInterface | None:
        """The interface of that name."""
        rows = self.db.table("Interface").by_text("name", name)
        return _interface(rows[0]) if rows else None

    def interfaces_by_iface_id(self, iface_id: str) -> tuple[OvsInterface, ...]:
        """Interfaces with that external_ids:iface-id, by name."""
        rows = self.db.table("Interface").by_map("external_ids", "iface-id", iface_id)
        return tuple(sorted((_interface(row) for row in rows), key=lambda i: i.name))

    def interfaces_by_sandbox(self, sandbox: str) -> tuple[OvsInterface, ...]:
        """Interfaces of one pod sandbox, by name."""
        rows = self.db.table("Interface").by_map("external_ids", "sandbox", sandbox)
        return tuple(sorted((_interface(row) for row in rows), key=lambda i: i.name))

    def interfaces_by_pod_uid(self, uid: str) -> tuple[OvsInterface, ...]:
        """Interfaces whose iface-id-ver is that pod's UID, by name."""
        rows = self.db.table("Interface").by_map("external_ids", "iface-id-ver", uid)
        return tuple(sorted((_interface(row) for row in rows), key=lambda i: i.name))

    def interfaces_of_type(self, kind: str) -> tuple[OvsInterface, ...]:
        """Interfaces of a type (geneve, patch, ...), by name."""
        rows = self.db.table("Interface").by_text("type", kind)
        return tuple(sorted((_interface(row) for row in rows), key=lambda i: i.name))

    def port_of(self, interface: OvsInterface) -> OvsPort | None:
        """The port that has the interface."""
        rows = self.db.table("Port").by_ref("interfaces", interface.uuid)
        return _port(rows[0]) if rows else None

    def bridge_of(self, port: OvsPort | None) -> OvsBridge | None:
        """The bridge that has the port."""
        rows = self.db.table("Bridge").by_ref("ports", port.uuid) if port else ()
        return _bridge(rows[0]) if rows else None

    def bridge(self, name: str) -> OvsBridge | None:
        """The bridge of that name."""
        rows = self.db.table("Bridge").by_text("name", name)
        return _bridge(rows[0]) if rows else None

    def ports_of(self, bridge: OvsBridge) -> tuple[OvsPort, ...]:
        """The ports of a bridge, by name."""
        rows = (self.db.table("Port").by_uuid(uuid) for uuid in bridge.ports)
        return tuple(sorted((_port(r) for r in rows if r is not None), key=lambda p: p.name))

    def interfaces_of(self, port: OvsPort) -> tuple[OvsInterface, ...]:
        """The interfaces of a port, by name."""
        rows = (self.db.table("Interface").by_uuid(uuid) for uuid in port.interfaces)
        return tuple(sorted((_interface(r) for r in rows if r is not None), key=lambda i: i.name))


def parse_bridge_mappings(text: str | None) -> Mapping[str, str]:
    """`physnet:br-ex,localnet-cnv:br-ex` as network -> bridge, the first of equal networks kept.

    As ovn-controller reads it (controller/patch.c, add_ovs_bridge_mappings): the first colon
    parts, blanks count, and everything from the first item that is not NETWORK:BRIDGE is ignored.
    """
    found: dict[str, str] = {}
    for item in (text or "").split(","):
        network, _, bridge = item.partition(":")
        if not network or not bridge:
            break
        found.setdefault(network, bridge)
    return found
