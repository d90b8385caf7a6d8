"""The rows that show why a match does not compile."""

from collections.abc import Iterator
from dataclasses import dataclass

from ovntrace.model.northbound import LogicalSwitch, Northbound, PortGroup
from ovntrace.view.context import Context
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import AclView, Evidence


@dataclass(frozen=True, slots=True)
class Blamed:
    """A set or group in the part of a match that is to blame. `note` is what its row says (None:
    there is no such row)."""

    table: str
    name: str
    note: str | None

    def __str__(self) -> str:
        """In words."""
        kind = self.table.replace("_", " ").lower()
        if self.note is None:
            return f"there is no {kind} {self.name}"
        return f"{kind} {self.name} {self.note}"

    def row(self, ctx: Context) -> Evidence:
        """As evidence."""
        if self.note is None:
            return ctx.absent("nb", self.table, f"name={self.name}")
        return ctx.row("nb", self.table, self.name, self.note)


def blamed_names(nb: Northbound, switch: LogicalSwitch, part: str) -> tuple[Blamed, ...]:
    """The sets and groups in a part of a match; nothing of those that were not read."""
    names = match_names(part)
    sets = sorted(names.address_sets) if nb.db.has("Address_Set") else []
    groups = sorted(names.port_groups) if nb.db.has("Port_Group") else []
    return (*_sets(nb, sets), *(_group(nb, switch, name) for name in groups))


def rows_of(
    ctx: Context,
    switch: LogicalSwitch,
    group: PortGroup | None,
    acl: AclView,
    blamed: tuple[Blamed, ...],
) -> tuple[Evidence, ...]:
    """The ACL, its switch, the group that brought it there (None: it is the switch's own), and
    what is to blame."""
    rows = [
        ctx.row("nb", "ACL", acl.uuid, f"match={acl.match}"),
        ctx.row("nb", "Logical_Switch", switch.uuid, f"name={switch.name}"),
    ]
    if group is not None:
        has = "has the ACL, and a port on the switch"
        rows.append(ctx.row("nb", "Port_Group", group.name, has))
    return (*rows, *(one.row(ctx) for one in blamed))


def _sets(nb: Northbound, names: list[str]) -> Iterator[Blamed]:
    for name in names:
        members = nb.address_set(name)
        head, _, family = name.rpartition("_")
        if members is not None:
            n_six = sum(":" in member for member in members)
            note = f"has {len(members) - n_six} IPv4 and {n_six} IPv6 members"
            yield Blamed("Address_Set", name, note)
        elif family in ("ip4", "ip6") and nb.group(head) is not None:
            # ovn-northd makes this set of the addresses of the group's ports.
            yield Blamed("Port_Group", head, f"is what ${name} is made of")
        elif name != "svc_monitor_mac":
            yield Blamed("Address_Set", name, None)


def _group(nb: Northbound, switch: LogicalSwitch, name: str) -> Blamed:
    group = nb.group(name)
    if group is None:
        return Blamed("Port_Group", name, None)
    n_here = len(set(group.ports).intersection(switch.ports))
    return Blamed(
        "Port_Group", name, f"has {n_here} of its {len(group.ports)} ports on this switch"
    )
