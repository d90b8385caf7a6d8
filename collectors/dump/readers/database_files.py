"""OVSDB files that somebody copied: NB, SB and conf.db, of a node or of a whole cluster.

An interconnect zone's databases carry its name (NB_Global and SB_Global options:name), a node's
conf.db its hostname. Central databases serve every node.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collectors.artifacts import Artefact
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.layout import is_component
from collectors.dump.reader import NAMELESS, Part
from collectors.dump.wanted import is_database
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.model.rows import Database

_SCHEMAS = {b"OVN_Northbound": "nb", b"OVN_Southbound": "sb", b"Open_vSwitch": "ovs"}
# The first record is the schema, or the head of a raft file; both have their keys in order, with
# the name near the begin.
_NAME = re.compile(rb'"name":\s*"(OVN_Northbound|OVN_Southbound|Open_vSwitch)"')
# Files that are never a database, so that a large folder is not opened file by file.
_OTHERS = (".yaml", ".yml", ".json", ".log", ".txt", ".xml", ".html", ".md", ".conf", ".crt")
_GLOBAL_ZONE = "global"  # of OVN-Kubernetes without interconnect
_OF_POD = re.compile(r"(.+)_[ns]bdb(\.gz)?")
# Folders in which databases stand, which are no nodes' names.
_NO_NODE = frozenset(
    ("etc", "var", "lib", "ovn", "ovn-ic", "openvswitch", "ovnk_database_store", "network_logs")
)
CLUSTER = "*"  # no node's name: of all nodes


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A file that is a database; `artefact` is nb, sb or ovs."""

    path: str
    artefact: str
    size: int
    is_clustered: bool = False


def database_at(files: Files, parts: tuple[str, ...]) -> DatabaseFile | None:
    """The database at a path, by its content."""
    plain = parts[-1].removesuffix(".gz")
    if plain.endswith(_OTHERS) or "logs" in parts:
        return None
    path = "/".join(parts)
    head = files.head(path)
    if not is_database(head):
        return None
    name = _NAME.search(head)
    size = files.size(path) or 0
    if name is None:
        return None
    return DatabaseFile(path, _SCHEMAS[name[1]], size, head.startswith(b"OVSDB CLUSTER"))


