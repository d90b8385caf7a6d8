"""Captures become a Snapshot: each artefact by its parser, each failure a Missing."""

import gc
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from collectors.artifacts import BY_NAME, NEEDED_TABLES, Where
from collectors.parse.ip_json import parse_ip_json
from collectors.parse.ip_netns import parse_ip_netns
from collectors.parse.ip_text import parse_ip_text
from collectors.parse.kube_list import parse_kube_list
from collectors.parse.tables import parse_tables
from ovntrace.model.capture import Capture, Missing, Reason
from ovntrace.model.kube import Kube
from ovntrace.model.links import Links
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.rows import Database
from ovntrace.model.snapshot import Origin, Snapshot, Vswitchd
from ovntrace.model.southbound import Southbound

_FILE_STARTS = (b"OVSDB ", b"\x1f\x8b")  # plain, and packed with gzip
_DATABASES = {"nb": Northbound, "sb": Southbound, "ovs": OpenVswitch}


@dataclass(frozen=True, slots=True)
class _Bad:
    """A part of a database that could not be read."""

    detail: str
    truncated: bool


_Parsed = tuple[Any, list[_Bad]]  # the database's records (None: it is none), and what is wrong


class Known:
    """Databases that were parsed already, by what they were parsed from: central ones are the same
    bytes for each node. The bytes themselves are not kept."""

    def __init__(self, artefacts: Iterable[str]) -> None:
        """`artefacts` are the names of all that will come, each as often as it does."""
        self._several = {name for name, count in Counter(artefacts).items() if count > 1}
        self._parsed: dict[tuple[str, bytes], _Parsed] = {}

    def parsed(self, capture: Capture, parse: Callable[[], _Parsed]) -> _Parsed:
        """What `parse` makes of the capture, or has made of the same bytes before."""
        if capture.artefact not in self._several:
            return parse()
        import hashlib  # 3 ms that a question to one node need not pay

        key = capture.artefact, hashlib.sha256(capture.data).digest()
        if key not in self._parsed:
            self._parsed[key] = parse()
        return self._parsed[key]


@dataclass
class _Draft:
    known: Known
    databases: dict[str, dict[str, Any]] = field(default_factory=dict)
    vswitchd: dict[str, Vswitchd] = field(default_factory=dict)
    node_links: dict[str, Links] = field(default_factory=dict)
    node_netns: dict[str, Mapping[int, str]] = field(default_factory=dict)
    pod_links: dict[tuple[str, str], Links] = field(default_factory=dict)
    lists: dict[str, list[Any]] = field(default_factory=dict)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Python would look for cyclic garbage in all rows again and again while they are built."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def make_snapshot(
    results: Iterable[Capture | Missing],
    *,
    source_kind: str,
    place: str,
    known: Known | None = None,
) -> Snapshot:
    """A Snapshot of what a collector brought. Never raises for what came from outside.

    `known` is remembered between calls that each get a part of it.
    """
    if known is None:
        results = list(results)
        known = Known(result.artefact for result in results)
    draft = _Draft(known)
    with no_garbage_collection():
        for result in results:
            if isinstance(result, Missing):
                _take_missing(draft, result)
            else:
                _take(draft, result)
    return Snapshot(
        source_kind=source_kind,
        place=place,
        kube=Kube(draft.lists),
        nb=draft.databases.get("nb", {}),
        sb=draft.databases.get("sb", {}),
        ovs=draft.databases.get("ovs", {}),
        vswitchd=draft.vswitchd,
        node_links=draft.node_links,
        node_netns=draft.node_netns,
        pod_links=draft.pod_links,
        origins=draft.origins,
        missing=tuple(draft.missing),
    )


def _take_missing(draft: _Draft, missing: Missing) -> None:
    artefact = BY_NAME.get(missing.artefact)
    optional = artefact is not None and artefact.optional
    if optional and missing.reason is Reason.ABSENT and missing.origin.startswith("GET "):
        # The API was asked and does not know the kind, so it has no objects: nothing is missing.
        # So it is too in a dump whose manifest tells it.
        draft.lists.setdefault(missing.artefact, [])
    else:
        draft.missing.append(missing)


