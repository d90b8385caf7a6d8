"""A sosreport: one node. Commands' outputs under `sos_commands/<plugin>/`, copied files under their
own paths.

    sos_commands/openvswitch/ovs-vsctl_-t_5_list_interface      tables as text
    sos_commands/ovn_central/ovn-nbctl_--no-leader-only_list_ACL
    sos_commands/networking/ip_-d_-s_address                     the node's links
    etc/openvswitch/conf.db, var/lib/ovn-ic/etc/ovnnb_db.db, …   databases
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump.files import Files, Inside, UnreadableFileError
from collectors.dump.layout import is_component
from collectors.dump.reader import Part
from collectors.dump.readers.database_files import Databases, database_at
from collectors.dump.readers.kubevirt import found_links
from collectors.dump.readers.text_tables import TableTexts, read_text
from ovntrace.model.capture import Capture, Missing, Target

_COMMANDS = "sos_commands"
_TABLES = re.compile(r"(ovs-vsctl|ovn-nbctl|ovn-sbctl)_(?:\S*_)?(list_\w+|show)")
_LINKS = re.compile(r"ip_(?:-\w+_)*a(?:ddr(?:ess)?)?(?:_show)?")
_FLOWS = re.compile(r"ovs-ofctl_(?:\S*_)?dump-flows_br-int")
_HOSTNAME = re.compile(rb"\bhostname=\"?([A-Za-z0-9.-]+)")
_FOLDER = re.compile(r"sosreport-([A-Za-z0-9.-]+?)(?:-\d.*)?")
_TOOLS = {"ovs-vsctl": "ovs", "ovn-nbctl": "nb", "ovn-sbctl": "sb"}
_NAMES = ("hostname", "etc/hostname", "sos_commands/host/hostname")


def probe(files: Files) -> "SosReports | None":
    """The reader, if there are one or several sosreports."""
    roots: dict[tuple[str, ...], None] = {}
    for parts in files.paths():
        if _COMMANDS in parts[:-2]:
            roots.setdefault(parts[: parts.index(_COMMANDS)])
    reports = [SosReport(Inside(files, "/".join(root)) if root else files, root) for root in roots]
    known = [report for report in reports if report.is_useful]
    return SosReports(known) if known else None


class SosReports:
    """Those of several nodes, side by side."""

    name = "sosreport"

    def __init__(self, reports: list["SosReport"]) -> None:
        self._reports = {report.node: report for report in reversed(reports)}
        self.nodes = tuple(
            sorted({node for report in reports for node in (report.node, *report.others)})
        )

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The node's own report first; another may have central databases."""
        if target.pod:
            return None
        own = self._reports.get(target.node)
        found = own.find(target, artefact) if own else None
        if found is not None:
            return found
        for report in self._reports.values():
            if report is not own and target.node in report.others:
                found = report.find(target, artefact)
                if found is not None:
                    return found
        return None

    def parts(self) -> Iterable[Part]:
        """Of each node what its report has."""
        for _, report in sorted(self._reports.items()):
            yield from report.parts()


