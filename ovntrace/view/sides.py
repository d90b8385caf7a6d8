"""The logical ports of a VM's launchers, each looked up in the database of its own node's zone.

With interconnect a localnet port is only in the NB of its own node; a layer2 port is in every
zone's, as type `remote` outside of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.policy.naming import logical_port_name
from ovntrace.view.attach import network_of_wish
from ovntrace.view.attachments import Wish, wishes_of
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import cell
from ovntrace.view.launchers import Place
from ovntrace.view.subject import Subject
from ovntrace.view.types import Evidence, SidePort

# Where OVN-Kubernetes enables one side at a time (ovn/base_network_controller_user_defined.go);
# elsewhere each launcher has addresses of its own, or a route.
_IN_TURN = ("localnet", "layer2")


@dataclass(frozen=True, slots=True)
class Seen:
    """One launcher's port of one network. `ctx` is of the node in whose zone it was looked up;
    `port` is None if it is not there, or (without `known`) if nobody could look."""

    ctx: Context
    nad: str
    network: str
    topology: str
    lsp: str
    known: bool
    port: LogicalSwitchPort | None
    asked_mac: str | None  # what the pod's annotations say

    @property
    def takes_turns(self) -> bool:
        """True on networks on which only one side may be enabled."""
        return self.topology in _IN_TURN

    @property
    def is_on(self) -> bool:
        """There and enabled; an empty column is."""
        return self.port is not None and self.port.enabled is not False

    @property
    def is_off(self) -> bool:
        """There and disabled."""
        return self.port is not None and self.port.enabled is False

    @property
    def macs(self) -> frozenset[str]:
        """MACs of the port; where it has none (a disabled one's are cleared), the annotation's."""
        own = self.port.macs if self.port else ()
        return frozenset(own or ((self.asked_mac,) if self.asked_mac else ()))

    def row(self) -> Evidence:
        """The port's row, with what matters of it; or that there is none."""
        if self.port is None:
            return self.ctx.absent("nb", "Logical_Switch_Port", f"name={self.lsp}")
        note = f"enabled={cell(self.port.enabled)} addresses={list(self.port.addresses)}"
        return self.ctx.row("nb", "Logical_Switch_Port", self.lsp, note)

    def record(self) -> SidePort:
        """As the view shows it."""
        port = self.port
        exists = port is not None if self.known else None
        return SidePort(
            nad=self.nad,
            network=self.network,
            lsp=self.lsp,
            exists=exists,
            enabled=self.is_on if port else None,
            addresses=port.addresses if port else None,
            up=port.up if port else None,
            chassis=_chassis(self.ctx, self.lsp) if port else None,
        )


def ports_of(ctx: Context, namespace: str, place: Place, networks: Sequence[Wish]) -> list[Seen]:
    """The launcher's ports of some networks (another launcher's, of the same VM, tells which)."""
    if place.pod is None:
        return []
    own = {wish.nad_key: wish for wish in _wishes(ctx, namespace, place)}
    return [
        _seen(ctx, namespace, place, own.get(wish.nad_key, wish), asked=wish.nad_key in own)
        for wish in networks
    ]


def networks_of(ctx: Context, namespace: str, places: Sequence[Place]) -> tuple[Wish, ...]:
    """The networks of a VM that OVN serves, as its launchers' annotations ask for them."""
    found: dict[str, Wish] = {}
    for place in places:
        for wish in _wishes(ctx, namespace, place):
            config = wish.config
            if config is None or not config.type or config.is_overlay:
                found.setdefault(wish.nad_key, wish)
    return tuple(found.values())


def _wishes(ctx: Context, namespace: str, place: Place) -> tuple[Wish, ...]:
    if place.item is None:
        return ()
    subject = Subject("pod", namespace, place.pod or "", place.node, place.pod)
    return wishes_of(ctx.snapshot, subject, None)


def _seen(ctx: Context, namespace: str, place: Place, wish: Wish, *, asked: bool) -> Seen:
    lsp = logical_port_name(wish.nad_key, namespace, place.pod or "")
    node, nb = _where(ctx, place.node, lsp)
    port = nb.port(lsp) if nb else None
    switch = nb.switch_of(port.uuid) if nb and port else None
    network, topology = network_of_wish(wish, port, switch, None)
    known = port is not None or (nb is not None and _is_whole(nb))
    return Seen(
        Context(ctx.snapshot, node, None),
        wish.nad,
        network,
        topology,
        lsp,
        known,
        port,
        wish.mac if asked else None,
    )


def _is_whole(nb: Northbound) -> bool:
    table = "Logical_Switch_Port"
    return nb.db.has(table) and not nb.db.is_in_part(table)


def _where(ctx: Context, node: str | None, lsp: str) -> tuple[str, Northbound | None]:
    """The database of the port's own node; where it was not read, another one that has the port."""
    all_nb = ctx.snapshot.nb
    if node is not None and node in all_nb:
        return node, all_nb[node]
    others = [name for name in sorted(all_nb) if all_nb[name].port(lsp) is not None]
    return (others[0], all_nb[others[0]]) if others else (node or "", None)


def _chassis(ctx: Context, lsp: str) -> str | None:
    binding = ctx.sb.binding(lsp) if ctx.sb else None
    row = ctx.sb.chassis(binding.chassis) if ctx.sb and binding else None
    return (row.hostname or row.name) if row else None
