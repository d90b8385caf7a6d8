"""Records of the OVN Southbound database (ovn-sb(5))."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ovntrace.model.rows import Database, Row


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Chassis:
    """A row of Chassis. `name` is the node's system-id."""

    uuid: str
    name: str
    hostname: str | None
    encaps: tuple[str, ...]
    other_config: Mapping[str, str]
    external_ids: Mapping[str, str]

    @property
    def is_remote(self) -> bool:
        """True for a chassis of another zone (other_config:is-remote)."""
        return self.other_config.get("is-remote") == "true"

    @property
    def bridge_mappings(self) -> str | None:
        """ovn-bridge-mappings as ovn-controller published it; in external_ids up to OVN 22.06
        (controller/chassis.c)."""
        key = "ovn-bridge-mappings"
        return self.other_config.get(key, self.external_ids.get(key))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PortBinding:
    """A row of Port_Binding."""

    uuid: str
    logical_port: str
    type: str
    chassis: str | None
    additional_chassis: tuple[str, ...]
    requested_chassis: str | None
    up: bool | None
    tunnel_key: int | None
    tag: int | None
    datapath: str | None
    mac: tuple[str, ...]
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Datapath:
    """A row of Datapath_Binding."""

    uuid: str
    name: str | None
    tunnel_key: int | None


def _chassis(row: Row) -> Chassis:
    return Chassis(
        uuid=row.uuid,
        name=row.text("name") or "",
        hostname=row.text("hostname"),
        encaps=row.refs("encaps"),
        other_config=row.map("other_config"),
        external_ids=row.map("external_ids"),
    )


def _binding(row: Row) -> PortBinding:
    return PortBinding(
        uuid=row.uuid,
        logical_port=row.text("logical_port") or "",
        type=row.text("type") or "",
        chassis=row.ref("chassis"),
        additional_chassis=row.refs("additional_chassis"),
        requested_chassis=row.ref("requested_chassis"),
        up=row.flag("up"),
        tunnel_key=row.number("tunnel_key"),
        tag=row.number("tag"),
        datapath=row.ref("datapath"),
        mac=row.texts("mac"),
        options=row.map("options"),
    )


class Southbound:
    """The SB of one zone. Lookups are by index; records are made when asked for."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def binding(self, logical_port: str) -> PortBinding | None:
        """The binding of that logical port."""
        rows = self.db.table("Port_Binding").by_text("logical_port", logical_port)
        return _binding(rows[0]) if rows else None

    def chassis(self, uuid: str | None) -> Chassis | None:
        """The chassis of that uuid."""
        row = self.db.table("Chassis").by_uuid(uuid)
        return _chassis(row) if row else None

    @cached_property
    def all_chassis(self) -> tuple[Chassis, ...]:
        """Every chassis, by name."""
        return tuple(
            sorted((_chassis(row) for row in self.db.table("Chassis")), key=lambda c: c.name)
        )

    def chassis_of_node(self, node: str, system_id: str | None) -> Chassis | None:
        """The node's chassis: by system-id if it is known, else by hostname."""
        table = self.db.table("Chassis")
        rows = table.by_text("name", system_id) if system_id else ()
        rows = rows or table.by_text("hostname", node)
        return _chassis(rows[0]) if rows else None

    def chassis_nb_cfg(self, chassis_name: str) -> int | None:
        """Chassis_Private.nb_cfg: the last configuration that ovn-controller has put in place."""
        rows = self.db.table("Chassis_Private").by_text("name", chassis_name)
        return rows[0].number("nb_cfg") if rows else None

    @cached_property
    def nb_cfg(self) -> int | None:
        """SB_Global.nb_cfg: the configuration that every ovn-controller should reach."""
        for row in self.db.table("SB_Global"):
            return row.number("nb_cfg")
        return None

    def datapath(self, uuid: str | None) -> Datapath | None:
        """The datapath of that uuid."""
        row = self.db.table("Datapath_Binding").by_uuid(uuid)
        if row is None:
            return None
        return Datapath(row.uuid, row.map("external_ids").get("name"), row.number("tunnel_key"))

    def encap_ips(self, chassis: Chassis) -> tuple[str, ...]:
        """Tunnel addresses of a chassis."""
        rows = (self.db.table("Encap").by_uuid(uuid) for uuid in chassis.encaps)
        return tuple(ip for row in rows if row is not None and (ip := row.text("ip")))
