"""Which output of a sosreport's commands is what, by the names that sos gives them.

sos_commands/openvswitch/ovs-vsctl_-t_5_list_interface       a table as text
sos_commands/ovn_central/ovn-nbctl_--no-leader-only_show     what a database shows
sos_commands/openvswitch/ovs-ofctl_-O_OpenFlow15_dump-flows_br-int
sos_commands/networking/ip_-d_-s_address                      the node's links
sos_commands/networking/ip_netns                              pods' namespaces by number
sos_commands/networking/namespaces/NETNS/ip_netns_exec_NETNS_ip_-d_address_show
"""

import re
from dataclasses import dataclass, field

from collectors.dump.layout import is_component

COMMANDS = "sos_commands"
_TABLES = re.compile(r"(ovs-vsctl|ovn-nbctl|ovn-sbctl)_(?:\S*_)?(list_\w+|show)")
_LINKS = re.compile(r"ip_(?:-\w+_)*a(?:ddr(?:ess)?)?(?:_show)?")
_FLOWS = re.compile(r"ovs-ofctl_(?:-O_OpenFlow(\d\d)_)?dump-flows_([A-Za-z0-9][\w.-]*)")
_TOOLS = {"ovs-vsctl": "ovs", "ovn-nbctl": "nb", "ovn-sbctl": "sb"}


@dataclass(frozen=True, slots=True)
class TableText:
    """A text of rows: `command` is `show` or `list_<table>`, `database` nb, sb or ovs."""

    path: str
    database: str
    command: str


@dataclass(slots=True)
class SosCommands:
    """Paths of the outputs that are read. `flows` are by bridge, `pod_links` by the name of the
    network namespace."""

    tables: list[TableText] = field(default_factory=list)
    links: str = ""
    netns: str = ""
    flows: dict[str, str] = field(default_factory=dict)
    pod_links: dict[str, str] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)

    def take(self, parts: tuple[str, ...]) -> None:
        """One path below the report's root; of no use where nothing is known by that name."""
        path, name = "/".join(parts), parts[-1].removesuffix(".gz")
        if len(parts) == 5 and parts[1:3] == ("networking", "namespaces"):
            inside = name.removeprefix(f"ip_netns_exec_{parts[3]}_")
            if inside != name and _LINKS.fullmatch(inside) and is_component(parts[3]):
                self.pod_links[parts[3]] = self._better(self.pod_links.get(parts[3], ""), path)
        elif len(parts) == 3:
            self._take_of_node(path, name)

    def _take_of_node(self, path: str, name: str) -> None:
        table, flows = _TABLES.fullmatch(name), _FLOWS.fullmatch(name)
        if table:
            self.tables.append(TableText(path, _TOOLS[table[1]], table[2]))
        elif flows:
            # A later version prints what 1.0 has as vendor actions: as our own command asks.
            version = int(flows[1] or 0)
            if version >= self._versions.get(flows[2], -1):
                self._versions[flows[2]] = version
                self.flows[flows[2]] = path
        elif _LINKS.fullmatch(name):
            self.links = self._better(self.links, path)
        elif name == "ip_netns":
            self.netns = path

    @staticmethod
    def _better(one: str, other: str) -> str:
        """The one with most options says most."""
        return max(one, other, key=len)
