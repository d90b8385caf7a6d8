"""Records of the OVN Northbound database (ovn-nb(5)) and the joins that hold inside it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ovntrace.model.rows import Database, Row, map_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LogicalSwitchPort:
    """A row of Logical_Switch_Port. `up` and `enabled` are None where the column is empty. `parent`
    is the port through which this one's packets come, under the VLAN `tag`."""

    uuid: str
    name: str
    type: str
    addresses: tuple[str, ...]
    port_security: tuple[str, ...]
    enabled: bool | None
    up: bool | None
    tag: int | None
    options: Mapping[str, str]
    external_ids: Mapping[str, str]
    dynamic_addresses: str | None = None
    parent: str | None = None

    @property
    def dynamic_ips(self) -> tuple[str, ...]:
        """IP addresses that OVN's own IPAM gave (dynamic_addresses, "MAC IP...")."""
        return tuple((self.dynamic_addresses or "").split()[1:])

    @property
    def macs(self) -> tuple[str, ...]:
        """MAC addresses of `addresses`, lower case; words like `unknown` and `router` are none."""
        firsts = (address.split(" ", 1)[0] for address in self.addresses)
        return tuple(first.lower() for first in firsts if first.count(":") == 5)

    @property
    def ips(self) -> tuple[str, ...]:
        """IP addresses of `addresses`, in order."""
        return tuple(
            ip for address in self.addresses for ip in address.split()[1:] if ip != "dynamic"
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LogicalSwitch:
    """A row of Logical_Switch."""

    uuid: str
    name: str
    ports: tuple[str, ...]
    acls: tuple[str, ...]
    load_balancers: tuple[str, ...]
    load_balancer_groups: tuple[str, ...]
    other_config: Mapping[str, str]
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PortGroup:
    """A row of Port_Group."""

    uuid: str
    name: str
    ports: tuple[str, ...]
    acls: tuple[str, ...]
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Acl:
    """A row of ACL. `tier` is 0 where the version has no such column (before OVN 23.06)."""

    uuid: str
    name: str | None
    direction: str
    priority: int
    tier: int
    match: str
    action: str
    options: Mapping[str, str]
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LogicalRouter:
    """A row of Logical_Router."""

    uuid: str
    name: str
    ports: tuple[str, ...]
    nats: tuple[str, ...]
    options: Mapping[str, str]
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LogicalRouterPort:
    """A row of Logical_Router_Port. `peer` is the name of a router port of another router."""

    uuid: str
    name: str
    mac: str
    networks: tuple[str, ...]
    peer: str | None
    options: Mapping[str, str]


def _port(row: Row) -> LogicalSwitchPort:
    return LogicalSwitchPort(
        uuid=row.uuid,
        name=row.text("name") or "",
        type=row.text("type") or "",
        addresses=row.texts("addresses"),
        port_security=row.texts("port_security"),
        enabled=row.flag("enabled"),
        up=row.flag("up"),
        tag=row.number("tag"),
        options=row.map("options"),
        external_ids=row.map("external_ids"),
        dynamic_addresses=row.text("dynamic_addresses"),
        parent=row.text("parent_name"),
    )


def _switch(row: Row) -> LogicalSwitch:
    return LogicalSwitch(
        uuid=row.uuid,
        name=row.text("name") or "",
        ports=row.refs("ports"),
        acls=row.refs("acls"),
        load_balancers=row.refs("load_balancer"),
        load_balancer_groups=row.refs("load_balancer_group"),
        other_config=row.map("other_config"),
        external_ids=row.map("external_ids"),
    )


def _group(row: Row) -> PortGroup:
    return PortGroup(
        uuid=row.uuid,
        name=row.text("name") or "",
        ports=row.refs("ports"),
        acls=row.refs("acls"),
        external_ids=row.map("external_ids"),
    )


_ACL = ("name", "direction", "priority", "tier", "match", "action", "options", "external_ids")


def _acl(row: Row) -> Acl:
    # All at once: a large zone has ten thousands of them.
    name, direction, priority, tier, match, action, options, external_ids = row.cells(_ACL)
    return Acl(
        row.uuid,
        name if isinstance(name, str) else None,
        direction if isinstance(direction, str) else "",
        priority if type(priority) is int else 0,
        tier if type(tier) is int else 0,
        match if isinstance(match, str) else "",
        action if isinstance(action, str) else "",
        map_of(options),
        map_of(external_ids),
    )


def _router(row: Row) -> LogicalRouter:
    return LogicalRouter(
        uuid=row.uuid,
        name=row.text("name") or "",
        ports=row.refs("ports"),
        nats=row.refs("nat"),
        options=row.map("options"),
        external_ids=row.map("external_ids"),
    )


def _router_port(row: Row) -> LogicalRouterPort:
    return LogicalRouterPort(
        uuid=row.uuid,
        name=row.text("name") or "",
        mac=row.text("mac") or "",
        networks=row.texts("networks"),
        peer=row.text("peer"),
        options=row.map("options"),
    )


def _once(made: dict[str, R], row: Row, make: Callable[[Row], R]) -> R:
    """A row's record, made once; of a row without a uuid each time."""
    uuid = row.uuid
    known = made.get(uuid)
    if known is None:
        known = make(row)
        if uuid:
            made[uuid] = known
    return known


class Northbound:
    """The NB of one zone. Lookups are by index; records are made when asked for."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._acls: dict[str, Acl] = {}
        self._switches: dict[str, LogicalSwitch] = {}
        self._groups: dict[str, PortGroup] = {}
        self._groups_of_switch: dict[str, tuple[PortGroup, ...]] = {}
        self._ports: dict[str, LogicalSwitchPort] = {}

    @property
    def has_tiers(self) -> bool:
        """True if this version's ACLs have tiers (OVN 23.06 and later)."""
        return "tier" in self.db.table("ACL").columns

    @cached_property
    def zone_name(self) -> str | None:
        """NB_Global.name or options:name: the zone's name in interconnect mode."""
        for row in self.db.table("NB_Global"):
            return row.text("name") or row.map("options").get("name")
        return None

    @cached_property
    def options(self) -> Mapping[str, str]:
        """NB_Global.options."""
        for row in self.db.table("NB_Global"):
            return row.map("options")
        return {}

    @cached_property
    def northd_version(self) -> str | None:
        """NB_Global.options:northd_internal_version, e.g. `23.09.6-20.32.0-71.6`."""
        for row in self.db.table("NB_Global"):
            return row.map("options").get("northd_internal_version")
        return None

    def port(self, name: str) -> LogicalSwitchPort | None:
        """The logical switch port of that name (names are unique in a database)."""
        rows = self.db.table("Logical_Switch_Port").by_text("name", name)
        return self._port(rows[0]) if rows else None

    def port_by_uuid(self, uuid: str) -> LogicalSwitchPort | None:
        """The logical switch port of that uuid."""
        known = self._ports.get(uuid)
        if known is not None:
            return known
        row = self.db.table("Logical_Switch_Port").by_uuid(uuid)
        return self._port(row) if row else None

    def _port(self, row: Row) -> LogicalSwitchPort:
        """A port's record, made once: verdicts ask for the same ports again and again."""
        return _once(self._ports, row, _port)

    @cached_property
    def pod_ports(self) -> tuple[LogicalSwitchPort, ...]:
        """Every port that OVN-Kubernetes made for a pod (external_ids:pod=true)."""
        rows = self.db.table("Logical_Switch_Port").by_map("external_ids", "pod", "true")
        return tuple(self._port(row) for row in rows)

    @property
    def switch_ports(self) -> Iterator[LogicalSwitchPort]:
        """Every logical switch port, in the table's order."""
        return map(self._port, self.db.table("Logical_Switch_Port"))

    def ports_by_external_id(self, key: str, value: str) -> tuple[LogicalSwitchPort, ...]:
        """Ports with that external id."""
        rows = self.db.table("Logical_Switch_Port").by_map("external_ids", key, value)
        return tuple(self._port(row) for row in rows)

    def ports_of_namespace(self, namespace: str) -> tuple[LogicalSwitchPort, ...]:
        """Ports whose external_ids name that Kubernetes namespace."""
        rows = self.db.table("Logical_Switch_Port").by_map("external_ids", "namespace", namespace)
        return tuple(self._port(row) for row in rows)

    @property
    def switches(self) -> Iterator[LogicalSwitch]:
        """Every switch, in the table's order."""
        return map(self._switch, self.db.table("Logical_Switch"))

    def _switch(self, row: Row) -> LogicalSwitch:
        """A switch's record, made once: it may name thousands of ports."""
        return _once(self._switches, row, _switch)

    def switch_of(self, port_uuid: str) -> LogicalSwitch | None:
        """The switch that has the port."""
        rows = self.db.table("Logical_Switch").by_ref("ports", port_uuid)
        return self._switch(rows[0]) if rows else None

    def switch_by_name(self, name: str) -> LogicalSwitch | None:
        """The switch of that name; the first if several have it."""
        rows = self.db.table("Logical_Switch").by_text("name", name)
        return self._switch(rows[0]) if rows else None

    def switches_of_network(self, network: str) -> tuple[LogicalSwitch, ...]:
        """Switches whose external_ids name the network."""
        rows = self.db.table("Logical_Switch").by_map(
            "external_ids", "k8s.ovn.org/network", network
        )
        return tuple(self._switch(row) for row in rows)

    def ports_of_type(self, switch: LogicalSwitch, kind: str) -> tuple[LogicalSwitchPort, ...]:
        """The switch's ports of a type (localnet, router, remote, ...), by name."""
        own = frozenset(switch.ports)
        rows = self.db.table("Logical_Switch_Port").rows_with("type", kind)
        ports = (self._port(row) for row in rows if row.uuid in own)
        return tuple(sorted(ports, key=lambda port: port.name))

    @cached_property
    def _uuids_by_address(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self.db.table("Logical_Switch_Port"):
            for element in row.texts("addresses"):
                for word in element.split():
                    key = word.lower()
                    found[key] = (*found.get(key, ()), row.uuid)
        return found

    def ports_by_address(self, address: str) -> tuple[LogicalSwitchPort, ...]:
        """Ports that hold a MAC or IP address (as `addresses` writes it, case aside), in the
        table's order. Several are usual: the same address may exist on several switches."""
        uuids = dict.fromkeys(self._uuids_by_address.get(address.lower(), ()))
        found = (self.port_by_uuid(uuid) for uuid in uuids)
        return tuple(port for port in found if port is not None)

    def groups_of(self, port_uuid: str) -> tuple[PortGroup, ...]:
        """Port groups that the port is in, by name."""
        rows = self.db.table("Port_Group").by_ref("ports", port_uuid)
        return tuple(sorted((self.group_of_row(row) for row in rows), key=lambda group: group.name))

    def groups_of_switch(self, switch: LogicalSwitch) -> tuple[PortGroup, ...]:
        """Port groups with at least one port on the switch, by name."""
        known = self._groups_of_switch.get(switch.uuid)
        if known is None:
            rows = self.db.table("Port_Group").by_any_ref("ports", switch.ports)
            groups = sorted(map(self.group_of_row, rows), key=lambda group: group.name)
            known = self._groups_of_switch[switch.uuid] = tuple(groups)
        return known

    def group_of_row(self, row: Row) -> PortGroup:
        """The record of a row of the table Port_Group, made once."""
        return _once(self._groups, row, _group)

    def group(self, name: str) -> PortGroup | None:
        """The port group of that name."""
        rows = self.db.table("Port_Group").by_text("name", name)
        return self.group_of_row(rows[0]) if rows else None

    def groups_by_external_id(self, key: str, value: str) -> tuple[PortGroup, ...]:
        """Port groups with that external id."""
        rows = self.db.table("Port_Group").by_map("external_ids", key, value)
        return tuple(self.group_of_row(row) for row in rows)

    def has_address_set(self, name: str) -> bool:
        """True if an Address_Set of that name exists."""
        return bool(self.db.table("Address_Set").by_text("name", name))

    def address_set(self, name: str) -> tuple[str, ...] | None:
        """The members of an Address_Set; None if there is none of that name."""
        rows = self.db.table("Address_Set").by_text("name", name)
        return rows[0].texts("addresses") if rows else None

    def has_vips(self, switch: LogicalSwitch) -> bool:
        """True if a load balancer of the switch, or of one of its groups, has VIPs. One that was
        not read is taken to have some."""
        groups = self.db.table("Load_Balancer_Group")
        uuids = list(switch.load_balancers)
        for uuid in switch.load_balancer_groups:
            row = groups.by_uuid(uuid)
            uuids += row.refs("load_balancer") if row else [uuid]
        rows = (self.db.table("Load_Balancer").by_uuid(uuid) for uuid in uuids)
        return any(row is None or row.map("vips") for row in rows)

    def acl(self, uuid: str) -> Acl | None:
        """The ACL of that uuid."""
        row = self.db.table("ACL").by_uuid(uuid)
        return self.acl_of_row(row) if row else None

    def acl_of_row(self, row: Row) -> Acl:
        """The record of a row of the table ACL, made once: the ports of a group have the same."""
        return _once(self._acls, row, _acl)

    def router_of_port(self, name: str) -> tuple[LogicalRouter, LogicalRouterPort] | None:
        """The router that has the router port of that name, and the port."""
        rows = self.db.table("Logical_Router_Port").by_text("name", name)
        if not rows:
            return None
        routers = self.db.table("Logical_Router").by_ref("ports", rows[0].uuid)
        return (_router(routers[0]), _router_port(rows[0])) if routers else None

    def router_port_by_uuid(self, uuid: str) -> LogicalRouterPort | None:
        """The router port of that uuid."""
        row = self.db.table("Logical_Router_Port").by_uuid(uuid)
        return _router_port(row) if row else None

    def switch_ports_to_router_port(self, name: str) -> tuple[LogicalSwitchPort, ...]:
        """Switch ports whose options:router-port is that router port."""
        rows = self.db.table("Logical_Switch_Port").by_map("options", "router-port", name)
        return tuple(self._port(row) for row in rows)
