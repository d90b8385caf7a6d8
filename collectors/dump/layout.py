"""Where things are in a dump, and which names may be there at all.

    manifest.json                      what was collected, when, and what could not be
    kube/<plural>.json                 a list of the Kubernetes API
    <node>/nb.db, <node>/sb.db         the servers' own files
    <node>/nbctl|sbctl|ovs/<TABLE>.json
    <node>/ip.json, <node>/ovs-ofctl_get-frags_br-int.txt
    <node>/ovs-ofctl_dump-flows_<bridge>.txt
    <node>/pods/<namespace>/<pod>/ip.json or ip.txt

Any file may stand there as `<file>.gz`.
"""

import re
from collections.abc import Mapping

from collectors.artifacts import ARTEFACTS, BY_NAME, DATABASE_FILES, Artefact, Where
from ovntrace.model.capture import Target

MANIFEST = "manifest.json"
KUBE = "kube"
PODS = "pods"
FORMAT = "ovntrace-dump"
VERSION = 2

# What an archive has before each path, so that it unpacks into one folder.
ARCHIVE_FOLDER = "ovntrace-dump"

_MAX_NAME = 253  # of a Kubernetes object; a longer one is no node, namespace or pod

_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_BY_FILE: Mapping[str, str] = {
    a.file: a.name for a in ARTEFACTS if a.where is Where.NODE and a.file and not a.parameters
}
_BY_POD_FILE: Mapping[str, str] = {a.file: a.name for a in ARTEFACTS if a.where is Where.POD}
_TABLE_FOLDERS = frozenset(a.file for a in ARTEFACTS if a.tables)
_BY_DATABASE_FILE: Mapping[str, str] = {f"{name}.db": name for name in DATABASE_FILES}
# Rows whose file has a parameter: the parts of its name before and after the value.
_PATTERNS: tuple[tuple[Artefact, str, str], ...] = tuple(
    (a, a.file.partition("{")[0], a.file.partition("}")[2])
    for a in ARTEFACTS
    if a.file and a.parameters
)


def is_component(name: str) -> bool:
    """True if `name` can be one part of a path: no separators, no dots that lead away, nothing
    that a terminal or a shell would act upon."""
    return len(name) <= _MAX_NAME and _COMPONENT.fullmatch(name) is not None


def split(path: str) -> tuple[str, ...] | None:
    """The parts of a relative path, or None if one of them is not allowed."""
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or not parts or not all(map(is_component, parts)):
        return None
    return parts


def holds_artefact(parts: tuple[str, ...]) -> bool:
    """True if a file with these parts, seen from the dump's root, is one that is read."""
    return parts[-1].removesuffix(".gz") == MANIFEST if len(parts) == 1 else bool(place_of(parts))


def is_node_file(parts: tuple[str, ...]) -> bool:
    """True if such a file shows that parts[0] is a node."""
    place = place_of(parts)
    return place is not None and place[0].node != ""


def place_of(parts: tuple[str, ...]) -> tuple[Target, Artefact] | None:
    """The target and the artefact that a file of a dump belongs to, by its parts."""
    last = parts[-1].removesuffix(".gz")
    match len(parts):
        case 2:
            artefact = _node_artefact(last)
            if artefact is not None:
                return Target(node=parts[0]), artefact
            # A node may be called kube.
            plural = BY_NAME.get(last.removesuffix(".json"))
            if parts[0] == KUBE and last.endswith(".json") and plural is not None:
                return (Target(), plural) if plural.where is Where.API else None
        case 3 if parts[1] in _TABLE_FOLDERS and last.endswith(".json"):
            return Target(node=parts[0]), BY_NAME[_BY_FILE[parts[1]]]
        case 5 if parts[1] == PODS and last in _BY_POD_FILE:
            pod = Target(node=parts[0], namespace=parts[2], pod=parts[3])
            return pod, BY_NAME[_BY_POD_FILE[last]]
    return None


def _node_artefact(last: str) -> Artefact | None:
    name = _BY_DATABASE_FILE.get(last) or (
        _BY_FILE.get(last) if last not in _TABLE_FOLDERS else None
    )
    if name is not None:
        return BY_NAME[name]
    for artefact, before, after in _PATTERNS:
        if last.startswith(before) and last.endswith(after):
            value = last[len(before) : len(last) - len(after)]
            try:
                return artefact.filled({artefact.parameters[0].name: value})
            except ValueError:
                return None
    return None


def file_of(target: Target, artefact: Artefact) -> str | None:
    """The artefact's file or, if it has tables, its folder. None if the dump has no place for it,
    or a name of the target can't be part of a path."""
    if artefact.where is Where.API:
        return f"{KUBE}/{artefact.name}.json"
    if not artefact.file_name:
        return None
    parts: tuple[str, ...] = (target.node, artefact.file_name)
    if artefact.where is Where.POD:
        parts = (target.node, PODS, target.namespace, target.pod, artefact.file_name)
    return "/".join(parts) if _is_node(target.node) and all(map(is_component, parts)) else None


def _is_node(name: str) -> bool:
    # A node may be called so, but its folder can't stand where the manifest does.
    return is_component(name) and name.removesuffix(".gz") != MANIFEST


def database_file(target: Target, artefact: Artefact) -> str | None:
    """Where the server's own file stands that has the artefact's tables; None if there is none, or
    as in `file_of`."""
    if not is_of_server(artefact) or not _is_node(target.node):
        return None
    return f"{target.node}/{artefact.database}.db"


def is_of_server(artefact: Artefact) -> bool:
    """True for tables of NB or SB, which the servers' own files have."""
    return bool(artefact.database and artefact.tables)


def table_file(folder: str, table: str) -> str:
    """The file of one table."""
    return f"{folder}/{table}.json"
