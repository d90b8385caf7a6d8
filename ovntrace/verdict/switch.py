"""A switch as its ACLs see it: which there are, which are in force, and which concern a port."""

from collections.abc import Iterable
from functools import cache, cached_property
from typing import Final

from ovntrace.acls.owners import owners_of
from ovntrace.acls.stages import STAGES, stage_by
from ovntrace.acls.texts import AclTexts, acl_texts
from ovntrace.match import (
    Expr,
    MatchError,
    Packet,
    SymbolTable,
    Version,
    as_installed,
    hint_of,
    parse,
    symbols_of,
    truth,
)
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.model.rows import Row
from ovntrace.verdict.balancing import Vips
from ovntrace.verdict.candidates import Candidates
from ovntrace.verdict.compiling import Compiler
from ovntrace.verdict.macs import mac_number
from ovntrace.verdict.names import SwitchNames
from ovntrace.verdict.ports import SwitchPorts
from ovntrace.verdict.portsec import Element, elements_of
from ovntrace.verdict.switchacl import SwitchAcl

_NEEDED: Final = ("ACL", "Port_Group", "Logical_Switch", "Logical_Switch_Port")
_TIERS_SINCE: Final = Version(23, 6)


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
        self._owners = owners_of(nb, switch)

    @cached_property
    def table(self) -> SymbolTable:
        """The symbols of this OVN's matches."""
        return symbols_of(self.version)

    @property
    def has_acls(self) -> bool:
        """True if the switch has any ACL, in force or not."""
        return self._owners.has_acls

    @cached_property
    def acls(self) -> tuple[SwitchAcl, ...]:
        """All ACLs of the switch, each once. Records are made of all of them."""
        rows = map(self.nb.db.table("ACL").by_uuid, self._owners.uuids)
        return self._records(row for row in rows if row is not None)

    def _records(self, rows: Iterable[Row]) -> tuple[SwitchAcl, ...]:
        """Those of the ACLs that are the switch's."""
        records = map(self._record, rows)
        return tuple(record for record in records if record is not None)

    def _record(self, row: Row) -> SwitchAcl | None:
        uuid = row.uuid
        known = self._made.get(uuid)
        if known is not None:
            return known
        is_here, owner = self._owners.owner(row)
        if not is_here:
            return None
        acl = self.nb.acl_of_row(row)
        rank = acl.tier, -acl.priority, uuid
        stage = stage_by(acl.direction, acl.options)
        brought_by = None if owner is None else self.nb.group_of_row(owner)
        known = self._made[uuid] = SwitchAcl(acl, brought_by, stage, rank)
        return known

    @cached_property
    def unread(self) -> str | None:
        """A table of which not all rows were read, and that verdicts need."""
        return next((name for name in _NEEDED if self.nb.db.is_in_part(name)), None)

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
                stage = stage_by(row.text("direction") or "", row.map("options"))
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

    def hint_holds(self, action: str, packet: Packet) -> bool | None:
        """Whether what northd puts before the match of an ACL with this action holds."""
        hint = hint_of(action) if self.is_stateful else None
        return True if hint is None else truth(_predicate(hint, self.table), packet)

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

    @cached_property
    def candidates(self) -> Candidates:
        """Its ACLs by the ports that they can concern."""
        row = self.nb.db.table("ACL").row
        return Candidates(
            self.nb, self._texts, self._compiler, lambda place: self._record(row(place))
        )


@cache
def _predicate(text: str, table: SymbolTable) -> Expr:
    return parse(text, table)
