"""Database files made by hand, record by record."""

import json
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

Json = Any

TEXT_MAP: Json = {"key": "string", "value": "string", "min": 0, "max": "unlimited"}
SCHEMA: Json = {
    "name": "Lab",
    "version": "1.0.0",
    "tables": {
        "Port": {
            "columns": {
                "name": {"type": "string"},
                "up": {"type": {"key": "boolean", "min": 0}},
                "tag": {"type": {"key": "integer", "min": 0}},
                "external_ids": {"type": TEXT_MAP},
                "status": {"type": TEXT_MAP, "ephemeral": True},
            }
        },
        "Port_Group": {
            "columns": {
                "name": {"type": "string"},
                "ports": {
                    "type": {
                        "key": {"type": "uuid", "refTable": "Port", "refType": "weak"},
                        "min": 0,
                        "max": "unlimited",
                    }
                },
            }
        },
    },
}
BEGAN_MS = 1_795_000_000_000


def uuid(number: int) -> str:
    """The uuid of that number."""
    return f"00000000-0000-4000-8000-{number:012x}"


def ref(number: int) -> Json:
    """A reference to it."""
    return ["uuid", uuid(number)]


def framed(body: bytes, magic: str = "JSON") -> bytes:
    """A record of whatever bytes."""
    return f"OVSDB {magic} {len(body)} {sha1(body).hexdigest()}\n".encode() + body


def record(value: Json, magic: str = "JSON") -> bytes:
    """A record as ovsdb-server writes it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"
    return framed(text.encode("utf-8", "surrogatepass"), magic)


def change(seconds: float, comment: str = "", *, diff: bool = True, **tables: Json) -> Json:
    """A transaction, so many seconds after the beginning; tables by name, rows by number."""
    rows = {
        table: {uuid(number): row for number, row in changes.items()}
        for table, changes in tables.items()
    }
    told: Json = {"_date": BEGAN_MS + int(seconds * 1000)}
    if diff:
        told["_is_diff"] = True
    if comment:
        told["_comment"] = comment
    return {**told, **rows}


def standalone(*transactions: Json, schema: Json = SCHEMA) -> bytes:
    """A standalone file."""
    return b"".join(record(one) for one in (schema, *transactions))


def clustered(snapshot: Json, *records: Json, schema: Json = SCHEMA) -> bytes:
    """A clustered file: its snapshot is up to index 1."""
    header = {
        "prev_eid": uuid(900),
        "cluster_id": uuid(901),
        "name": "Lab",
        "prev_term": 1,
        "prev_data": [schema, snapshot],
        "prev_servers": {uuid(902): "unix:x"},
        "prev_index": 1,
        "server_id": uuid(902),
        "local_address": "unix:x",
    }
    return b"".join(record(one, "CLUSTER") for one in (header, *records))


def entry(index: int, transaction: Json, schema: Json = None) -> Json:
    """An entry of a cluster's log."""
    return {"term": 1, "index": index, "eid": uuid(800 + index), "data": [schema, transaction]}


def offsets(data: bytes) -> Sequence[int]:
    """Where records begin, and the end."""
    found, at = [0], 0
    while at < len(data):
        header = data[at : data.index(b"\n", at)]
        at += len(header) + 1 + int(header.split()[2])
        found.append(at)
    return found
