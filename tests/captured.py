"""The captures as snapshots, and their raw tables for tests that join on their own."""

import functools
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.gather import gather
from collectors.snapshot import make_snapshot
from ovntrace.model.capture import Target
from ovntrace.model.snapshot import Snapshot

FOLDER = Path(__file__).parent / "captures"
NAMES = tuple(sorted(path.name.removesuffix(".tar.gz") for path in FOLDER.glob("*.tar.gz")))
NOW = 1_800_000_000.0
_LISTS = ("pods", "virtualmachines", "virtualmachineinstances", "network-attachment-definitions")
_POLICIES = ("multi-networkpolicies", "networkpolicies", "events", "nodes", "namespaces")
_RARE = ("adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls")
_DATABASES = ("nb", "sb", "ovs")

Raw = Mapping[str, Any]


def whole_snapshot(path: Path) -> Snapshot:
    """Everything of a dump: all lists, and the databases of every node."""
    dump = Dump(path)
    lists = (name for name in (*_LISTS, *_POLICIES, *_RARE) if name != "events")
    wants: list[tuple[Target, Artefact]] = [(Target(), BY_NAME[name]) for name in lists]
    wants += [(Target(node=node), BY_NAME[name]) for node in dump.nodes() for name in _DATABASES]
    results = gather(dump, wants, timeout_s=10)
    return make_snapshot(results, source_kind=dump.kind, place=dump.place)


@functools.cache
def snapshot(name: str) -> Snapshot:
    """A capture as a snapshot."""
    return whole_snapshot(FOLDER / f"{name}.tar.gz")


@functools.cache
def raw(name: str) -> Mapping[str, Raw]:
    """A capture's files by path below its folder, parsed as JSON and nothing more."""
    found = {}
    with tarfile.open(FOLDER / f"{name}.tar.gz") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None
            found[member.name.partition("/")[2]] = json.load(stream)
    return found


def raw_rows(name: str, node: str, table: str) -> list[Raw]:
    """Rows of a table (`nbctl/ACL`) as column -> value, with sets and maps undone by hand."""
    document = raw(name)[f"{node}/{table}.json"]
    return [
        {key: _plain(cell) for key, cell in zip(document["headings"], row, strict=True)}
        for row in document["data"]
    ]


def _plain(cell: Any) -> Any:
    if isinstance(cell, list) and len(cell) == 2:
        kind, value = cell
        if kind == "uuid":
            return value
        if kind == "set":
            return [_plain(item) for item in value]
        if kind == "map":
            return {key: _plain(item) for key, item in value}
    return cell


def as_list(value: Any) -> list[Any]:
    """A set column: one element is printed without its set."""
    return value if isinstance(value, list) else [value]
