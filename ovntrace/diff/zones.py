"""The rows of one zone with their owners: port groups, address sets and ACLs."""

from dataclasses import dataclass
from functools import cached_property

from ovntrace.acls.stages import stage_of
from ovntrace.diff.owners import (
    Key,
    Owned,
    fine_key,
    owner_of_acl,
    owner_of_group,
    owner_of_set,
    primary_networks,
    title_of_set,
)
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, Northbound
from ovntrace.view.types import AclView


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A port group. `key` is its owner's, made unique within the zone."""

    key: Key
    owner: Owned
    uuid: str
    name: str
    ports: tuple[str, ...]  # uuids
    acls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRow:
    """An address set."""

    key: Key
    title: str
    network: str | None
    uuid: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AclRow:
    """An ACL. `fine` are all its ids, `coarse` its owner and rule. `places` are what it is attached
    to: keys of groups, names of switches."""

    fine: Key
    coarse: Key
    owner: Owned
    view: AclView
    places: tuple[Key, ...]


class Zone:
    """One side's rows of one zone, each made once."""

    def __init__(self, node: str, nb: Northbound, kube: Kube) -> None:
        self.node = node
        self.nb = nb
        self._kube = kube

    @cached_property
    def identity(self) -> frozenset[str]:
        """The same for nodes that share a database (without interconnect all do)."""
        return frozenset(switch.uuid for switch in self.nb.switches)

    @cached_property
    def _primary(self) -> frozenset[str]:
        return primary_networks(self.nb)

    @cached_property
    def groups(self) -> dict[Key, GroupRow]:
        """Port groups by key."""
        found: dict[Key, GroupRow] = {}
        for row in self.nb.db.table("Port_Group"):
            name, acls = row.text("name") or "", row.refs("acls")
            records = [acl for uuid in acls if (acl := self.nb.acl(uuid)) is not None]
            owner = owner_of_group(name, row.map("external_ids"), records, self._primary)
            key = owner.key if owner.key not in found else (*owner.key, name)
            found[key] = GroupRow(key, owner, row.uuid, name, row.refs("ports"), acls)
        return found

    @cached_property
    def sets(self) -> dict[Key, SetRow]:
        """Address sets by key."""
        found: dict[Key, SetRow] = {}
        for row in self.nb.db.table("Address_Set"):
            name, ids = row.text("name") or "", row.map("external_ids")
            owner = owner_of_set(name, ids)
            key = owner.key if owner.key not in found else (*owner.key, name)
            title, addresses = title_of_set(name, ids), row.texts("addresses")
            found[key] = SetRow(key, title, owner.network, row.uuid, name, addresses)
        return found

    @cached_property
    def _places(self) -> dict[str, list[tuple[Key, str]]]:
        """Where each ACL is attached: (key, in words), by uuid."""
        found: dict[str, list[tuple[Key, str]]] = {}
        for switch in self.nb.switches:
            for uuid in switch.acls:
                place = (("switch", switch.name), f"switch {switch.name}")
                found.setdefault(uuid, []).append(place)
        for group in self.groups.values():
            for uuid in group.acls:
                found.setdefault(uuid, []).append((group.key, f"port group {group.name}"))
        return found

    @cached_property
    def acls(self) -> tuple[AclRow, ...]:
        """All ACLs, in the table's order."""
        found = (self.nb.acl(row.uuid) for row in self.nb.db.table("ACL"))
        return tuple(self._acl(acl) for acl in found if acl is not None)

    def _acl(self, acl: Acl) -> AclRow:
        owner = owner_of_acl(acl, self._primary, self._kube)
        places = sorted(self._places.get(acl.uuid, ()))
        view = AclView(
            uuid=acl.uuid,
            name=acl.name,
            direction=acl.direction,
            tier=acl.tier,
            priority=acl.priority,
            match=acl.match,
            action=acl.action,
            stage=stage_of(acl, has_tiers=self.nb.has_tiers),
            policy=owner.policy,
            attached_to=", ".join(words for _, words in places) or "nothing",
        )
        keys = tuple(key for key, _ in places)
        return AclRow(fine_key(acl.external_ids), owner.key, owner, view, keys)
