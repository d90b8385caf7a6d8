"""A northbound database made by hand with two ports, for the real program to follow."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collectors.ovsdb.columns import NEEDED_COLUMNS
from tests.cli.program import real
from tests.collectors.ovsdb_peer import peer
from tests.collectors.ovsdb_teller import Teller

_TABLES = ("NB_Global", "Logical_Switch", "Logical_Switch_Port", "Port_Group", "ACL")
_SCHEMA: dict[str, Any] = {
    "tables": {
        name: {"columns": {column: {} for column in NEEDED_COLUMNS[name].split()}}
        for name in _TABLES
    }
}
PORT, OTHER = "web_front", "db_back"
_SWITCH, _UUID, _OTHER = "1" * 8, "2" * 8, "3" * 8


def refs(*uuids: str) -> list[Any]:
    """A set of references."""
    return ["set", [["uuid", uuid] for uuid in uuids]]


def switch(*acls: str) -> dict[str, Any]:
    """The row of the switch with these ACLs."""
    return {"name": "sw0", "ports": refs(_UUID, _OTHER), "acls": refs(*acls)}


def port(**more: Any) -> dict[str, Any]:
    """The row of PORT."""
    mac = "0a:00:00:00:00:01 10.0.0.1"
    empty: list[Any] = ["set", []]
    return {"name": PORT, "type": "", "addresses": mac, "up": True, "enabled": empty, **more}


def acl(name: str, match: str = "ip4", action: str = "drop") -> dict[str, Any]:
    """The row of an ACL."""
    head = {"name": name, "direction": "to-lport", "priority": 7, "tier": 0}
    return {**head, "match": match, "action": action}


class Northbound(Teller):
    """As OVN's, with changes by name."""

    def __init__(self) -> None:
        other = port(name=OTHER, addresses="0a:00:00:00:00:02 10.0.0.2")
        ports = {_UUID: port(), _OTHER: other}
        tables = {"Logical_Switch": {_SWITCH: switch()}, "Logical_Switch_Port": ports}
        super().__init__(tables, _SCHEMA)

    def set_port(self, **more: Any) -> None:
        """Other cells of the port."""
        self.update(Logical_Switch_Port={_UUID: {"new": port(**more)}})

    def remove_port(self) -> None:
        """The row is gone."""
        self.update(Logical_Switch_Port={_UUID: {"old": port()}})

    def set_acls(self, **acls: dict[str, Any]) -> None:
        """These ACLs are on the switch, and their rows are there."""
        rows = {uuid: {"new": row} for uuid, row in acls.items()}
        self.update(ACL=rows, Logical_Switch={_SWITCH: {"new": switch(*acls)}})


@contextmanager
def northbound() -> Iterator[tuple[Northbound, list[str]]]:
    """The server, and the option that names it."""
    server = Northbound()
    with peer(server) as remote:
        yield server, ["--ovsdb", f"n1:nb={remote}"]


def explain_words(way: list[str], *more: str) -> list[str]:
    """`explain --follow` of the port by the real entry point."""
    return real("explain", PORT, *way, "--follow", *more)
