"""The ports of a switch as its destination look-up sees them (northd.c, build_lswitch_ip_unicast_
lookup and the multicast groups _MC_flood, _MC_flood_l2 and _MC_unknown)."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ovntrace.model.northbound import (
    LogicalRouterPort,
    LogicalSwitch,
    LogicalSwitchPort,
    Northbound,
)
from ovntrace.model.rows import Row
from ovntrace.verdict.macs import link_local, mac_number, mac_text

# An element that begins with a MAC as OVN writes it and has nothing dynamic.
_PLAIN: Final = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?= |$)(?!.*dynamic)")


@dataclass(frozen=True, slots=True)
class Owner:
    """A port that has an IP address, and the MAC that it has there."""

    port: LogicalSwitchPort
    mac: int


class SwitchPorts:
    """Ports of one switch by what leads to them. Indexes are built when they are asked for."""

    def __init__(self, nb: Northbound, switch: LogicalSwitch) -> None:
        self._nb = nb
        self._switch = switch

    @cached_property
    def all(self) -> tuple[LogicalSwitchPort, ...]:
        """The switch's ports, by name."""
        found = (self._nb.port_by_uuid(uuid) for uuid in self._switch.ports)
        return tuple(sorted((p for p in found if p is not None), key=lambda port: port.name))

    @cached_property
    def enabled(self) -> tuple[LogicalSwitchPort, ...]:
        """Those that are given broadcasts."""
        return tuple(port for port in self.all if port.enabled is not False)

    @cached_property
    def unknown(self) -> tuple[LogicalSwitchPort, ...]:
        """Enabled ports that take frames to MACs that no port has (addresses: unknown)."""
        return tuple(port for port in self.enabled if "unknown" in port.addresses)

    def of_mac(self, mac: int) -> LogicalSwitchPort | None:
        """The port that has a MAC. Of several the first by name, enabled ones before disabled
        ones: OVN leaves it open."""
        found = (self._nb.port_by_uuid(uuid) for uuid in self._by_mac.get(mac_text(mac), ()))
        ports = [port for port in found if port is not None]
        return min(ports, key=lambda port: (port.enabled is False, port.name), default=None)

    @cached_property
    def _by_mac(self) -> dict[str, list[str]]:
        """Uuids of ports by MAC. Of most ports the one address is read, and no row made."""
        table = self._nb.db.table("Logical_Switch_Port")
        uuids = self._switch.ports
        found: dict[str, list[str]] = {}
        for uuid, only in zip(uuids, table.texts_of("addresses", uuids), strict=True):
            if _PLAIN.match(only):
                found.setdefault(only[:17], []).append(uuid)
            elif (row := table.by_uuid(uuid)) is not None:
                for mac in self._macs(uuid, row):
                    found.setdefault(mac, []).append(uuid)
        return found

    def _macs(self, uuid: str, row: Row) -> Iterator[str]:
        elements = row.texts("addresses")
        if "unknown" in elements and row.map("options").get("force_fdb_lookup") == "true":
            return
        for element in elements:
            if _PLAIN.match(element):
                yield element[:17]
                continue
            port = self._nb.port_by_uuid(uuid)
            if port is not None:
                yield from (mac_text(mac) for mac, _ in self.addresses_of(port))

    @cached_property
    def by_ip(self) -> dict[int, Owner]:
        """Ports by IPv4 or IPv6 address that ovn-northd answers ARP and ND for."""
        found: dict[int, Owner] = {}
        for port in self.all:
            if port.type in ("external", "localnet", "vtep") or "unknown" in port.addresses:
                continue
            if port.options.get("disable_arp_nd_rsp") == "true":
                continue
            for mac, ips in self.addresses_of(port):
                for ip in ips:
                    found.setdefault(ip, Owner(port, mac))
        return found

    @cached_property
    def router_ips(self) -> dict[int, LogicalSwitchPort]:
        """The switch's router ports by the addresses of the router behind them."""
        routers = (port for port in self._routers if port.enabled is not False)
        found: dict[int, LogicalSwitchPort] = {}
        for port in routers:
            for _, ips in self._of_router(port):
                found.update(dict.fromkeys(ips, port))
        return found

    @cached_property
    def router_macs(self) -> frozenset[int]:
        """MACs of the routers behind the switch's router ports."""
        return frozenset(mac for port in self._routers for mac, _ in self._of_router(port))

    @cached_property
    def _routers(self) -> tuple[LogicalSwitchPort, ...]:
        return self._nb.ports_of_type(self._switch, "router")

    def is_gateway(self, port: LogicalSwitchPort) -> bool:
        """True if the router port behind a port is bound to chassis (a distributed gateway)."""
        rows = self._nb.db.table("Logical_Router_Port").by_text(
            "name", port.options.get("router-port", "")
        )
        return bool(rows) and bool(
            rows[0].refs("gateway_chassis") or rows[0].ref("ha_chassis_group")
        )

    @cached_property
    def redirected(self) -> dict[str, str]:
        """Ports by name whose copy of a frame to a group has another outport: for a gateway's port
        the one that redirects to the gateway's chassis, which no port group has, unless the switch
        has a localnet port."""
        if self._nb.ports_of_type(self._switch, "localnet"):
            return {}
        return {port.name: f"cr-{port.name}" for port in self._routers if self.is_gateway(port)}

    def addresses_of(self, port: LogicalSwitchPort) -> Iterator[tuple[int, tuple[int, ...]]]:
        """MACs and IPs of each element of a port's addresses."""
        for element in port.addresses:
            words = element.split()
            if words == ["router"]:
                yield from self._of_router(port)
            elif "dynamic" in words:
                yield from _parsed((port.dynamic_addresses or "").split())
            else:
                yield from _parsed(words)

    def _of_router(self, port: LogicalSwitchPort) -> Iterator[tuple[int, tuple[int, ...]]]:
        found = self._nb.router_of_port(port.options.get("router-port", ""))
        if found is not None:
            yield from _of_router_port(found[1])


def _of_router_port(peer: LogicalRouterPort) -> Iterator[tuple[int, tuple[int, ...]]]:
    networks = (network.partition("/")[0] for network in peer.networks)
    for mac, ips in _parsed([peer.mac, *networks]):
        yield mac, (*ips, link_local(mac))


def _parsed(words: list[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """A MAC and the addresses behind it, up to the first word that is none."""
    mac = mac_number(words[0]) if words else None
    if mac is None:
        return
    ips: list[int] = []
    for word in words[1:]:
        try:
            ips.append(int(ipaddress.ip_address(word.partition("/")[0])))
        except ValueError:
            break
    yield mac, tuple(ips)