class SosReport:
    """One node's report."""

    def __init__(self, files: Files, root: tuple[str, ...]) -> None:
        self._files = files
        self._root = "/".join(root)
        self._links = ""
        self._flows = ""
        texts: list[tuple[str, str, str]] = []
        found = []
        for parts in files.paths():
            if parts[0] == _COMMANDS and len(parts) == 3:
                self._take_command("/".join(parts), parts[-1].removesuffix(".gz"), texts)
            elif parts[0] not in (_COMMANDS, "sos_logs", "sos_reports", "proc", "sys"):
                one = database_at(files, parts)
                if one is not None:
                    found.append(one)
        self._tables = self._read_tables(texts)
        told = self._told()
        hints = {one.path: told for one in found if told and not one.is_clustered}
        self._databases = Databases(files, found, hints=hints)
        named = next(iter(self._databases.nodes), "")
        self.node = told or self._own_name() or named or "node"
        self.others = tuple(node for node in self._databases.nodes if node != self.node)
        self.is_useful = bool(found or texts or self._links)

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """A database; with what its file does not hold from the tools' own lists."""
        if artefact.name == "node-links" and self._links and target.node == self.node:
            return self._named(found_links(self._files, self._links, target, artefact))
        if artefact.name == "ovs-vswitchd" and target.node == self.node:
            return self._vswitchd(target)
        if artefact.name not in ("nb", "sb", "ovs"):
            return None
        file = self._databases.find(target, artefact)
        if target.node != self.node:
            return self._named(file)
        if not isinstance(file, Capture):
            return self._named(self._tables.capture(target, artefact) or file)
        if not self._has_more(artefact.name):
            return self._named(file)
        from collectors.ovsdbfile import read_database_file

        contents = read_database_file(file.data, artefact.tables)
        text = self._tables.capture(target, artefact, contents.database)
        return self._named(text if contents.trouble is None else file)

    def _has_more(self, artefact: str) -> bool:
        """True if text has what a file can't hold: link states, MTUs and counters."""
        return artefact == "ovs" and "Interface" in self._tables.tables("ovs")

    def parts(self) -> Iterable[Part]:
        """What is there of the node."""
        for part in self._databases.parts():
            yield self._part(part.target, part.artefact, part.paths)
        known = {part.artefact for part in self._databases.parts() if part.target.node == self.node}
        for artefact, paths in self._tables.paths().items():
            if artefact not in known or self._has_more(artefact):
                part = self._part(Target(node=self.node), artefact, paths)
                wanted = set(BY_NAME[artefact].tables)
                yield replace(part, whole=set(self._tables.tables(artefact)) >= wanted)
        if self._links:
            yield self._part(Target(node=self.node), "node-links", (self._links,))
        if self._flows:
            yield self._part(Target(node=self.node), "ovs-vswitchd", (self._flows,))

    def _part(self, target: Target, artefact: str, paths: tuple[str, ...]) -> Part:
        size = sum(self._files.size(path) or 0 for path in paths)
        return Part(target, artefact, tuple(map(self._shown, paths)), size)

    def _take_command(self, path: str, name: str, texts: list[tuple[str, str, str]]) -> None:
        match = _TABLES.fullmatch(name)
        if match:
            texts.append((path, _TOOLS[match[1]], match[2]))
        elif _LINKS.fullmatch(name):
            # The one with most options says most.
            self._links = max(self._links, path, key=len)
        elif _FLOWS.fullmatch(name):
            self._flows = path

    def _read_tables(self, texts: list[tuple[str, str, str]]) -> TableTexts:
        """Lists, which are whole tables unless the file was cut; and what `show` prints."""
        tables = TableTexts()
        for path, database, command in texts:
            data = read_text(self._files, path)
            if command == "show":
                _add_show(tables, data, database, path)
                continue
            word = command.partition("_")[2].lower()
            table = next((one for one in BY_NAME[database].tables if one.lower() == word), None)
            if table is not None:
                tables.add_list(data, database, table, path)
        return tables

    def _told(self) -> str:
        """external_ids:hostname, which is the node's name as OVN-Kubernetes sets it."""
        for parts in self._files.paths():
            if parts[0] == _COMMANDS and parts[-1].lower().endswith("list_open_vswitch"):
                found = _HOSTNAME.search(self._read("/".join(parts)))
                if found:
                    return found[1].decode()
        return ""

    def _own_name(self) -> str:
        for path in _NAMES:
            name = self._read(path).strip().decode("utf-8", "replace")
            if is_component(name):
                return name
        match = _FOLDER.fullmatch(self._root.rpartition("/")[2])
        return match[1] if match and is_component(match[1]) else ""

    def _vswitchd(self, target: Target) -> Capture | None:
        """Flows of br-int can come only from a living ovs-vswitchd."""
        if not self._flows or b" reply " not in self._files.head(self._flows)[:200]:
            return None
        artefact = BY_NAME["ovs-vswitchd"]
        return Capture(target, artefact.name, b"", self._shown(self._flows))

    def _read(self, path: str) -> bytes:
        try:
            return self._files.read(path) or b""
        except UnreadableFileError:
            return b""

    def _named(self, found: Capture | Missing | None) -> Capture | Missing | None:
        return None if found is None else replace(found, origin=self._shown(found.origin))

    def _shown(self, path: str) -> str:
        return f"{self._root}/{path}" if self._root else path


def _add_show(tables: TableTexts, data: bytes, database: str, path: str) -> None:
    from collectors.parse.session_text import Section, SectionKind

    kinds = {"nb": SectionKind.SHOW_NB, "sb": SectionKind.SHOW_SB, "ovs": SectionKind.SHOW_OVS}
    text = data.decode("utf-8", "replace")
    tables.add_section(Section(kinds[database], (), "", False, database, None, text, 1), path)
