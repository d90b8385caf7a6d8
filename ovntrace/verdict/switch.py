"""A switch as its ACLs see it: which there are, which are in force, and which concern a port."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from typing import Final

from ovntrace.match import (
    Expr,
    MatchError,
    Packet,
    SymbolTable,
    Version,
    as_installed,
    parse,
    symbols_of,
    truth,
)
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup
from ovntrace.model.rows import Row
from ovntrace.verdict.acltexts import ANYWHERE, FIELDS, AclTexts, Key, acl_texts
from ovntrace.verdict.balancing import Vips
from ovntrace.verdict.compiling import Compiler
from ovntrace.verdict.guards import Guard, guards_of
from ovntrace.verdict.macs import mac_number
from ovntrace.verdict.names import SwitchNames
from ovntrace.verdict.owners import Owners
from ovntrace.verdict.ports import SwitchPorts
from ovntrace.verdict.portsec import Element, elements_of
from ovntrace.view.acls import STAGES, stage_of

_TIERS_SINCE: Final = Version(23, 6)
_RANK: Final = attrgetter("rank")


@dataclass(frozen=True, slots=True, eq=False)
class SwitchAcl:
    """An ACL on a switch, and the group that brought it (None: the switch itself). `stage` is one
    of STAGES, whatever the version calls it. In a stage the ACLs go by `rank`: tiers upward, in a
    tier the highest priority first, ties by uuid."""

    acl: Acl
    group: PortGroup | None
    stage: str
    rank: tuple[int, int, str]
    guards: tuple[Guard, ...] = ()


class SwitchModel:
    """One switch of one zone. Matches are parsed once for each ACL, when they are asked for."""

    def __init__(self, nb: Northbound, switch: LogicalSwitch, version: Version) -> None:
        self.nb = nb
        self.switch = switch
        self.version = version
        self.switch_ports = SwitchPorts(nb, switch)
        self._compiled: dict[str, Expr | MatchError] = {}
        self._bare: dict[str, Expr | MatchError] = {}
        self._security: dict[str, tuple[Element, ...]] = {}
        self._made: dict[str, SwitchAcl] = {}
        self._buckets: dict[Key, dict[str, tuple[SwitchAcl, ...]]] = {}
        self._names_by_port: dict[str, tuple[str, ...]] = {}
        self._owners = Owners(nb, switch)
        self._chosen: dict[tuple[str, str, str], tuple[SwitchAcl, ...]] = {}

    @cached_property
    def table(self) -> SymbolTable:
        """The symbols of this OVN's matches."""
        return symbols_of(self.version)

    @cached_property
    def zeros(self) -> dict[str, int]:
        """All numeric fields of a packet that has none of them. Where a port's number is stored
        it depends on the port's name and is left out."""
        named = {"__inport", "__outport"}
        return {one.storage: 0 for one in self.table if one.width and one.storage not in named}

    @property
    def has_acls(self) -> bool:
        """True if the switch has any ACL, in force or not."""
        return self._owners.has_acls

    @cached_property
    def acls(self) -> tuple[SwitchAcl, ...]:
        """All ACLs of the switch, each once. Records are made of all of them."""
        rows = map(self.nb.db.table("ACL").by_uuid, self._owners.uuids)
        return self._records(row for row in rows if row is not None)

    def _records(self, rows: Iterable[Row], group: str = "") -> tuple[SwitchAcl, ...]:
        """Those of the ACLs that are the switch's. `group` is one that most of them are of."""
        records = (self._record(row, group) for row in rows)
        return tuple(record for record in records if record is not None)

    def _record(self, row: Row, group: str) -> SwitchAcl | None:
        uuid = row.uuid
        known = self._made.get(uuid)
        if known is not None:
            return known
        is_here, owner = self._owners.owner(row, group)
        if not is_here:
            return None
        acl = self.nb.acl_of_row(row)
        guards = guards_of(acl.match, self.table)
        rank = acl.tier, -acl.priority, uuid
        stage = stage_of(acl, has_tiers=False)
        brought_by = None if owner is None else self.nb.group_of_row(owner)
        known = self._made[uuid] = SwitchAcl(acl, brought_by, stage, rank, guards)
        return known

    @cached_property
    def is_stateful(self) -> bool:
        """True if IP packets of all ports go through conntrack: one allow-related ACL anywhere on
        the switch, or a load balancer with VIPs (northd/en-ls-stateful.c)."""
        return self.has_stateful_acl or self.has_vips

    @cached_property
    def has_vips(self) -> bool:
        """True if a load balancer of the switch has virtual addresses."""
        return self.nb.has_vips(self.switch)

    @cached_property
    def vips(self) -> Vips:
        """The virtual addresses of the switch's load balancers."""
        return Vips(self.nb, self.switch)

    @cached_property
    def monitor_mac(self) -> int | None:
        """The MAC of load balancers' health checks (NB_Global.options:svc_monitor_mac)."""
        return mac_number(self.nb.options.get("svc_monitor_mac", ""))

    def stage_name(self, stage: str) -> str:
        """One of STAGES as this version names it: since there are tiers, ACLs are evaluated in one
        stage and acted upon in another."""
        return f"{stage}_eval" if self.has_tiers else stage

    @property
    def has_tiers(self) -> bool:
        """True if this version's ACLs have tiers."""
        return self.version >= _TIERS_SINCE

    @cached_property
    def has_stateful_acl(self) -> bool:
        """True if any ACL of the switch is allow-related, in whichever direction."""
        return self._owners.has_any(self._texts.with_action("allow-related"))

    def top_tier(self, stage: str) -> int:
        """The highest tier that any ACL of a stage is in: all up to it are gone through."""
        return self._top_tiers[stage]

    @cached_property
    def _top_tiers(self) -> dict[str, int]:
        tops = dict.fromkeys(STAGES, 0)
        by_uuid = self.nb.db.table("ACL").by_uuid
        for uuid in self._owners.uuids if self.has_tiers else ():
            row = by_uuid(uuid)
            tier = None if row is None else row.number("tier")
            if row is not None and tier:
                stage = stage_of(self.nb.acl_of_row(row), has_tiers=False)
                tops[stage] = max(tops[stage], tier)
        return tops

    @cached_property
    def drops_by_default(self) -> bool:
        """NB_Global.options:default_acl_drop, which holds only on switches with ACLs."""
        return self.has_acls and self.asks_default_drop

    @cached_property
    def asks_default_drop(self) -> bool:
        """NB_Global.options:default_acl_drop itself."""
        return self.nb.options.get("default_acl_drop") == "true"

    @cached_property
    def drops_invalid(self) -> bool:
        """False if NB_Global.options:use_ct_inv_match says so."""
        return self.nb.options.get("use_ct_inv_match") != "false"

    @property
    def ports(self) -> tuple[LogicalSwitchPort, ...]:
        """The switch's ports, by name."""
        return self.switch_ports.all

    def security_of(self, port: LogicalSwitchPort) -> tuple[Element, ...]:
        """The port's port security, parsed once."""
        known = self._security.get(port.uuid)
        if known is None:
            known = self._security[port.uuid] = elements_of(port.port_security)
        return known

    def predicate(self, text: str, packet: Packet) -> bool:
        """Whether a constant expression of ours holds for a packet; unknown counts as false."""
        return bool(truth(_predicate(text, self.table), packet))

    def compiled(self, acl: Acl) -> Expr | MatchError:
        """The match as it is installed here, or why it is not."""
        known = self._compiled.get(acl.uuid)
        if known is None:
            text = as_installed(acl.match, acl.action, self.version, stateful=self.is_stateful)
            known = self._compiled[acl.uuid] = self._compiler.compile(text)
        return known

    def compiled_bare(self, acl: Acl) -> Expr | MatchError:
        """The match alone, as it is installed where conntrack is decided on."""
        known = self._bare.get(acl.uuid)
        if known is None:
            known = self._bare[acl.uuid] = self._compiler.compile(acl.match)
        return known

    @cached_property
    def _compiler(self) -> Compiler:
        return Compiler(self.table, SwitchNames(self.nb, self.switch))

    @cached_property
    def stateless(self) -> dict[str, tuple[SwitchAcl, ...]]:
        """allow-stateless ACLs by direction: what they match skips conntrack in it."""
        acls = self._records(self._texts.with_action("allow-stateless"))
        return {
            direction: tuple(one for one in acls if one.acl.direction == direction)
            for direction in ("from-lport", "to-lport")
        }

    @cached_property
    def _texts(self) -> AclTexts:
        return acl_texts(self.nb)

    def _bucket(self, key: Key, stage: str) -> tuple[SwitchAcl, ...]:
        """ACLs of a stage that can't hold but for a port or group."""
        known = self._buckets.get(key)
        if known is None:
            group = key[1].removeprefix("@") if key[1].startswith("@") else ""
            found = self._records(self._texts.concerning(key), group)
            known = {one: _ranked(acl for acl in found if acl.stage == one) for one in STAGES}
            self._buckets[key] = known
        return known[stage]

    def concerning(
        self, stage: str, inport: LogicalSwitchPort, outport: LogicalSwitchPort | None
    ) -> Sequence[SwitchAcl]:
        """ACLs of a stage that can match a packet between two ports, by rank."""
        found = self._concerning_one(stage, "inport", inport)
        if outport is None:
            return found
        others = self._concerning_one(stage, "outport", outport)
        if not found or not others:
            return found or others
        return _ranked((*found, *others))

    def _concerning_one(
        self, stage: str, field: str, port: LogicalSwitchPort
    ) -> tuple[SwitchAcl, ...]:
        """Those that a port as the inport or the outport lets match; ACLs that concern every port
        count as the inport's."""
        place = (stage, field, port.uuid)
        chosen = self._chosen.get(place)
        if chosen is None:
            keys = [(field, name) for name in self._names_of(port)]
            if field == FIELDS[0]:
                keys.append(ANYWHERE)
            found = [one for key in keys for one in self._bucket(key, stage)]
            chosen = self._chosen[place] = _ranked(found)
        return chosen

    def _names_of(self, port: LogicalSwitchPort) -> tuple[str, ...]:
        known = self._names_by_port.get(port.uuid)
        if known is None:
            groups = self.nb.db.table("Port_Group").by_ref("ports", port.uuid)
            known = (f'"{port.name}"', *(f"@{row.text('name')}" for row in groups))
            self._names_by_port[port.uuid] = known
        return known


def _ranked(acls: Iterable[SwitchAcl]) -> tuple[SwitchAcl, ...]:
    """Each once, by rank. What comes as a few sequences that are sorted costs little."""
    return tuple(dict.fromkeys(sorted(acls, key=_RANK)))


@cache
def _predicate(text: str, table: SymbolTable) -> Expr:
    return parse(text, table)
