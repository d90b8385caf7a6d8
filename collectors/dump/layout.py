"""Where things are in a dump, and which names may be there at all.

    manifest.json                      what was collected, when, and what could not be
    kube/<plural>.json                 a list of the Kubernetes API
    <node>/nbctl|sbctl|ovs/<TABLE>.json
    <node>/ip.json, <node>/ovs-ofctl_get-frags_br-int.txt
    <node>/pods/<namespace>/<pod>/ip.json or ip.txt

Any file may stand there as `<file>.gz`.
"""

import re

from collectors.artifacts import ARTEFACTS, Artefact, Where
from ovntrace.model.capture import Target

MANIFEST = "manifest.json"
KUBE = "kube"
PODS = "pods"
FORMAT = "ovntrace-dump"
VERSION = 1

# Limits for what a stranger sends.
MAX_FILE_BYTES = 1 << 29
MAX_TOTAL_BYTES = 4 << 30
MAX_ENTRIES = 200_000
_MAX_NAME = 253  # of a Kubernetes object; a longer one is no node, namespace or pod

_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NODE_FILES = frozenset(a.file for a in ARTEFACTS if a.where is Where.NODE and a.file)
_TABLE_FOLDERS = frozenset(a.file for a in ARTEFACTS if a.tables)
_POD_FILES = frozenset(a.file for a in ARTEFACTS if a.where is Where.POD)


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
    last = _plain(parts)
    match len(parts):
        case 1:
            return last == MANIFEST
        case 2 if parts[0] == KUBE and last.endswith(".json"):
            return True
        case 2:
            return last in _NODE_FILES
        case 3:
            return parts[1] in _TABLE_FOLDERS and last.endswith(".json")
        case 5:
            return parts[1] == PODS and last in _POD_FILES
        case _:
            return False


def is_node_file(parts: tuple[str, ...]) -> bool:
    """True if such a file shows that parts[0] is a node."""
    return len(parts) > 1 and holds_artefact(parts) and not _is_list(parts)


def file_of(target: Target, artefact: Artefact) -> str | None:
    """The artefact's file or, if it has tables, its folder. None if the dump has no place for it,
    or a name of the target can't be part of a path."""
    if artefact.where is Where.API:
        return f"{KUBE}/{artefact.name}.json"
    if not artefact.file:
        return None
    parts: tuple[str, ...] = (target.node, artefact.file)
    if artefact.where is Where.POD:
        parts = (target.node, PODS, target.namespace, target.pod, artefact.file)
    return "/".join(parts) if all(map(is_component, parts)) else None


def table_file(folder: str, table: str) -> str:
    """The file of one table."""
    return f"{folder}/{table}.json"


def _is_list(parts: tuple[str, ...]) -> bool:
    # A node may be called kube.
    return len(parts) == 2 and parts[0] == KUBE and _plain(parts) not in _NODE_FILES


def _plain(parts: tuple[str, ...]) -> str:
    return parts[-1].removesuffix(".gz")