def _take(draft: _Draft, capture: Capture) -> None:
    artefact = BY_NAME.get(capture.artefact)
    if artefact is None:
        return
    place = str(capture.target)
    draft.origins[capture.artefact, place] = _origin(capture)
    if artefact.where is Where.API:
        _take_list(draft, capture)
    elif capture.artefact in _DATABASES:
        _take_database(draft, capture, artefact.tables)
    elif capture.artefact == "ovs-vswitchd":
        draft.vswitchd[capture.target.node] = _vswitchd(capture)
    elif capture.artefact == "node-netns":
        _take_netns(draft, capture)
    elif capture.artefact in ("node-links", "pod-links", "pod-links-text"):
        _take_links(draft, capture)


def _vswitchd(capture: Capture) -> Vswitchd:
    """The probe's answer. That nobody answered it is an answer too, not a gap."""
    if capture.exit_code == 0:
        return Vswitchd(True)
    said = capture.stderr.strip().splitlines()
    return Vswitchd(False, said[-1] if said else f"exit code {capture.exit_code}")


def _take_list(draft: _Draft, capture: Capture) -> None:
    items = parse_kube_list(capture.data)
    if isinstance(items, str):
        draft.missing.append(_unparsable(capture, items))
    else:
        draft.lists.setdefault(capture.artefact, []).extend(items)
        if capture.stderr:  # some of the files that a list was put together from
            draft.missing.append(_unparsable(capture, " ".join(capture.stderr.split())))


def _take_database(draft: _Draft, capture: Capture, tables: tuple[str, ...]) -> None:
    def parse() -> _Parsed:
        database, bad = _read_database(capture.data, tables)
        return None if database is None else _DATABASES[capture.artefact](database), bad

    records, bad = draft.known.parsed(capture, parse)
    if records is not None:
        draft.databases.setdefault(capture.artefact, {})[capture.target.node] = records
        if capture.artefact == "ovs" and capture.data.startswith(_FILE_STARTS):
            draft.missing.append(_ephemeral(capture))
    for one in bad:
        reason = Reason.TRUNCATED if one.truncated else Reason.UNPARSABLE
        draft.missing.append(
            Missing(
                capture.target,
                capture.artefact,
                reason,
                one.detail,
                "collect it again",
                capture.origin,
            )
        )


def _ephemeral(capture: Capture) -> Missing:
    detail = "a database file holds no link state, no MTU and no counters"
    hint = "`ovs-vsctl list Interface` tells them"
    reason = Reason.UNSUPPORTED
    return Missing(capture.target, capture.artefact, reason, detail, hint, capture.origin)


def _read_database(data: bytes, tables: tuple[str, ...]) -> tuple[Database | None, list[_Bad]]:
    """The server's own file or the tool's output: by its content. None if a file broke off before
    its first data: then not even that tables are empty is known."""
    if data.startswith(_FILE_STARTS):
        from collectors.ovsdbfile import read_database_file

        found = read_database_file(data, tables)
        trouble = [_Bad(found.trouble, found.truncated)] if found.trouble else []
        is_bare = found.kind == "standalone" and found.records < 2
        if trouble and (is_bare or not found.readable):
            return None, trouble
        return found.database, trouble
    database, bad = parse_tables(data, tables, NEEDED_TABLES)
    return database, [_Bad(f"table {one.name}: {one.detail}", one.truncated) for one in bad]


def _take_links(draft: _Draft, capture: Capture) -> None:
    as_text = capture.artefact == "pod-links-text"
    links = parse_ip_text(capture.data) if as_text else parse_ip_json(capture.data)
    if isinstance(links, str):
        draft.missing.append(_unparsable(capture, links))
    elif capture.artefact == "node-links":
        draft.node_links[capture.target.node] = links
    else:
        draft.pod_links[capture.target.namespace, capture.target.pod] = links


def _take_netns(draft: _Draft, capture: Capture) -> None:
    names = parse_ip_netns(capture.data)
    if isinstance(names, str):
        draft.missing.append(_unparsable(capture, names))
    else:
        draft.node_netns[capture.target.node] = names


def _unparsable(capture: Capture, detail: str) -> Missing:
    return Missing(capture.target, capture.artefact, Reason.UNPARSABLE, detail, "", capture.origin)


def _origin(capture: Capture) -> Origin:
    command = shlex.join(capture.argv)
    netns = capture.target.netns
    if command and capture.origin.endswith(command):
        return Origin(capture.origin[: -len(command)], None, netns, capture.taken_at)
    return Origin("", capture.origin or None, netns, capture.taken_at)
