"""What `$set` and `@group` stand for on one switch."""

from collections.abc import Iterator

from ovntrace.match import MISSING, Addresses, Missing, Ports
from ovntrace.model.northbound import LogicalSwitch, Northbound


class SwitchNames:
    """Names as ovn-controller resolves them on a switch.

    A group is the SB's Port_Group `<datapath key>_<group>`: only its ports on this switch, and no
    row at all if it has none (lib/expr.c, parse_port_group). Sets are the NB's, and two that
    ovn-northd makes of each group, of all its ports on every switch (northd/en-sync-sb.c).
    """

    def __init__(self, nb: Northbound, switch: LogicalSwitch) -> None:
        self._nb = nb
        self._here = frozenset(switch.ports)
        self._sets: dict[str, Addresses | Missing | None] = {}
        self._groups: dict[str, Ports | Missing | None] = {}

    def address_set(self, name: str) -> Addresses | Missing | None:
        """The address set written `$name`; None where the sets were not read."""
        if name not in self._sets:
            self._sets[name] = self._find_set(name)
        return self._sets[name]

    def port_group(self, name: str) -> Ports | Missing | None:
        """The ports of the group written `@name` on this switch; None where not all groups were
        read."""
        if name not in self._groups:
            self._groups[name] = self._find_group(name)
        return self._groups[name]

    def _find_set(self, name: str) -> Addresses | Missing | None:
        if not self._nb.db.has("Address_Set"):
            return None
        own = self._nb.address_set(name)
        if own is not None:
            return Addresses(own)
        made = self._made_of_group(name)
        if made is not None:
            return Addresses(made)
        if name == "svc_monitor_mac":
            return (
                Addresses([self._nb.options["svc_monitor_mac"]]) if self._has_monitor else MISSING
            )
        return MISSING

    @property
    def _has_monitor(self) -> bool:
        return "svc_monitor_mac" in self._nb.options

    def _made_of_group(self, name: str) -> list[str] | None:
        head, _, family = name.rpartition("_")
        group = self._nb.group(head) if family in ("ip4", "ip6") else None
        if group is None:
            return None
        wanted = ":" if family == "ip6" else "."
        return [ip for uuid in group.ports for ip in self._ips(uuid) if wanted in ip]

    def _ips(self, uuid: str) -> Iterator[str]:
        port = self._nb.port_by_uuid(uuid)
        if port is not None:
            yield from port.ips
            yield from port.dynamic_ips

    def _find_group(self, name: str) -> Ports | Missing | None:
        if self._nb.db.is_in_part("Port_Group"):
            return None
        group = self._nb.group(name)
        here = [uuid for uuid in group.ports if uuid in self._here] if group else []
        ports = self._nb.db.table("Logical_Switch_Port").texts_of("name", here)
        names = [name for name in ports if name]
        return Ports(names) if names else MISSING
