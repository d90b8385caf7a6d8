"""An OpenShift must-gather, or what `oc adm inspect` leaves: one image's folder or several.

<root>/cluster-scoped-resources, <root>/namespaces      objects
<root>/network_logs/ovnk_database_store.tar.gz           <ovnkube-node pod>_nbdb, …_sbdb
<root>/network_logs/leader_nbdb.gz, leader_sbdb.gz       of a cluster with central databases
"""

import re
from collections.abc import Iterable

from collectors.artifacts import Artefact
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.reader import Part
from collectors.dump.readers.database_files import DatabaseFile, Databases, database_at
from collectors.dump.readers.kube_objects import KubeObjects
from ovntrace.model.capture import Capture, Missing, Target

_LOGS = "network_logs"
# In a pod's YAML, as the API orders it: two blanks, then the field of the spec.
_NODE_NAME = re.compile(rb"^ {2}nodeName: \"?([A-Za-z0-9.-]+)\"?\s*$", re.MULTILINE)
_POD = re.compile(r"(.+)_[ns]bdb(\.gz)?")


def probe(files: Files) -> "MustGather | None":
    """The reader, if there are inspected objects or network logs."""
    objects = KubeObjects(files)
    found = [
        one
        for parts in files.paths()
        if _LOGS in parts[:-1]
        if (one := database_at(files, parts)) is not None
    ]
    return MustGather(files, objects, found) if objects or found else None


class MustGather:
    """Objects of the namespaces that were inspected, and OVN's databases."""

    name = "must-gather"
    is_partial = True  # of users' namespaces only what was asked for

    def __init__(self, files: Files, objects: KubeObjects, found: list[DatabaseFile]) -> None:
        self._objects = objects
        self._databases = Databases(
            files,
            found,
            hints=_hints(files, found),
            nodes=objects.names("nodes") if found else (),
        )
        self.nodes = self._databases.nodes

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """A list of objects, or a database."""
        return self._objects.find(target, artefact) or self._databases.find(target, artefact)

    def parts(self) -> Iterable[Part]:
        """Objects by kind, databases by node."""
        yield from self._objects.parts()
        yield from self._databases.parts()


def _hints(files: Files, found: list[DatabaseFile]) -> dict[str, str]:
    """The node of each file that is named for a pod whose own YAML is there."""
    pods: dict[str, list[DatabaseFile]] = {}
    for one in found:
        match = _POD.fullmatch(one.path.rpartition("/")[2])
        if match and not one.is_clustered:
            pods.setdefault(match[1], []).append(one)
    hints: dict[str, str] = {}
    if not pods:
        return hints
    for parts in files.paths():
        name = parts[-1].removesuffix(".yaml")
        if name in pods and parts[-3:-1] == ("pods", name):
            node = _node_in(files, "/".join(parts))
            if node:
                hints.update((one.path, node) for one in pods[name])
    return hints


def _node_in(files: Files, path: str) -> str:
    try:
        match = _NODE_NAME.search(files.read(path) or b"")
    except UnreadableFileError:
        return ""
    return match[1].decode() if match else ""
