"""Text files of what people paste into tickets: `list`, `find` and `show`, and `ip address` where
the line that names the command names the pod."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump.files import Files
from collectors.dump.layout import holds_artefact, is_component
from collectors.dump.reader import NAMELESS, Part
from collectors.dump.readers.database_files import CLUSTER, told_by
from collectors.dump.readers.links_json import links_as_json
from collectors.dump.readers.text_tables import TableTexts, read_text
from ovntrace.model.capture import Capture, Missing, Target

if TYPE_CHECKING:
    from collectors.parse.session_text import Section

_OTHERS = ("sos_commands", "sos_logs", "sos_reports", "network_logs", "logs", "vms", "nodes")
_TABLE_FOLDERS = ("nbctl", "sbctl", "ovs")
_SUFFIXES = (".txt", ".log", ".out", "")
_MOST = 200  # texts of one dump
_LONGEST = 64 << 20
_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A row or a thing that is printed, or a command that was typed.
_TELLS = re.compile(
    rb"^[ >#]{0,8}(?:_uuid +: " + _UUID + rb"|(?:switch|router) " + _UUID + rb"|Chassis \S+$"
    rb"|(?:Bridge|Port|Interface|Port_Binding) \S+$|[a-z_]{3,19} *: [\[{\"]"
    rb"|(?:\S{0,80}[#$] |(?:oc|kubectl|sudo) )?[^\n]{0,200}\b(?:ovn-[ns]bctl|ovs-vsctl)"
    rb" [^\n]{0,60}\b(?:list|find|show)\b)",
    re.MULTILINE,
)
_POD = re.compile(r"\b(?:oc|kubectl)\s.*?\b(?:exec|rsh)\b")
_NAMING = (("ovs", "Open_vSwitch"), ("sb", "SB_Global"), ("nb", "NB_Global"))


def probe(files: Files) -> "Pasted | None":
    """The reader, if there are such texts."""
    from itertools import islice

    paths = islice((parts for parts in files.paths() if _may_be(files, parts)), _MOST)
    found = [("/".join(parts), tuple(parts[:-1])) for parts in paths]
    if not found:
        return None
    pasted = Pasted(files, found)
    return pasted if pasted.is_useful else None


def _may_be(files: Files, parts: tuple[str, ...]) -> bool:
    name = parts[-1].removesuffix(".gz")
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix not in _SUFFIXES or any(word in parts for word in _OTHERS):
        return False
    if holds_artefact(parts) or (len(parts) > 1 and holds_artefact(parts[1:])):
        return False
    path = "/".join(parts)
    if (files.size(path) or 0) > _LONGEST:
        return False
    return _TELLS.search(files.head(path)) is not None


class Pasted:
    """The tables by node, and links of the pods that commands name."""

    name = "pasted text"

    def __init__(self, files: Files, found: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        from collectors.parse.session_text import parse_session

        self._links: dict[tuple[str, str], tuple[str, bytes]] = {}
        by_path: dict[str, tuple[Section, ...]] = {}
        for path, _ in found:
            by_path[path] = parse_session(read_text(files, path))
            for section in by_path[path]:
                self._take_links(section, path)
        self._texts = _by_node(by_path, dict(found), _node_folders(files))
        self.nodes = tuple(sorted(self._texts))
        self.is_useful = bool(self._texts or self._links)

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """A database as far as it was pasted, or a pod's links."""
        if target.pod:
            return self._pod_links(target, artefact)
        texts = self._texts.get(target.node)
        if texts is None or not artefact.tables:
            return None
        return texts.capture(target, artefact)

    def parts(self) -> Iterable[Part]:
        """A part for each database of each node."""
        for node, texts in sorted(self._texts.items()):
            for artefact, paths in texts.paths().items():
                whole = set(texts.tables(artefact)) >= set(BY_NAME[artefact].tables)
                yield Part(Target(node=node), artefact, paths, whole=whole)
        for (namespace, pod), (path, text) in sorted(self._links.items()):
            yield Part(Target(namespace=namespace, pod=pod), "pod-links", (path,), len(text))

    def _pod_links(self, target: Target, artefact: Artefact) -> Capture | None:
        known = self._links.get((target.namespace, target.pod))
        if known is None or artefact.name not in ("pod-links", "pod-links-text"):
            return None
        path, text = known
        data = text if artefact.name == "pod-links-text" else links_as_json(text)
        return None if data is None else Capture(target, artefact.name, data, path)

    def _take_links(self, section: "Section", path: str) -> None:
        from collectors.parse.session_text import SectionKind

        place = _pod_of(section.typed) if section.kind is SectionKind.IP_ADDRESS else None
        if place is not None:
            self._links.setdefault(place, (path, section.text.encode("utf-8", "replace")))


def _pod_of(typed: str) -> tuple[str, str] | None:
    """Namespace and pod of `oc exec -n NS POD … -- ip address`."""
    if not _POD.search(typed):
        return None
    namespace, pod = "", ""
    words = typed.partition(" -- ")[0].split()
    start = next(at for at, word in enumerate(words) if word in ("exec", "rsh"))
    at = 0
    while at < len(words):
        word = words[at]
        if word in ("-n", "--namespace", "-c", "--container") and at + 1 < len(words):
            namespace = words[at + 1] if word.startswith(("-n", "--n")) else namespace
            at += 1
        elif word.startswith("--namespace="):
            namespace = word.partition("=")[2]
        elif at > start and not word.startswith("-") and not pod:
            pod = word.removeprefix("pod/")
        at += 1
    return (namespace, pod) if is_component(namespace) and is_component(pod) else None


def _node_folders(files: Files) -> frozenset[tuple[str, ...]]:
    """Folders that have a node's databases in them."""
    found = set()
    for parts in files.paths():
        if len(parts) > 2 and parts[-2] in _TABLE_FOLDERS:
            found.add(tuple(parts[:-2]))
        elif len(parts) > 1 and parts[-1].removesuffix(".gz").endswith(".db"):
            found.add(tuple(parts[:-1]))
    return frozenset(folder for folder in found if is_component(folder[-1]))


def _by_node(
    by_path: Mapping[str, tuple["Section", ...]],
    folders: Mapping[str, tuple[str, ...]],
    nodes: frozenset[tuple[str, ...]],
) -> dict[str, TableTexts]:
    """The texts of one folder together where they tell of one node at most; else each by itself.
    What names no node is of the node whose folder it stands in."""
    grouped: dict[str, dict[str, tuple[Section, ...]]] = {}
    for folder in dict.fromkeys(folders.values()):
        paths = [path for path, own in folders.items() if own == folder]
        word = folder[-1] if folder in nodes else NAMELESS
        alone = {path: _texts_of({path: by_path[path]}) for path in paths}
        names = {path: _told(texts) for path, texts in alone.items() if texts}
        together = _texts_of({path: by_path[path] for path in names})
        known = sorted({name for name in names.values() if name})
        only = (known[0] if known else _told(together) or word) if len(known) < 2 else ""
        for path, name in names.items():
            grouped.setdefault(only or name or word, {})[path] = by_path[path]
    return {node: _texts_of(group) for node, group in grouped.items()}


def _texts_of(by_path: Mapping[str, tuple["Section", ...]]) -> TableTexts:
    texts = TableTexts()
    for path, sections in by_path.items():
        for section in sections:
            texts.add_section(section, path)
    return texts


def _told(texts: TableTexts) -> str:
    """The node that the rows name."""
    databases = texts.databases()
    for artefact, table in _NAMING:
        if artefact in databases:
            node, _ = told_by(databases[artefact], table)
            if node and node != CLUSTER:
                return node
    return ""
