"""Stand-ins for the uuids that `show` does not print, and keys by which rows are known instead."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

_MARK: Final = "00000000-0000-8"
"""No uuid of OVSDB begins like that: those are random, version 4 of RFC 9562; this is version 8."""

_KEYS: Final[Mapping[str, str]] = {
    "Logical_Switch": "name",
    "Logical_Switch_Port": "name",
    "Logical_Router": "name",
    "Logical_Router_Port": "name",
    "Port_Group": "name",
    "Address_Set": "name",
    "Chassis": "name",
    "Port_Binding": "logical_port",
    "Bridge": "name",
    "Port": "name",
    "Interface": "name",
    "Controller": "target",
    "Manager": "target",
}


def derived_uuid(database: str, table: str, key: str) -> str:
    """A uuid made of what is known of the row: always the same, and never a real one."""
    digest = hashlib.sha256(
        "\0".join((database, table, key)).encode("utf-8", "replace")
    ).hexdigest()
    return f"{_MARK}{digest[:3]}-8{digest[3:6]}-{digest[6:18]}"


def is_derived(uuid: str) -> bool:
    """Was it made by `derived_uuid`?"""
    return uuid.startswith(_MARK)


def key_of(table: str, cells: Mapping[str, Any]) -> str | None:
    """The name that a row of that table is known by, if it is printed."""
    column = _KEYS.get(table)
    key = cells.get(column) if column else None
    return key if isinstance(key, str) and key else None