class Databases:
    """Database files by node. `hints` name the node of a path where a dump tells it elsewhere;
    `nodes` are those of the cluster, for databases that serve all."""

    def __init__(
        self,
        files: Files,
        found: Iterable[DatabaseFile],
        *,
        hints: Mapping[str, str] | None = None,
        nodes: Iterable[str] = (),
    ) -> None:
        self._files = files
        self._of_node: dict[tuple[str, str], DatabaseFile] = {}
        self._of_all: dict[str, DatabaseFile] = {}
        self._kept: dict[str, bytes] = {}
        hostnames = set(nodes)
        for folder, group in _groups(found).items():
            self._take(folder, group, hints or {}, hostnames)
        own = {node for node, _ in self._of_node}
        everywhere = own | hostnames if self._of_all else own
        self.nodes: tuple[str, ...] = tuple(sorted(everywhere))
        if self._of_all and not everywhere:
            self.nodes = (NAMELESS,)

    def _take(
        self,
        folder: str,
        group: list[DatabaseFile],
        hints: Mapping[str, str],
        hostnames: set[str],
    ) -> None:
        """Files that were copied together: what one of them does not say, another may."""
        told = {one.path: hints.get(one.path) or self._told(one, hostnames) for one in group}
        named = sorted({name for name in told.values() if name not in ("", CLUSTER)})
        is_central = CLUSTER in told.values()
        for one in group:
            node = told[one.path]
            if not node and not is_central:
                node = named[0] if len(named) == 1 else folder
            if node and node != CLUSTER:
                self._of_node.setdefault((node, one.artefact), one)
            elif one.artefact != "ovs":
                self._of_all.setdefault(one.artefact, one)
            else:
                self._of_node.setdefault((NAMELESS, one.artefact), one)

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The file's bytes as they stand there."""
        if target.pod or not target.node:
            return None
        own = self._of_node.get((target.node, artefact.name))
        one = own or (self._of_all.get(artefact.name) if target.node in self.nodes else None)
        if one is None:
            return None
        try:
            data = self._kept.get(one.path) or self._files.read(one.path)
        except UnreadableFileError as error:
            return Missing(target, artefact.name, Reason.UNPARSABLE, str(error), "", one.path)
        if data is None:
            return None
        if own is None:
            self._kept[one.path] = data  # the same bytes for each node: they are parsed once
        return Capture(target, artefact.name, data, one.path)

    def parts(self) -> Iterable[Part]:
        """A part for each file; of those that serve all nodes, one for each node."""
        for (node, artefact), one in sorted(self._of_node.items()):
            yield Part(Target(node=node), artefact, (one.path,), one.size)
        for artefact, one in sorted(self._of_all.items()):
            for node in self.nodes:
                if (node, artefact) not in self._of_node:
                    yield Part(Target(node=node), artefact, (one.path,), one.size)

    def _told(self, one: DatabaseFile, hostnames: set[str]) -> str:
        """The node that the content names, CLUSTER for a database that serves all nodes, or empty.
        The hostnames of a central SB's chassis are added to `hostnames` where none are known."""
        from collectors.ovsdbfile import read_database_file

        is_central = one.is_clustered or one.path.rpartition("/")[2].startswith("leader_")
        if is_central and (hostnames or one.artefact != "sb"):
            return CLUSTER
        table = {"nb": "NB_Global", "sb": "SB_Global", "ovs": "Open_vSwitch"}[one.artefact]
        try:
            data = self._files.read(one.path)
        except UnreadableFileError:
            return ""
        if data is None:
            return ""
        tables = (table, "Chassis") if one.artefact == "sb" else (table,)
        told, chassis = told_by(read_database_file(data, tables).database, table)
        if is_central or told == CLUSTER:
            hostnames.update(chassis)
            return CLUSTER
        return told


def told_by(database: Database, table: str) -> tuple[str, tuple[str, ...]]:
    """The node that a database is of by its own word (CLUSTER if of all, empty if it does not
    say), from NB_Global, SB_Global or Open_vSwitch; and the hostnames of its own chassis."""
    chassis = tuple(
        name
        for row in database.table("Chassis")
        if row.map("other_config").get("is-remote") != "true"
        and is_component(name := row.text("hostname") or "")
    )
    for row in database.table(table):
        if table == "Open_vSwitch":
            name = row.map("external_ids").get("hostname", "")
        else:
            name = row.map("options").get("name") or row.text("name") or ""
        if name == _GLOBAL_ZONE:
            return CLUSTER, chassis
        if is_component(name):
            return name, chassis
    if len(chassis) == 1:
        return chassis[0], chassis
    return (CLUSTER if chassis else ""), chassis


def _groups(found: Iterable[DatabaseFile]) -> dict[str, list[DatabaseFile]]:
    """By what was copied together: one pod's files, or one folder's. The key may be a node's
    name, and is empty where it can't be. In each group first the leader's, then the largest: of
    two copies that is the one in use."""
    groups: dict[tuple[str, str], list[DatabaseFile]] = {}
    for one in found:
        folder, _, name = one.path.rpartition("/")
        match = _OF_POD.fullmatch(name)
        own = match[1] if match and match[1] != "leader" else ""
        groups.setdefault((folder, own), []).append(one)
    keyed: dict[str, list[DatabaseFile]] = {}
    for (folder, own), group in sorted(groups.items()):
        word = own or folder.rpartition("/")[2]
        key = word if is_component(word) and word not in _NO_NODE else ""
        keyed.setdefault(key, []).extend(group)
    for group in keyed.values():
        group.sort(key=lambda one: ("leader_" not in one.path, -one.size, one.path))
    return keyed
