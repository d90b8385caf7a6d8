"""Database files made of the captures' tables: a schema, and one transaction with all rows."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SCHEMAS = {"nb": "OVN_Northbound", "sb": "OVN_Southbound", "ovs": "Open_vSwitch"}
# Columns that ovsdb-server keeps in memory only (vswitch.ovsschema, "ephemeral").
EPHEMERAL = {
    "Open_vSwitch": ("statistics",),
    "Interface": (
        "admin_state",
        "duplex",
        "ifindex",
        "link_resets",
        "link_speed",
        "link_state",
        "mac_in_use",
        "mtu",
        "statistics",
        "status",
    ),
    "Port": ("statistics", "status", "rstp_statistics", "rstp_status"),
    "Bridge": ("status", "rstp_status"),
}
Document = Mapping[str, Any]


def record(value: Any, magic: str = "JSON") -> bytes:
    """One record of the log."""
    data = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    digest = hashlib.sha1(data).hexdigest()
    return f"OVSDB {magic} {len(data)} {digest}\n".encode() + data


def database_file(artefact: str, tables: Mapping[str, Document]) -> bytes:
    """The file of a standalone database with these tables."""
    rows = {name: _rows(name, table) for name, table in tables.items()}
    return record(_schema(artefact, tables)) + record({"_date": 1_700_000_000_000, **rows})


def clustered_file(artefact: str, tables: Mapping[str, Document]) -> bytes:
    """The file of a raft server that has just taken a snapshot."""
    rows = {name: _rows(name, table) for name, table in tables.items()}
    header = {
        "cluster_id": "5a2b1c3d-0000-4000-8000-000000000001",
        "local_address": "ssl:10.0.0.1:9643",
        "name": SCHEMAS[artefact],
        "prev_data": [_schema(artefact, tables), rows],
        "prev_eid": "5a2b1c3d-0000-4000-8000-000000000002",
        "prev_index": 2,
        "prev_servers": {"5a2b1c3d-0000-4000-8000-000000000003": "ssl:10.0.0.1:9643"},
        "prev_term": 1,
        "server_id": "5a2b1c3d-0000-4000-8000-000000000003",
    }
    return record(header, "CLUSTER") + record({"term": 1, "vote": header["server_id"]}, "CLUSTER")


def _schema(artefact: str, tables: Mapping[str, Document]) -> Any:
    return {
        "cksum": "1 2",
        "name": SCHEMAS[artefact],
        "tables": {name: {"columns": _columns(name, table)} for name, table in tables.items()},
        "version": "7.0.0",
    }


def _columns(name: str, table: Document) -> dict[str, Any]:
    cells: dict[str, list[Any]] = {column: [] for column in table["headings"]}
    for row in table["data"]:
        for column, cell in zip(table["headings"], row, strict=True):
            cells[column].append(cell)
    kept = {}
    for column, values in cells.items():
        if column == "_uuid":
            continue
        kept[column] = {"type": _type(values)}
        if column in EPHEMERAL.get(name, ()):
            kept[column]["ephemeral"] = True
    return kept


def _type(values: list[Any]) -> Any:
    kinds = {value[0] for value in values if isinstance(value, list)}
    if "map" in kinds:
        pairs = [pair for value in values if value[0] == "map" for pair in value[1]]
        key = _atom(pairs[0][0]) if pairs else "string"
        item = _atom(pairs[0][1]) if pairs else "string"
        return {"key": key, "value": item, "min": 0, "max": "unlimited"}
    atom = next((_atom(value) for value in values if _atom(value)), "string")
    return {"key": atom, "min": 0, "max": "unlimited"} if "set" in kinds else {"key": atom}


def _atom(value: Any) -> str | None:
    if isinstance(value, list) and value[0] == "set":
        return _atom(value[1][0]) if value[1] else None
    if isinstance(value, list):
        return "uuid"
    if isinstance(value, bool):
        return "boolean"
    return {int: "integer", float: "real"}.get(type(value), "string")


def _rows(name: str, table: Document) -> dict[str, Any]:
    dropped = EPHEMERAL.get(name, ())
    rows = {}
    for row in table["data"]:
        cells = dict(zip(table["headings"], row, strict=True))
        uuid = cells.pop("_uuid")[1]
        rows[uuid] = {column: cell for column, cell in cells.items() if column not in dropped}
    return rows
